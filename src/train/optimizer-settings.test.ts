import { describe, expect, it } from "vitest";
import { adagrad, adam, adamW, lion, nadam, type Optimizer, optimizer, rmsprop, sgd } from "./optimizers.js";

describe("settings", () => {
  it("make the same optimizer again", () => {
    for (const made of [
      sgd({ learningRate: 0.1 }),
      sgd({ learningRate: 0.1, momentum: 0.9 }),
      sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }),
      sgd({ learningRate: 0.1, momentum: 0.9, dampening: 0.1 }),
      adam({ amsgrad: true }),
      adam({ weightDecay: 0.1 }),
      adamW({ learningRate: 0.1 }),
      nadam({ momentumDecay: 0.1 }),
      rmsprop({ centered: true, momentum: 0.9 }),
      adagrad({ initialAccumulator: 1 }),
      lion({ beta2: 0.9 }),
    ]) {
      const again = optimizer(JSON.parse(JSON.stringify(made.settings)));
      expect(again.settings).toEqual(made.settings);
      expect([again.name, again.slots, again.coefficients(3)]).toEqual([made.name, made.slots, made.coefficients(3)]);
    }
  });
  it("are written as they were before there were more of them", () => {
    expect(sgd({ learningRate: 0.1 }).settings).toEqual({
      name: "sgd",
      learningRate: 0.1,
      momentum: 0,
      weightDecay: 0,
    });
    expect(JSON.stringify(adam().settings)).toBe(
      '{"name":"adam","learningRate":0.001,"beta1":0.9,"beta2":0.999,"eps":1e-8,"amsgrad":false}',
    );
  });
  it.each<[() => Optimizer, string]>([
    [() => sgd({ learningRate: -1 }), "sgd: learningRate must be 0 or more, got -1; give another"],
    [() => sgd({ learningRate: 1, momentum: Number.NaN }), "sgd: momentum must be 0 or more, got NaN; give another"],
    [() => sgd({ learningRate: 1, weightDecay: -0.1 }), "sgd: weightDecay must be 0 or more, got -0.1; give another"],
    [
      () => adam({ learningRate: Number.POSITIVE_INFINITY }),
      "adam: learningRate must be 0 or more, got Infinity; give another",
    ],
    [() => adam({ beta1: 1 }), "adam: beta1 must be from 0 to below 1, got 1; give another"],
    [() => adam({ beta2: -0.5 }), "adam: beta2 must be from 0 to below 1, got -0.5; give another"],
    [() => adam({ eps: -1 }), "adam: eps must be 0 or more, got -1; give another"],
    [
      () => sgd({ learningRate: 1, momentum: 0.5, dampening: 1 }),
      "sgd: dampening must be from 0 to below 1, got 1; give another",
    ],
    [
      () => sgd({ learningRate: 1, nesterov: true }),
      "sgd: nesterov needs momentum and no dampening, got momentum 0 and dampening 0; give momentum alone",
    ],
    [() => adamW({ weightDecay: -1 }), "adamW: weightDecay must be 0 or more, got -1; give another"],
    [() => nadam({ momentumDecay: -1 }), "nadam: momentumDecay must be 0 or more, got -1; give another"],
    [() => rmsprop({ alpha: 1 }), "rmsprop: alpha must be from 0 to below 1, got 1; give another"],
    [() => adagrad({ eps: -1 }), "adagrad: eps must be 0 or more, got -1; give another"],
    [() => lion({ beta1: 2 }), "lion: beta1 must be from 0 to below 1, got 2; give another"],
    [
      () => optimizer({ name: "rprop" } as never),
      "train: there is no such optimizer, got rprop; choose sgd, adam, adamW, nadam, rmsprop, adagrad or lion",
    ],
  ])("refuses %#", (make, sentence) => expect(make).toThrow(sentence));
});
