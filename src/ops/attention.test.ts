import { describe, expect, it } from "vitest";
import { sequence } from "../../test/battery/networks.js";
import { opSession, placeOp } from "../../test/battery/op-model.js";
import { multiHeadAttention as reference } from "../../test/battery/reference-attention.js";
import { testOp } from "../../test/battery/test-op.js";
import { batchOf } from "../../test/battery/values.js";
import { assemble, findOp } from "../op/index.js";
import { initialWeights, parameters } from "../train/index.js";
import { multiHeadAttention } from "./attention.js";

testOp(
  multiHeadAttention,
  [
    // Four projections of 3 rows of 4 by 4 features, and twice 3 times 3 products of 4.
    { attrs: { heads: 2 }, inputs: [[3, 4]], output: [3, 4], macs: 4 * 48 + 2 * 36 },
    { attrs: { heads: 1, bias: false }, inputs: [[1, 1]], output: [1, 1], macs: 4 + 2 },
    { attrs: { heads: 3, causal: true }, inputs: [[4, 6]], output: [4, 6] },
    { attrs: { heads: 2, dropout: 0.3 }, inputs: [[3, 4]], output: [3, 4] },
    {
      attrs: { heads: 2 },
      inputs: [
        [2, 4],
        [3, 4],
        [3, 4],
      ],
      output: [2, 4],
      macs: 2 * 32 + 2 * 48 + 2 * 24,
    },
    {
      attrs: { heads: 2, causal: true },
      inputs: [
        [3, 4],
        [2, 3],
        [2, 5],
      ],
      output: [3, 4],
      macs: 2 * 48 + 24 + 40 + 2 * 24,
    },
    {
      attrs: { heads: 1, bias: false },
      inputs: [
        [2, 2],
        [4, 3],
        [4, 2],
      ],
      output: [2, 2],
    },
    {
      attrs: { heads: 3 },
      inputs: [[5, 8]],
      error: "multiHeadAttention: heads 3 must divide the features, got 8; choose a divisor of 8",
    },
    {
      attrs: { heads: 2 },
      inputs: [[8]],
      error: "multiHeadAttention: input must be [length, features], got [8]; reshape it",
    },
    {
      attrs: { heads: 2 },
      inputs: [[5, 8], [8], [5, 8]],
      error: "multiHeadAttention: key must be [length, features], got [8]; reshape it",
    },
    {
      attrs: { heads: 2 },
      inputs: [
        [5, 8],
        [6, 8],
        [1, 6, 8],
      ],
      error: "multiHeadAttention: value must be [length, features], got [1, 6, 8]; reshape it",
    },
    {
      attrs: { heads: 2 },
      inputs: [
        [5, 8],
        [6, 8],
        [5, 8],
      ],
      error:
        "multiHeadAttention: key and value must be of one length, got [6, 8] and [5, 8]; give a value for every key",
    },
    {
      attrs: { heads: 0 },
      inputs: [[5, 8]],
      error: "multiHeadAttention: heads must be a whole number of at least 1, got 0; give 1 or more",
    },
    {
      attrs: { heads: 2, dropout: 1 },
      inputs: [[5, 8]],
      error: "multiHeadAttention: dropout must be a number from 0 to below 1, got 1; give e.g. 0.5",
    },
  ],
  { reference, layout: "small" },
);

it("takes one input or three", () => {
  const a = assemble("two");
  const x = a.input("x", [3, 4]);
  expect(() => a.node("multiHeadAttention", [x, x], { heads: 1 }, { name: "attend" })).toThrow(
    "multiHeadAttention: attend needs 1 or 3 inputs, got 2; connect them",
  );
});

describe("first weights, as PyTorch's", () => {
  const graph = sequence("attention", [3, 40], ["multiHeadAttention", { heads: 4 }]);
  const weights = initialWeights(graph, 1);
  it("are called as PyTorch's", () => {
    expect(parameters(graph).map(({ name, shape }) => [name, shape])).toEqual([
      ["multiHeadAttention_1.inProjWeight", [120, 40]],
      ["multiHeadAttention_1.inProjBias", [120]],
      ["multiHeadAttention_1.outProj.weight", [40, 40]],
      ["multiHeadAttention_1.outProj.bias", [40]],
    ]);
  });
  it.each([
    // Xavier's bound is sqrt(6 / (120 + 40)), a linear layer's 1 / sqrt(40).
    ["inProjWeight", Math.sqrt(6 / 160)],
    ["outProj.weight", 1 / Math.sqrt(40)],
  ])("%s is uniform within its bound", (role, bound) => {
    const values = weights[`multiHeadAttention_1.${role}`]!;
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(largest).toBeLessThanOrEqual(Math.fround(bound));
    expect(largest).toBeGreaterThan(0.98 * bound);
  });
  it("begin without biases", () => {
    for (const role of ["inProjBias", "outProj.bias"]) {
      expect(weights[`multiHeadAttention_1.${role}`]!.every(value => value === 0)).toBe(true);
    }
  });
});

describe("dropout", () => {
  const shape = [6, 8] as const;
  /** Outputs and gradients of successive steps. */
  async function steps(seed: number, count: number, dropout = 0.5) {
    const at = placeOp(findOp("multiHeadAttention"), { heads: 2, dropout }, [shape]);
    const session = await opSession(at, { training: true, needs: [true], seed });
    const feeds = {
      "x/0": batchOf(2, shape, 1),
      dy: batchOf(2, shape, 2),
      ...Object.fromEntries(at.weights.map(({ role, shape: own }, i) => [`w/${role}`, batchOf(1, own, 3 + i)])),
    };
    const found = [];
    for (let i = 0; i < count; i++) found.push([...((await session.run(2, feeds)).y!.data as Float32Array)]);
    await session.release();
    return found;
  }
  it("is another one at every step and for every seed, and the same for the same seed", async () => {
    const [first, second] = await steps(6, 2);
    expect(await steps(6, 2)).toEqual([first, second]);
    expect(second).not.toEqual(first);
    expect((await steps(7, 1))[0]).not.toEqual(first);
  });
  it("leaves the mean as it is", async () => {
    const [kept] = await steps(6, 1, 0);
    const many = await steps(6, 4000);
    const mean = kept!.map((_, i) => many.reduce((sum, one) => sum + one[i]!, 0) / many.length);
    const spread = kept!.map((_, i) =>
      Math.sqrt(many.reduce((sum, one) => sum + (one[i]! - mean[i]!) ** 2, 0) / many.length),
    );
    // The mean of so many is off by its deviation over the root of their number: five of these for 96 numbers.
    for (const [i, value] of kept!.entries()) {
      expect(Math.abs(mean[i]! - value)).toBeLessThan((5 * spread[i]!) / Math.sqrt(many.length));
    }
  });
});
