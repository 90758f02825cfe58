import { describe, expect, it } from "vitest";
import { leNet, residual, sequence } from "../../test/battery/networks.js";
import { enter, someData, someRows, type Training, train } from "../../test/battery/training.js";
import { assemble } from "../op/index.js";
import { nativeSession } from "../runtime/native.js";
import { float32, int32, int64, uint8 } from "../runtime/session.js";
import type { LossChoice } from "./losses.js";
import { adam, optimizer, sgd } from "./optimizers.js";
import { initialWeights } from "./parameters.js";
import { TrainError } from "./pass.js";
import { trainingModel } from "./training-model.js";

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
    trainingModel(graph, { ...enter("crossEntropy"), optimizer: rule, seed: 0 });
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
    const slots = trainable.flatMap(name => ["gradients", "squares", "largestSquares"].map(slot => `${name}/${slot}`));
    const { carried, coefficients } = model(adam({ amsgrad: true }));
    expect(carried.map(({ name }) => name)).toEqual([...parameters, ...slots]);
    expect(carried.find(({ name }) => name === "linear_1.weight/squares")!.shape).toEqual([2, 3]);
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
    const model = trainingModel(graph, {
      ...enter("crossEntropy"),
      sources: [{ type, normalise }],
      optimizer: rule,
      seed: 0,
    });
    const session = await nativeSession(model.bytes);
    const floats = Float32Array.from(bytes, value => (value / 255 - 0.25) / 0.5);
    const outputs = await session.run({
      "input/x": type === "uint8" ? uint8(bytes, [2, 3]) : float32(floats, [2, 3]),
      "target/0": uint8(Uint8Array.of(0, 1), [2]),
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

describe("several inputs and outputs", () => {
  it("one step by hand: the losses are added by weight, and each input and target is its own", async () => {
    const a = assemble("two");
    const [x, y] = [a.input("x", [1]), a.input("y", [2])];
    const sum = a.node("add", [a.node("linear", [x], { outFeatures: 2, bias: false }), y]);
    const graph = a.finish(sum, a.node("linear", [y], { outFeatures: 1, bias: false }));
    const model = trainingModel(graph, {
      sources: [
        { type: "int32", normalise: { mean: 9, deviation: 9 } },
        { type: "uint8", normalise: { mean: 0, deviation: 1 } },
      ],
      targets: [
        { type: "uint8", kind: "classes" },
        { type: "float32", kind: "values" },
      ],
      losses: ["crossEntropy", { name: "meanSquaredError", weight: 0.5 }],
      optimizer: optimizer({ name: "sgd", learningRate: 1 }),
      seed: 0,
    });
    const session = await nativeSession(model.bytes);
    // Whole numbers stand for themselves: x = 3. Bytes: y = (0, 1).
    const outputs = await session.run({
      "input/x": int32(Int32Array.of(3), [1, 1]),
      "input/y": uint8(Uint8Array.of(0, 255), [1, 2]),
      "target/0": uint8(Uint8Array.of(1), [1]),
      "target/1": float32(Float32Array.of(5), [1, 1]),
      rows: int64(BigInt64Array.of(0n), [1, 1]),
      coefficients: float32(Float32Array.of(1), [1, 1]),
      "linear_1.weight": float32(Float32Array.of(1 / 3, 0), [2, 1]),
      "linear_2.weight": float32(Float32Array.of(7, 2), [1, 2]),
    });
    await session.release();
    // Scores (1, 0) + (0, 1) are equal: loss log 2, gradient (1/2, -1/2) times x. The other output is 2: (2 - 5)² / 2.
    expect((outputs.loss!.data as Float32Array)[0]).toBeCloseTo(Math.log(2) + 4.5, 5);
    const next = (name: string): number[] => [...(outputs[`next/${name}`]!.data as Float32Array)];
    for (const [i, value] of [1 / 3 - 1.5, 1.5].entries()) expect(next("linear_1.weight")[i]).toBeCloseTo(value, 5);
    // Half of 2 (2 - 5) y.
    for (const [i, value] of [7, 5].entries()) expect(next("linear_2.weight")[i]).toBeCloseTo(value, 5);
  });
  it("classes at every place of a map", async () => {
    // Two classes at three places; the kernel of size 1 is a linear layer at each place.
    const graph = sequence("places", [1, 3], ["conv1d", { outChannels: 2, kernelSize: 1, bias: false }]);
    const model = trainingModel(graph, { ...enter("crossEntropy"), optimizer: sgd({ learningRate: 1 }), seed: 0 });
    const session = await nativeSession(model.bytes);
    const outputs = await session.run({
      "input/x": float32(Float32Array.of(1, 2, 3), [1, 1, 3]),
      "target/0": uint8(Uint8Array.of(0, 1, 1), [1, 3]),
      rows: int64(BigInt64Array.of(0n), [1, 1]),
      coefficients: float32(Float32Array.of(1), [1, 1]),
      "conv1d_1.weight": float32(new Float32Array(2), [2, 1, 1]),
    });
    await session.release();
    expect((outputs.loss!.data as Float32Array)[0]).toBeCloseTo(Math.log(2), 6);
    // Gradient (p - onehot) x / 3: for class 0 (-1/2 · 1 + 1/2 · 2 + 1/2 · 3) / 3 = 2/3.
    const next = outputs["next/conv1d_1.weight"]!.data as Float32Array;
    for (const [i, value] of [-2 / 3, 2 / 3].entries()) expect(next[i]).toBeCloseTo(value, 6);
  });
});

describe("refuses", () => {
  const a = assemble("two");
  const graph = a.finish(a.node("add", [a.input("x", [2]), a.input("y", [2])]), "x");
  const lower = (losses: readonly LossChoice[]) => () =>
    trainingModel(graph, { sources: [], targets: [], losses, optimizer: sgd({ learningRate: 1 }), seed: 0 });
  it.each<[readonly LossChoice[], string]>([
    [["nll"], "train: two has 2 outputs, got 1 losses; give one for each"],
    [["nll", { name: "nll", weight: -1 }], "train: the weight of a loss must be above 0, got -1; give another"],
  ])("%j", (losses, sentence) => expect(lower(losses)).toThrow(new TrainError(sentence)));
});
