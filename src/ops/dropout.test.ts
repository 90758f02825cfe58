import { describe, expect, it } from "vitest";
import { opSession, placeOp } from "../../test/battery/op-model.js";
import { same as reference } from "../../test/battery/reference.js";
import { testOp } from "../../test/battery/test-op.js";
import { findOp } from "../op/index.js";
import { dropout } from "./dropout.js";

testOp(
  dropout,
  [
    { inputs: [[6]], output: [6], macs: 0 },
    { attrs: { p: 0.2 }, inputs: [[2, 3, 2]], output: [2, 3, 2] },
    { attrs: { p: 0 }, inputs: [[2, 3]], output: [2, 3] },
    {
      attrs: { p: 1 },
      inputs: [[2]],
      error: "dropout: p must be a number from 0 to below 1, got 1; give e.g. 0.5",
    },
    {
      attrs: { p: -0.1 },
      inputs: [[2]],
      error: "dropout: p must be a number from 0 to below 1, got -0.1; give e.g. 0.5",
    },
  ],
  { reference },
);

const [batch, width] = [40, 500];
const ones = new Float32Array(batch * width).fill(1);

/** Masks of successive steps: what becomes of ones, and of the gradient of ones. */
async function masks(p: number, seed: number, steps = 1) {
  const at = placeOp(findOp("dropout"), { p }, [[width]]);
  const session = await opSession(at, { training: true, needs: [true], seed });
  const found = [];
  for (let i = 0; i < steps; i++) {
    const { y, "dx/0": dx } = await session.run(batch, { "x/0": ones, dy: ones });
    found.push({ y: y!.data as Float32Array, dx: dx!.data as Float32Array });
  }
  await session.release();
  return found;
}
const dropped = (values: Float32Array): number => values.filter(value => value === 0).length / values.length;

describe("the mask", () => {
  it.each([0.1, 0.5, 0.9])("drops p = %s of the elements and scales the others", async p => {
    const { y } = (await masks(p, 3))[0]!;
    expect(new Set(y)).toEqual(new Set([0, Math.fround(1 / (1 - p))]));
    // Four standard deviations of a binomial proportion.
    expect(Math.abs(dropped(y) - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / y.length));
  });

  it("is spread evenly over samples and positions", async () => {
    const { y } = (await masks(0.5, 4))[0]!;
    for (let i = 0; i < batch; i++) {
      const row = dropped(y.subarray(i * width, (i + 1) * width));
      expect(Math.abs(row - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / width));
    }
    let equal = 0;
    for (let i = 1; i < y.length; i++) if (y[i] === y[i - 1]) equal++;
    expect(Math.abs(equal / y.length - 0.5)).toBeLessThan(0.02);
  });

  it("lets the gradient through where it let the values through", async () => {
    const { y, dx } = (await masks(0.3, 5))[0]!;
    expect(dx).toEqual(y);
  });

  it("is another one at every step and for every seed, and the same for the same seed", async () => {
    const [first, second] = await masks(0.5, 6, 2);
    const [again, againSecond] = await masks(0.5, 6, 2);
    const [other] = await masks(0.5, 7);
    expect(again).toEqual(first);
    expect(againSecond).toEqual(second);
    const agreement = (a: Float32Array, b: Float32Array) => a.filter((value, i) => value === b[i]).length / a.length;
    expect(Math.abs(agreement(first!.y, second!.y) - 0.5)).toBeLessThan(0.02);
    expect(Math.abs(agreement(first!.y, other!.y) - 0.5)).toBeLessThan(0.02);
  });
});
