import { describe, expect, it } from "vitest";
import { values } from "../../test/battery/values.js";
import { modelBytes, onnxBuilder } from "../formats/onnx/index.js";
import { random } from "../random.js";
import { nativeSession } from "../runtime/native.js";
import { float32 } from "../runtime/session.js";
import { adam, type Optimizer, optimizer, sgd } from "./optimizers.js";

const [size, steps] = [6, 12];
const start = values(size, random(1));
/** Of all sizes, 0 among them. */
const gradients = Array.from({ length: steps }, (_, step) =>
  values(size, random(step + 2)).map((value, i) => value * [1, 1e-3, 30, 0, 0.1, step % 3][i]!),
);

/** Weights after every step, through the emitted nodes. */
async function run(rule: Optimizer): Promise<Float32Array[]> {
  const emit = onnxBuilder();
  const inputs = ["weight", "gradient", ...rule.slots];
  const factors = rule.coefficients(1).map((_, i) => `c${i}`);
  const updated = rule.update(emit, {
    weight: "weight",
    gradient: "gradient",
    slots: rule.slots,
    coefficients: factors,
  });
  emit.rename(updated.weight, "next/weight");
  for (const [i, slot] of rule.slots.entries()) emit.rename(updated.slots[i]!, `next/${slot}`);
  const port = (name: string, dims: readonly number[]) => ({ name, type: "float32", dims }) as const;
  const graph = emit.graph(
    "update",
    [...inputs.map(name => port(name, [size])), ...factors.map(name => port(name, []))],
    ["weight", ...rule.slots].map(name => port(`next/${name}`, [size])),
  );
  const session = await nativeSession(modelBytes(graph));
  let state: Record<string, Float32Array> = { weight: start };
  for (const slot of rule.slots) state[slot] = new Float32Array(size);
  const history: Float32Array[] = [];
  for (const [step, gradient] of gradients.entries()) {
    const numbers = rule.coefficients(step + 1);
    const found = await session.run({
      ...Object.fromEntries(Object.entries(state).map(([name, data]) => [name, float32(data, [size])])),
      gradient: float32(gradient, [size]),
      ...Object.fromEntries(factors.map((name, i) => [name, float32(Float32Array.of(numbers[i]!), [])])),
    });
    state = Object.fromEntries(Object.keys(state).map(name => [name, found[`next/${name}`]!.data as Float32Array]));
    history.push(state.weight!);
  }
  await session.release();
  return history;
}

/** One weight's way in double precision: `update` gets the gradient and the step, and gives what to take away. */
function reference(update: () => (gradient: number, step: number, weight: number) => number): number[][] {
  const ways = Array.from(start, (first, i) => {
    const next = update();
    let weight = first;
    return gradients.map((gradient, step) => {
      weight -= next(gradient[i]!, step + 1, weight);
      return weight;
    });
  });
  return gradients.map((_, step) => ways.map(way => way[step]!));
}

function expectSame(found: readonly Float32Array[], expected: readonly (readonly number[])[]): void {
  for (const [step, weights] of expected.entries())
    for (const [i, weight] of weights.entries())
      expect(Math.abs(found[step]![i]! - weight), `step ${step}, weight ${i}`).toBeLessThan(
        1e-5 * (1 + Math.abs(weight)),
      );
}

describe("sgd", () => {
  it("goes against the gradient", async () => {
    expectSame(
      await run(sgd({ learningRate: 0.1 })),
      reference(() => gradient => 0.1 * gradient),
    );
  });
  it("with momentum and weight decay", async () => {
    const update = () => {
      let buffer = 0;
      return (gradient: number, _: number, weight: number) => {
        buffer = 0.9 * buffer + gradient + 0.01 * weight;
        return 0.05 * buffer;
      };
    };
    expectSame(await run(sgd({ learningRate: 0.05, momentum: 0.9, weightDecay: 0.01 })), reference(update));
  });
  it("keeps a buffer only where there is momentum", () => {
    expect(sgd({ learningRate: 0.1 }).slots).toEqual([]);
    expect(sgd({ learningRate: 0.1, momentum: 0.5 }).slots).toEqual(["momentum"]);
  });
});

/** Algorithm 1 of Kingma and Ba with the corrections written out; `amsgrad` divides by the largest second moment. */
const adamReference = (rate: number, beta1: number, beta2: number, eps: number, amsgrad: boolean) => () => {
  let [mean, variance, largest] = [0, 0, 0];
  return (gradient: number, step: number) => {
    mean = beta1 * mean + (1 - beta1) * gradient;
    variance = beta2 * variance + (1 - beta2) * gradient ** 2;
    largest = Math.max(largest, variance);
    const corrected = (amsgrad ? largest : variance) / (1 - beta2 ** step);
    return (rate * (mean / (1 - beta1 ** step))) / (Math.sqrt(corrected) + eps);
  };
};

describe("adam", () => {
  it("with its defaults", async () => {
    expectSame(await run(adam()), reference(adamReference(1e-3, 0.9, 0.999, 1e-8, false)));
  });
  it("with AMSGrad", async () => {
    const settings = { learningRate: 2e-3, amsgrad: true };
    expectSame(await run(adam(settings)), reference(adamReference(2e-3, 0.9, 0.999, 1e-8, true)));
  });
  it("with AMSGrad remembers the largest second moment when gradients shrink", async () => {
    const settings = { learningRate: 0.05, beta1: 0.5, beta2: 0.6, eps: 1e-3, amsgrad: true };
    const found = await run(adam(settings));
    expectSame(found, reference(adamReference(0.05, 0.5, 0.6, 1e-3, true)));
    expect(found.at(-1)).not.toEqual((await run(adam({ ...settings, amsgrad: false }))).at(-1));
  });
});

describe("settings", () => {
  it("make the same optimizer again", () => {
    for (const made of [
      sgd({ learningRate: 0.1 }),
      sgd({ learningRate: 0.1, momentum: 0.9 }),
      adam({ amsgrad: true }),
    ]) {
      const again = optimizer(JSON.parse(JSON.stringify(made.settings)));
      expect(again.settings).toEqual(made.settings);
      expect([again.name, again.slots, again.coefficients(3)]).toEqual([made.name, made.slots, made.coefficients(3)]);
    }
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
    [() => optimizer({ name: "rprop" } as never), "train: there is no such optimizer, got rprop; choose sgd or adam"],
  ])("refuses %#", (make, sentence) => expect(make).toThrow(sentence));
});
