import { describe, expect, test } from "vitest";
import { graph, Linear, network } from "../build/index.js";
import type { DataSet, Split } from "../data/data-set.js";
import { random } from "../random.js";
import { adam, initialWeights, sgd } from "../train/index.js";
import type { FitOptions } from "./fit-options.js";
import { Model } from "./index.js";
import { recipeOf } from "./recipe-of.js";
import type { Samples } from "./samples.js";
import type { FitEvent } from "./task.js";
import type { Checkpoint } from "./trainer.js";
import { holdOut } from "./validation.js";

/** Which of three thirds of a row of 12 numbers is the largest. */
function split(count: number, seed: number): Split {
  const source = random(seed);
  const labels = Uint8Array.from({ length: count }, () => source.int(0, 2));
  const inputs = Float32Array.from({ length: 12 * count }, (_, i) =>
    Math.floor((i % 12) / 4) === labels[Math.floor(i / 12)] ? 0.5 + source.float() : source.float(),
  );
  return { count, inputs, labels };
}
const thirds: DataSet = {
  name: "thirds",
  hash: "",
  inputShape: [12],
  classes: 3,
  train: split(400, 1),
  test: split(90, 2),
};
const small = network({
  name: "small",
  input: [12],
  layers: { hidden: Linear(16), out: Linear(3) },
  forward: (x, l) => x.pipe(l.hidden).tanh().pipe(l.out),
});
const options = { epochs: 4, optimizer: adam({ learningRate: 0.02 }), normalise: { mean: 0, deviation: 1 } };

test("validation data are samples of the data, each on one side alone, decided by the seed", () => {
  const inputs = Float32Array.from({ length: 20 }, (_, i) => i);
  const label = Uint8Array.from({ length: 10 }, (_, i) => i);
  const ten: Samples = { count: 10, inputs: [inputs], targets: [label, undefined] };
  const { train, validation } = holdOut(ten, 0.3, 1);
  expect([train.count, validation.count]).toEqual([7, 3]);
  const labels = ({ targets }: Samples): number[] => [...targets[0]!];
  for (const part of [train, validation]) {
    expect(part.targets[1]).toBeUndefined();
    expect(labels(part)).toEqual(labels(part).sort());
    expect([...part.inputs[0]!]).toEqual(labels(part).flatMap(label => [2 * label, 2 * label + 1]));
  }
  expect(new Set([...labels(train), ...labels(validation)]).size).toBe(10);
  expect(holdOut(ten, 0.3, 1)).toEqual({ train, validation });
  const others = Array.from({ length: 8 }, (_, seed) => String(labels(holdOut(ten, 0.3, seed).validation)));
  expect(new Set(others).size).toBeGreaterThan(3);
});

