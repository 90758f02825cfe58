import { expect, it } from "vitest";
import { opSession, placeOp } from "../../test/battery/op-model.js";
import { same as reference } from "../../test/battery/reference.js";
import { testOp } from "../../test/battery/test-op.js";
import { findOp } from "../op/index.js";
import { random } from "../random.js";
import { alphaDropout } from "./alpha-dropout.js";

testOp(
  alphaDropout,
  [
    { inputs: [[6]], output: [6], macs: 0 },
    { attrs: { p: 0.2 }, inputs: [[2, 3, 2]], output: [2, 3, 2] },
    { attrs: { p: 0 }, inputs: [[2, 3]], output: [2, 3] },
    {
      attrs: { p: 1 },
      inputs: [[2]],
      error: "alphaDropout: p must be a number from 0 to below 1, got 1; give e.g. 0.5",
    },
  ],
  { reference },
);

const count = 20_000;
async function run(p: number, x: Float32Array, seed = 5) {
  const session = await opSession(placeOp(findOp("alphaDropout"), { p }, [[count]]), {
    training: true,
    needs: [true],
    seed,
  });
  const { y, "dx/0": dx } = await session.run(1, { "x/0": x, dy: new Float32Array(count).fill(1) });
  await session.release();
  return { y: y!.data as Float32Array, dx: dx!.data as Float32Array };
}
const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

it.each([0.1, 0.5])("keeps mean 0 and variance 1 with p = %s", async p => {
  const source = random(1);
  // Sums of twelve uniform numbers: mean 0, variance 1.
  const x = Float32Array.from({ length: count }, () =>
    Array.from({ length: 12 }, () => source.float()).reduce((a, b) => a + b, -6),
  );
  const { y, dx } = await run(p, x);
  // Four standard deviations: of a mean 1 / sqrt(count), of a variance some 1.5 of that.
  expect(Math.abs(mean(y))).toBeLessThan(4 / Math.sqrt(count));
  expect(Math.abs(mean(y.map(value => value ** 2)) - 1)).toBeLessThan(6 / Math.sqrt(count));
  const dropped = dx.filter(value => value === 0).length / count;
  expect(Math.abs(dropped - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / count));
});

it("takes two values of zeros, and lets the gradient through where it let the values through", async () => {
  // scale = 1 / sqrt(0.5 (1 + 0.5 lowest²)), shift = -0.5 scale lowest; lowest = -1.0507009873554805 * 1.6732632423543772.
  const lowest = -1.0507009873554805 * 1.6732632423543772;
  const scale = 1 / Math.sqrt(0.5 * (1 + 0.5 * lowest ** 2));
  const { y, dx } = await run(0.5, new Float32Array(count));
  y.forEach((value, i) => {
    expect(value).toBeCloseTo(dx[i] === 0 ? 0.5 * scale * lowest : -0.5 * scale * lowest, 5);
  });
  expect(new Set(dx)).toEqual(new Set([0, Math.fround(scale)]));
  expect((await run(0.5, new Float32Array(count))).y).toEqual(y);
  expect((await run(0.5, new Float32Array(count), 6)).y).not.toEqual(y);
});
