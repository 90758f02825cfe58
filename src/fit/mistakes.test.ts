/** What a newcomer gets wrong: every mistake ends in a sentence, and none in a model that learned nothing. */
import { expect, test } from "vitest";
import { Linear, network } from "../index.js";
import { adam, sgd } from "../train/index.js";
import type { FitOptions } from "./fit-options.js";

const classes = network({
  input: [2],
  layers: { a: Linear(4), b: Linear(3) },
  forward: (x, l) => x.pipe(l.a).relu().pipe(l.b),
});
const values = network({ input: [2], layers: { out: Linear(1) }, forward: (x, l) => x.pipe(l.out) });
const inputs = (change?: readonly [at: number, value: number]): Float32Array => {
  const numbers = Float32Array.from({ length: 20 }, (_, i) => Math.sin(i));
  if (change) numbers[change[0]] = change[1];
  return numbers;
};
const labels = Uint8Array.from({ length: 10 }, (_, i) => i % 3);
const good = { inputs: inputs(), targets: labels };

/** What an awaited or thrown training says. */
async function saidBy(start: () => PromiseLike<unknown>): Promise<string> {
  try {
    await start();
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing";
}

test.each<[string, object, string]>([
  [
    "NaN among inputs",
    { inputs: inputs([5, Number.NaN]), targets: labels },
    "train: inputs of x must be finite numbers, got NaN at 1 of sample 2; correct the data",
  ],
  [
    "infinite inputs",
    { inputs: inputs([19, -Number.POSITIVE_INFINITY]), targets: labels },
    "train: inputs of x must be finite numbers, got -Infinity at 1 of sample 9; correct the data",
  ],
  [
    "classes as fractions",
    { inputs: inputs(), targets: Float32Array.from(labels) },
    "train: targets of b must be 10 samples of [3], 30 numbers, got 10; class numbers are a Uint8Array or Int32Array and want a loss of classes, e.g. crossEntropy",
  ],
  [
    "Float64Array",
    { inputs: Float64Array.from(inputs()), targets: labels },
    "fit: inputs must be a Float32Array, Uint8Array or Int32Array, got Float64Array; give Float32Array.from(...), every sample's numbers one after another",
  ],
  [
    "no samples",
    { inputs: new Float32Array(0), targets: new Uint8Array(0) },
    "fit: there are no samples, got 0 numbers; give at least one sample",
  ],
  ["no targets", { inputs: inputs() }, "fit: data must have targets, got inputs alone; give { inputs, targets }"],
])("data: %s", async (_, data, sentence) => {
  expect(await saidBy(() => classes.fit(data as never))).toBe(sentence);
});

test("a NaN among targets, validation data, samples to predict and first weights", async () => {
  const strange = inputs([0, Number.NaN]);
  const sentence = "train: inputs of x must be finite numbers, got NaN at 0 of sample 0; correct the data";
  expect(
    await saidBy(() => values.fit({ inputs: inputs(), targets: Float32Array.of(Number.NaN, ...inputs().slice(11)) })),
  ).toBe("train: targets of out must be finite numbers, got NaN at 0 of sample 0; correct the data");
  expect(await saidBy(() => classes.fit(good, { validation: { inputs: strange, targets: labels } }))).toBe(sentence);
  const model = await classes.fit(good, { epochs: 1 });
  expect(await saidBy(() => model.predict(strange))).toBe(sentence);
  expect(await saidBy(() => model.evaluate({ inputs: strange, targets: labels }))).toBe(sentence);
  expect(await saidBy(() => classes.fit(good, { weights: { "b.bias": Float32Array.of(0, Number.NaN, 0) } }))).toBe(
    "fit: b.bias must hold finite numbers, got NaN or infinite ones; correct them",
  );
});

test.each<[object, string]>([
  [{ seed: "a" }, 'fit: seed must be a whole number, got "a"; give e.g. 42'],
  [{ epochs: "3" }, 'fit: epochs must be a whole number of at least 1, got "3"; give 1 or more'],
  [
    { optimizer: adam },
    "fit: optimizer must be made by adam, sgd or another, got the function adam; give e.g. adam({ learningRate: 0.001 })",
  ],
  [{ schedule: "cosine" }, 'train: a schedule must be an object, got "cosine"; give e.g. { name: "cosine" }'],
  [{ schedule: { name: "step" } }, "step: stepSize must be a whole number of at least 1, got nothing; give another"],
  [{ schedule: { name: "cosine", unit: "batch" } }, 'cosine: unit must be step or epoch, got "batch"; give another'],
  [
    { schedule: { name: "cosine", tMax: 3 } },
    "cosine: there is no such setting, got tMax; known are length, minFactor, unit",
  ],
  [
    { init: "kaimingNormal" },
    'init: an initialiser must be an object, got "kaimingNormal"; give e.g. { name: "kaimingNormal" }',
  ],
  [
    { init: { name: "kaimingNormal", mode: "fan_in" } },
    'kaimingNormal: mode must be fanIn or fanOut, got "fan_in"; give another',
  ],
  [{ init: { name: "constant" } }, "constant: value must be a number, got nothing; give e.g. 0"],
  [
    { loss: { name: "crossEntropy", smoothing: 0.1 } },
    "crossEntropy: there is no such setting, got smoothing; known are classWeights, labelSmoothing, weight",
  ],
  [
    { augment: { name: "noise", std: 1 } },
    'augment: it must be a list, got {"name":"noise","std":1}; give e.g. [{ name: "flip" }]',
  ],
  [{ augment: [{ name: "noise", sigma: 1 }] }, "noise: there is no such setting, got sigma; known are std"],
  [{ clip: 1 }, "clip: settings must be an object, got 1; give e.g. { norm, value }"],
  [{ clip: { maxNorm: 1 } }, "clip: there is no such setting, got maxNorm; known are norm, value"],
  [{ earlyStopping: 3 }, "earlyStopping: settings must be an object, got 3; give e.g. { monitor, patience }"],
  [
    { earlyStopping: { patience: 3 } },
    "earlyStopping: monitor must name a figure, got nothing; give e.g. validationLoss",
  ],
  [
    { earlyStopping: { monitor: "loss" } },
    "earlyStopping: patience must be a whole number of at least 1, got nothing; give another",
  ],
  [
    { layers: { a: { freeze: true } } },
    "layers.a: there is no such setting, got freeze; known are frozen, learningRate, statistics",
  ],
  [{ layers: { a: { frozen: "yes" } } }, 'layers: frozen must be true or false, got "yes" for a; give one of these'],
  [{ layers: { a: { learningRate: -1 } } }, "layers: learningRate must be 0 or more, got -1 for a; give another"],
  [
    { normalise: { mean: 0, deviation: 0 } },
    "fit: normalise must have a mean and a deviation above 0, got 0 and 0; give others",
  ],
  [
    { normalise: { mean: 0 } },
    "fit: normalise must have a mean and a deviation above 0, got 0 and nothing; give others",
  ],
  [
    { from: "model.onnx" },
    "fit: from must be a checkpoint, got something else; give what an event of an epoch holds with checkpoints: true, or weights: model.weights to begin with a model's",
  ],
  [
    labels,
    "fit: options must be an object, got something else; give e.g. { epochs: 4 }, and targets with the inputs: { inputs, targets }",
  ],
])("options: %o", async (options, sentence) => {
  expect(await saidBy(() => classes.fit(good, options as never))).toBe(sentence);
});

test("settings of optimizers that there are not", () => {
  expect(() => adam({ lr: 0.1 } as never)).toThrow("adam: there is no such setting, got lr; known are learningRate,");
  expect(() => adam(0.1 as never)).toThrow(
    "adam: settings must be an object, got 0.1; give e.g. { learningRate, weightDecay }",
  );
  expect(() => sgd({} as never)).toThrow("sgd: learningRate must be 0 or more, got nothing; give another");
});

test.each<[string, FitOptions["onEvent"]]>([
  [
    "throws",
    () => {
      throw new Error("mine");
    },
  ],
  ["rejects", () => Promise.reject(new Error("mine"))],
])("a callback that %s ends the training, and not the program", async (_, onEvent) => {
  expect(await saidBy(() => classes.fit(good, { epochs: 1000, onEvent: onEvent! }))).toBe("mine");
});
