import { describe, expect, it } from "vitest";
import { leNet, residual, sequence } from "../../test/battery/networks.js";
import { someData, someRows, type Training, train } from "../../test/battery/training.js";
import { type Graph, print } from "../graph/index.js";
import { assemble } from "../op/index.js";
import { nativeSession } from "../runtime/native.js";
import { float32, int64, uint8 } from "../runtime/session.js";
import { adam, optimizer, sgd } from "./optimizers.js";
import { initialWeights } from "./parameters.js";
import { TrainError } from "./pass.js";
import { trainingModel } from "./training-model.js";

const source = { type: "float32", normalise: { mean: 0, deviation: 1 } } as const;
const recipe: Training = { loss: "nll", optimizer: { name: "adam", learningRate: 2e-3, amsgrad: true } };
const drops = sequence(
  "drops",
  [1, 4, 4],
  ["flatten"],
  ["linear", { outFeatures: 30 }],
  ["dropout", { p: 0.4 }],
  ["linear", { outFeatures: 10 }],
  ["logSoftmax"],
);

describe("what is carried", () => {
  const graph = sequence("norm", [3], ["batchNorm"], ["linear", { outFeatures: 2 }]);
  const model = (rule = sgd({ learningRate: 1 })) =>
    trainingModel(graph, { source, loss: "crossEntropy", optimizer: rule, seed: 0 });
  const parameters = [
    "batchNorm_1.weight",
    "batchNorm_1.bias",
    "batchNorm_1.runningMean",
    "batchNorm_1.runningVar",
    "linear_1.weight",
    "linear_1.bias",
  ];
  const trainable = parameters.filter(name => !name.includes("running"));

  it("are the parameters, then every slot of those that learn", () => {
    expect(model().carried.map(({ name }) => name)).toEqual(parameters);
    const slots = trainable.flatMap(name => ["mean", "variance", "largestVariance"].map(slot => `${name}/${slot}`));
    const { carried, coefficients } = model(adam({ amsgrad: true }));
    expect(carried.map(({ name }) => name)).toEqual([...parameters, ...slots]);
    expect(carried.find(({ name }) => name === "linear_1.weight/variance")!.shape).toEqual([2, 3]);
    expect(coefficients).toBe(2);
  });
  it("has the same bytes every time", () => expect(model().bytes).toEqual(model().bytes));
});

it("one step of gradient descent, by hand", async () => {
  // Scores 0 for x = (1, 2): softmax is 1/2 each, so that the gradient is (-1/2, 1/2) for the label 0.
  const graph = sequence("by hand", [2], ["linear", { outFeatures: 2 }]);
  const weights = { "linear_1.weight": new Float32Array(4), "linear_1.bias": new Float32Array(2) };
  const data = { count: 1, samples: Float32Array.of(1, 2), labels: Uint8Array.of(0) };
  const training: Training = { loss: "crossEntropy", optimizer: { name: "sgd", learningRate: 0.5 } };
  const { losses, state } = await train(graph, weights, data, [[[0]]], training);
  expect(losses[0]).toBeCloseTo(Math.log(2), 6);
  expect(state).toEqual({
    "linear_1.weight": Float32Array.of(0.25, 0.5, -0.25, -0.5),
    "linear_1.bias": Float32Array.of(0.25, -0.25),
  });
});

describe("runs", () => {
  const data = someData(leNet, 40);
  const weights = initialWeights(leNet, 1);

  it("of one seed are the same to the last bit", async () => {
    const rows = [someRows(40, 6, 8)];
    const first = await train(leNet, weights, data, rows, recipe);
    expect(await train(leNet, weights, data, rows, recipe)).toEqual(first);
    expect(first.losses.every(Number.isFinite)).toBe(true);
  });
  it("one after another are the same as one long one", async () => {
    const rows = someRows(40, 6, 8);
    const once = await train(leNet, weights, data, [rows], recipe);
    const parts = await train(leNet, weights, data, [rows.slice(0, 2), rows.slice(2)], recipe);
    expect(parts).toEqual(once);
  });
  it("may end with a smaller batch, and with one sample", async () => {
    const graph = residual();
    const training: Training = { ...recipe, loss: "crossEntropy" };
    const all = someData(graph, 21);
    const first = initialWeights(graph, 1);
    const rows = [[someRows(20, 2, 8)[0]!, someRows(20, 2, 8)[1]!], [[20, 3, 4]], [[7]]];
    const { losses, state } = await train(graph, first, all, rows, training);
    expect(losses).toHaveLength(4);
    expect(losses.every(Number.isFinite)).toBe(true);
    for (const [name, values] of Object.entries(state)) expect(values.every(Number.isFinite), name).toBe(true);
  });
  it("of the smaller batch alone take the same step", async () => {
    const training: Training = { loss: "nll", optimizer: { name: "sgd", learningRate: 0.1 } };
    const before = await train(leNet, weights, data, [someRows(40, 3, 8)], training);
    const together = await train(leNet, weights, data, [someRows(40, 3, 8), [[1, 5, 9]]], training);
    const apart = await train(leNet, before.state, data, [[[1, 5, 9]]], training);
    expect(together.losses.at(-1)).toBe(apart.losses[0]);
    expect(together.state).toEqual(apart.state);
  });
  it("learn: the loss of data that is seen again and again goes down", async () => {
    const { losses } = await train(leNet, weights, data, [someRows(40, 200, 10)], {
      ...recipe,
      optimizer: { name: "adam", learningRate: 1e-2 },
    });
    const mean = (part: number[]) => part.reduce((sum, loss) => sum + loss, 0) / part.length;
    expect(mean(losses.slice(-20))).toBeLessThan(0.5 * mean(losses.slice(0, 20)));
  });
});

