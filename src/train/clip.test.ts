import { describe, expect, it } from "vitest";
import { leNet, residual, sequence } from "../../test/battery/networks.js";
import { someData, someRows, type Training, train } from "../../test/battery/training.js";
import { type Clip, checkClip } from "./clip.js";
import { initialWeights } from "./parameters.js";

const sgd: Training = { loss: "crossEntropy", optimizer: { name: "sgd", learningRate: 1 } };

describe("clipping", () => {
  // Scores 0 for x = (3, 4): softmax is 1/2 each, so the gradient of the weight is (-3, -4, 3, 4) / 2, of the bias (-1, 1) / 2.
  const graph = sequence("by hand", [2], ["linear", { outFeatures: 2 }]);
  const weights = { "linear_1.weight": new Float32Array(4), "linear_1.bias": new Float32Array(2) };
  const data = { count: 1, samples: Float32Array.of(3, 4), labels: Uint8Array.of(0) };
  const norm = Math.sqrt((9 + 16 + 9 + 16 + 1 + 1) / 4);
  const all = [1.5, 2, -1.5, -2, 0.5, -0.5];
  const values = all.map(x => Math.max(-1, Math.min(1, x)));
  const valuesNorm = Math.sqrt(4 + 0.5);

  it.each<[Clip, number[]]>([
    [{}, all],
    [{ norm: 10 }, all],
    [{ norm: 0.5 }, all.map(x => (0.5 * x) / norm)],
    [{ value: 1 }, values],
    [{ value: 1, norm: 2 }, values.map(x => (2 * x) / valuesNorm)],
  ])("%o by hand", async (clip, expected) => {
    const { state } = await train(graph, weights, data, [[[0]]], { ...sgd, clip });
    const found = [...state["linear_1.weight"]!, ...state["linear_1.bias"]!];
    for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 5);
  });
  it("leaves frozen layers out of the norm", async () => {
    const settings: Training = { ...sgd, clip: { norm: 0.1 }, layers: { conv2d_1: { frozen: true } } };
    const first = initialWeights(leNet, 1);
    const { state } = await train(leNet, first, someData(leNet, 10), [someRows(10, 1, 10)], settings);
    let square = 0;
    for (const [name, values] of Object.entries(first))
      for (const [i, value] of values.entries()) square += (state[name]![i]! - value) ** 2;
    expect(Math.sqrt(square)).toBeCloseTo(0.1, 4);
  });
  it.each<[Clip, string]>([
    [{ norm: 0 }, "clip: norm must be above 0, got 0; give another"],
    [{ value: Number.NaN }, "clip: value must be above 0, got NaN; give another"],
  ])("refuses %o", (clip, sentence) => expect(() => checkClip(clip)).toThrow(sentence));
});

describe("accumulation", () => {
  const data = someData(leNet, 60);
  const weights = initialWeights(leNet, 1);
  const rows = someRows(60, 20, 12);
  const run = (settings: Partial<Training>) => train(leNet, weights, data, [rows], { ...adam, ...settings });
  const adam: Training = { loss: "nll", optimizer: { name: "adam", learningRate: 5e-3, eps: 1e-4 }, clip: { norm: 1 } };

  it.each([2, 3, 12])("over %d batches is one batch so many times as large", async accumulate => {
    const [whole, parts] = [await run({}), await run({ accumulate })];
    for (const [i, loss] of whole.losses.entries()) expect(Math.abs(parts.losses[i]! - loss)).toBeLessThan(2e-5);
    for (const [name, values] of Object.entries(whole.state))
      for (const [i, value] of values.entries())
        expect(Math.abs(parts.state[name]![i]! - value), name).toBeLessThan(1e-5 + 1e-4 * Math.abs(value));
  });
  it("does not come to the same by chance: the batches alone lead elsewhere", async () => {
    const apart = await train(leNet, weights, data, [rows.flatMap(row => [row.slice(0, 6), row.slice(6)])], adam);
    const { state } = await run({});
    expect(Math.abs(apart.state["conv2d_1.weight"]![0]! - state["conv2d_1.weight"]![0]!)).toBeGreaterThan(1e-3);
  });
  it("renews running statistics with every batch", async () => {
    const still: Training = { loss: "crossEntropy", optimizer: { name: "sgd", learningRate: 0 } };
    const graph = residual();
    const [first, some] = [initialWeights(graph, 1), someData(graph, 60)];
    const apart = await train(graph, first, some, [rows.flatMap(row => [row.slice(0, 6), row.slice(6)])], still);
    const together = await train(graph, first, some, [rows], { ...still, accumulate: 2 });
    for (const [name, values] of Object.entries(apart.state)) expect(together.state[name], name).toEqual(values);
  });
  it("is the same every time, and from run to run", async () => {
    const settings = { ...adam, accumulate: 3 };
    const once = await train(leNet, weights, data, [rows], settings);
    expect(await train(leNet, weights, data, [rows.slice(0, 7), rows.slice(7)], settings)).toEqual(once);
  });
  it("refuses what is no count", async () => {
    await expect(run({ accumulate: 0 })).rejects.toThrow(
      "train: accumulate must be a whole number of at least 1, got 0; give 1 or more batches",
    );
  });
});