describe("fit", () => {
  test("gives a model that predicts, after events in order", async () => {
    const events: FitEvent[] = [];
    const model = await small.fit(thirds, { ...options, onEvent: event => events.push(event) });
    expect(model).toBeInstanceOf(Model);
    expect(model.history.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    expect(events.filter(({ kind }) => kind === "epoch")).toEqual(model.history);
    expect(model.history.at(-1)!.test!.accuracy).toBeGreaterThan(0.9);
    expect(Object.keys(model.weights)).toEqual(["hidden.weight", "hidden.bias", "out.weight", "out.bias"]);

    const { accuracy } = await model.evaluate(thirds.test);
    expect(accuracy).toBe(model.history.at(-1)!.test!.accuracy);
    const { labels, probabilities, classes } = await model.predict(thirds.test.inputs);
    const right = labels.filter((label, i) => label === thirds.test.labels[i]).length;
    expect([labels.length, classes, right / 90]).toEqual([90, 3, accuracy]);
    for (let i = 0; i < 90; i++) {
      const sum = probabilities.subarray(3 * i, 3 * i + 3).reduce((total, p) => total + p, 0);
      expect(sum).toBeCloseTo(1, 5);
    }
  });

  test("is watched with for await, and awaited after", async () => {
    const training = small.fit(thirds.train, { ...options, epochs: 2 });
    const epochs: number[] = [];
    for await (const event of training) if (event.kind === "epoch") epochs.push(event.epoch);
    expect(epochs).toEqual([1, 2]);
    expect((await training).history[1]).not.toHaveProperty("test");
  });

  test("gives the same weights for the same seed", async () => {
    const [a, b, c] = await Promise.all(
      [1, 1, 2].map(async seed => (await small.fit(thirds, { ...options, seed })).weights),
    );
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });

  test("goes on from a checkpoint bit for bit, with schedule, early stopping and validation", async () => {
    const asked: FitOptions = {
      ...options,
      epochs: 5,
      validation: 0.2,
      schedule: { name: "plateau", monitor: "logLoss", patience: 0, threshold: 0.5 },
      earlyStopping: { monitor: "accuracy", patience: 3, restoreBest: true },
    };
    const checkpoints: Checkpoint[] = [];
    const onEvent = (event: FitEvent) => event.kind === "epoch" && checkpoints.push(event.checkpoint!);
    const whole = await small.fit(thirds, { ...asked, checkpoints: true, onEvent });
    expect(whole.history[0]).not.toHaveProperty("checkpoint");
    expect(whole.history[0]!.validation!.accuracy).not.toBe(whole.history[0]!.test!.accuracy);
    expect(checkpoints).toHaveLength(whole.history.length);
    expect(whole.recipe).toMatchObject({ schedule: asked.schedule, earlyStopping: asked.earlyStopping });
    for (const from of checkpoints) {
      const { weights, history } = await small.fit(thirds, { ...asked, from });
      expect(weights).toEqual(whole.weights);
      expect(history.map(({ loss, validation }) => [loss, validation])).toEqual(
        whole.history.slice(from.epoch).map(({ loss, validation }) => [loss, validation]),
      );
    }
  });

  test("gives the best weights when asked, those of the last epoch else", async () => {
    const asked: FitOptions = { ...options, epochs: 6, checkpoints: true, validation: thirds.test };
    const fitted = async (restoreBest: boolean) => {
      const checkpoints: Checkpoint[] = [];
      const onEvent = (event: FitEvent) => event.kind === "epoch" && checkpoints.push(event.checkpoint!);
      const earlyStopping = { monitor: "loss", patience: 2, minDelta: 100, restoreBest } as const;
      const { weights } = await small.fit(thirds.train, { ...asked, earlyStopping, onEvent });
      return { weights, checkpoints };
    };
    const [best, last] = [await fitted(true), await fitted(false)];
    expect(best.checkpoints).toHaveLength(3);
    expect(best.weights["out.weight"]).toEqual(best.checkpoints[0]!.tensors["out.weight"]);
    expect(last.weights["out.weight"]).toEqual(last.checkpoints[2]!.tensors["out.weight"]);
  });

  test("leaves a frozen layer as it is", async () => {
    const layers = { hidden: { frozen: true }, out: { learningRate: 0.05 } };
    const { weights, recipe } = await small.fit(thirds, { ...options, layers });
    expect(weights["hidden.weight"]).toEqual(initialWeights(small.graph, recipe.seed)["hidden.weight"]);
    expect(weights["out.weight"]).not.toEqual(initialWeights(small.graph, recipe.seed)["out.weight"]);
  });

  test("begins with the weights that `init` draws", async () => {
    const init = { name: "orthogonal", gain: 2 } as const;
    const { weights, recipe } = await small.fit(thirds, {
      ...options,
      epochs: 1,
      init,
      layers: { hidden: { frozen: true } },
    });
    expect(recipe.init).toEqual(init);
    expect(weights["hidden.weight"]).toEqual(initialWeights(small.graph, recipe.seed, init)["hidden.weight"]);
  });

  test("takes a loss with settings", async () => {
    const loss = { name: "crossEntropy", classWeights: [1, 0, 0] } as const;
    const model = await small.fit(thirds, { ...options, loss });
    expect(model.recipe.loss).toEqual(loss);
    // Only samples of the first class count, so that nothing else is ever said.
    expect((await model.predict(thirds.test.inputs)).labels.every(label => label === 0)).toBe(true);
    await expect(small.fit(thirds, { ...options, loss: { ...loss, classWeights: [1] } })).rejects.toThrow(
      "crossEntropy: classWeights must be 3, one for every class, got 1; give one for every class",
    );
  });

  test("clips and accumulates", async () => {
    const asked = { ...options, epochs: 1, clip: { norm: 0.1 }, accumulate: 2 };
    const [both, clipped] = [await small.fit(thirds, asked), await small.fit(thirds, { ...asked, accumulate: 1 })];
    expect(both.recipe).toMatchObject({ clip: { norm: 0.1 }, accumulate: 2 });
    expect(both.weights).not.toEqual(clipped.weights);
    expect(clipped.weights).not.toEqual((await small.fit(thirds, { ...options, epochs: 1 })).weights);
  });

  test("is cancelled by a signal", async () => {
    const controller = new AbortController();
    const training = small.fit(thirds, {
      ...options,
      epochs: 100_000,
      signal: controller.signal,
      onEvent: () => controller.abort(),
    });
    await expect(training).rejects.toMatchObject({ name: "AbortError" });
    await expect(
      (async () => {
        for await (const _ of training);
      })(),
    ).rejects.toMatchObject({ name: "AbortError" });
  });

  test("refuses in a sentence what cannot be", async () => {
    await expect(small.fit(thirds, { ...options, optimizer: sgd({ learningRate: 1e38 }) })).rejects.toThrow(
      "train: the loss became NaN or infinite, got it in epoch 1",
    );
    expect(() => small.fit(thirds, { epochs: 0 })).toThrow(
      "fit: epochs must be a whole number of at least 1, got 0; give 1 or more",
    );
    expect(() => small.fit({ ...thirds, classes: 4 })).toThrow(
      "train: small must give [4], a score for each class of thirds, got [3]; end it with linear(4)",
    );
    await expect(small.fit(thirds, { ...options, layers: { hiden: {} } })).rejects.toThrow(
      "layers: there is no such layer in small, got hiden; did you mean hidden?",
    );
    expect(() => small.fit(thirds, { accumulate: 1.5 })).toThrow(
      "fit: accumulate must be a whole number of at least 1, got 1.5; give 1 or more",
    );
    await expect(small.fit(thirds, { ...options, clip: { norm: -1 } })).rejects.toThrow(
      "clip: norm must be above 0, got -1; give another",
    );
    expect(() => small.fit(thirds, { validation: 1 })).toThrow(
      "fit: validation must leave samples on both sides of 400, got 1; give a share between 0 and 1, or a split",
    );
    const model = new Model(small, {}, recipeOf(small, {}), []);
    await expect(model.predict(new Float32Array(13))).rejects.toThrow(
      "predict: a sample has 12 elements, got 13 in all; give whole samples",
    );
  });

  test.each([
    [thirds, { epoch: 1 }, "fit: there is no such option, got epoch; did you mean epochs?"],
    [
      thirds,
      { optimizer: "adam" },
      'fit: optimizer must be made by adam, sgd or another, got "adam"; give e.g. adam({ learningRate: 0.001 })',
    ],
    [
      undefined,
      {},
      "fit: data must be { inputs, targets } or a data set, got something else; give these, or what loadData gives",
    ],
    [
      { count: 1, inputs: [1], labels: [0] },
      {},
      "fit: inputs of data must be a Uint8Array or Float32Array and labels an array of bytes, got something else; convert them",
    ],
    [
      { inputs: new Uint8Array(24), labels: new Uint8Array(2) },
      {},
      "fit: data must have count x 12 inputs and count labels, got count undefined, 24 and 2; correct one of them",
    ],
    [
      { ...thirds, test: { ...thirds.test, count: 91 } },
      {},
      "fit: test must have count x 12 inputs and count labels, got count 91, 1080 and 90; correct one of them",
    ],
  ])("refuses what no type was asked about (%#)", (data, asked, sentence) => {
    expect(() => small.fit(data as never, asked as never)).toThrow(sentence);
  });

  test("takes the loss that the last op asks for", () => {
    const free = graph({ x: [12] }, ({ x }) => x.linear(3));
    const logs = graph({ x: [12] }, ({ x }) => x.linear(3).logSoftmax());
    expect([free, logs].map(one => recipeOf(one as never, {}).loss)).toEqual(["crossEntropy", "nll"]);
    expect(recipeOf(free as never, { loss: "nll" }).loss).toBe("nll");
  });
});