describe("dropout", () => {
  const data = someData(drops, 30);
  const weights = initialWeights(drops, 1);
  const rows = someRows(30, 6, 5);

  it("is decided by the seed, and drawn on from run to run", async () => {
    const once = await train(drops, weights, data, [rows], recipe);
    expect(await train(drops, weights, data, [rows], recipe)).toEqual(once);
    expect(await train(drops, weights, data, [rows.slice(0, 4), rows.slice(4)], recipe)).toEqual(once);
    const other = await train(drops, weights, data, [rows], { ...recipe, seed: 1 });
    expect(other.losses).not.toEqual(once.losses);
  });
  it("drops others at every step of a run", async () => {
    const still: Training = { loss: "nll", optimizer: { name: "sgd", learningRate: 0 } };
    const { losses } = await train(drops, weights, data, [Array(5).fill([1, 2, 3])], still);
    expect(new Set(losses).size).toBe(5);
  });
});

it("bytes are scaled to 0 to 1 and normalised, as floats are", async () => {
  const graph = sequence("bytes", [3], ["linear", { outFeatures: 2 }]);
  const bytes = Uint8Array.of(0, 128, 255, 7, 30, 99);
  const rule = optimizer({ name: "sgd", learningRate: 1 });
  const step = async (type: "uint8" | "float32", normalise: { mean: number; deviation: number }) => {
    const model = trainingModel(graph, { source: { type, normalise }, loss: "crossEntropy", optimizer: rule, seed: 0 });
    const session = await nativeSession(model.bytes);
    const floats = Float32Array.from(bytes, value => (value / 255 - 0.25) / 0.5);
    const outputs = await session.run({
      samples: type === "uint8" ? uint8(bytes, [2, 3]) : float32(floats, [2, 3]),
      labels: uint8(Uint8Array.of(0, 1), [2]),
      rows: int64(BigInt64Array.of(0n, 1n), [1, 2]),
      coefficients: float32(Float32Array.of(1), [1, 1]),
      "linear_1.weight": float32(Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6), [2, 3]),
      "linear_1.bias": float32(new Float32Array(2), [2]),
    });
    await session.release();
    return outputs["next/linear_1.weight"]!.data as Float32Array;
  };
  const [fromBytes, fromFloats] = [
    await step("uint8", { mean: 0.25, deviation: 0.5 }),
    await step("float32", { mean: 0, deviation: 1 }),
  ];
  for (const [i, value] of fromFloats.entries()) expect(fromBytes[i]).toBeCloseTo(value, 6);
});

describe("refuses what is no classifier", () => {
  const lower = (graph: Graph) => () =>
    trainingModel(graph, { source, loss: "nll", optimizer: sgd({ learningRate: 1 }), seed: 0 });
  it("with several inputs or outputs", () => {
    const a = assemble("two");
    const sum = a.node("add", [a.input("x", [2]), a.input("y", [2])]);
    const graph = a.finish(sum, "x");
    expect(lower(graph), print(graph)).toThrow(
      new TrainError("train: a classifier has one input and one output, got 2 and 2; train a network of that form"),
    );
  });
  it("whose output is not one score per class", () => {
    expect(lower(sequence("map", [1, 4, 4], ["conv2d", { outChannels: 2, kernelSize: 3 }]))).toThrow(
      new TrainError("train: the output must be one score per class, got [2, 2, 2]; end with flatten and linear"),
    );
  });
});
