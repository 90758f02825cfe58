import { describe, expect, it } from "vitest";
import { sequence } from "../../test/battery/networks.js";
import { opSession, placeOp } from "../../test/battery/op-model.js";
import { embedding as reference } from "../../test/battery/reference-attention.js";
import { testOp } from "../../test/battery/test-op.js";
import { findOp } from "../op/index.js";
import { initialWeights } from "../train/index.js";
import { embedding } from "./embedding.js";

testOp(
  embedding,
  [
    { attrs: { count: 10, features: 4 }, inputs: [[6]], output: [6, 4], macs: 0 },
    { attrs: { count: 3, features: 2, paddingIndex: 1 }, inputs: [[2, 3]], output: [2, 3, 2] },
    { attrs: { count: 1, features: 1 }, inputs: [[]], output: [1] },
    {
      attrs: { count: 0, features: 4 },
      inputs: [[6]],
      error: "embedding: count must be a whole number of at least 1, got 0; give 1 or more",
    },
    {
      attrs: { count: 3, features: 1.5 },
      inputs: [[6]],
      error: "embedding: features must be a whole number of at least 1, got 1.5; give 1 or more",
    },
    {
      attrs: { count: 3, features: 4, paddingIndex: 3 },
      inputs: [[6]],
      error: "embedding: paddingIndex must be below 3, got 3; count rows from 0",
    },
    {
      attrs: { count: 3, features: 4, paddingIndex: -1 },
      inputs: [[6]],
      error: "embedding: paddingIndex must be a whole number of at least 0, got -1; give 0 or more",
    },
  ],
  { reference },
);

it("says which whole numbers its input may hold", () => {
  expect(embedding.indices!({ count: 12, features: 3 })).toBe(12);
});

/** The gradient of the weight where the gradient of every output is 1: how often each row was taken. */
async function gradient(attrs: { count: number; features: number; paddingIndex?: number }, taken: readonly number[]) {
  const at = placeOp(findOp("embedding"), attrs, [[taken.length]]);
  const session = await opSession(at, { training: true, needs: [true] });
  const { "dw/weight": found } = await session.run(1, {
    "x/0": Float32Array.from(taken),
    "w/weight": new Float32Array(attrs.count * attrs.features),
    dy: new Float32Array(taken.length * attrs.features).fill(1),
  });
  await session.release();
  return [...(found!.data as Float32Array)];
}

describe("the gradient of the rows", () => {
  it("adds up what was taken more than once, and leaves the padding out", async () => {
    expect(await gradient({ count: 4, features: 1 }, [0, 2, 2, 3, 2])).toEqual([1, 0, 3, 1]);
    expect(await gradient({ count: 4, features: 1, paddingIndex: 2 }, [0, 2, 2, 3, 2])).toEqual([1, 0, 0, 1]);
  });
  it("loses none of many: sums of whole numbers are exact", async () => {
    const taken = Array.from({ length: 60_000 }, (_, i) => i % 3);
    expect(await gradient({ count: 3, features: 2 }, taken)).toEqual(Array(6).fill(20_000));
  });
});

describe("first weights", () => {
  const attrs = { count: 200, features: 50, paddingIndex: 7 };
  const padding = (values: Float32Array) => values.subarray(350, 400);

  it("are normal, but for the padding's row of zeros", () => {
    const weight = initialWeights(sequence("words", [3], ["embedding", attrs]), 1)["embedding_1.weight"]!;
    expect([...padding(weight)]).toEqual(Array(50).fill(0));
    const others = [...weight].filter((_, i) => i < 350 || i >= 400);
    const moment = (power: number) => others.reduce((sum, value) => sum + value ** power, 0) / others.length;
    // Moments of a standard normal distribution, 0, 1, 0 and 3, within four of their deviations.
    expect(Math.abs(moment(1))).toBeLessThan(4 / Math.sqrt(others.length));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / others.length));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / others.length));
  });
  it("leave that row at 0 when an initialiser is asked for", () => {
    const weights = initialWeights(sequence("words", [3], ["embedding", attrs]), 1, { name: "xavierUniform" });
    expect([...padding(weights["embedding_1.weight"]!)]).toEqual(Array(50).fill(0));
    expect(weights["embedding_1.weight"]!.filter(value => value === 0)).toHaveLength(50);
  });
});
