import { describe, expect, it } from "vitest";
import { opSession, placeOp } from "../../test/battery/op-model.js";
import { same as reference } from "../../test/battery/reference.js";
import { testOp } from "../../test/battery/test-op.js";
import { findOp } from "../op/index.js";
import { gaussianNoise } from "./gaussian-noise.js";

testOp(
  gaussianNoise,
  [
    { attrs: { std: 1 }, inputs: [[6]], output: [6], macs: 0 },
    { attrs: { std: 0.2 }, inputs: [[2, 3, 2]], output: [2, 3, 2] },
    { attrs: { std: 0.5 }, inputs: [[]], output: [] },
    { attrs: { std: 0 }, inputs: [[2]], error: "gaussianNoise: std must be a number above 0, got 0; give e.g. 1" },
    { inputs: [[2]], error: "gaussianNoise: std must be a number above 0, got nothing; give e.g. 1" },
  ],
  { reference },
);

const count = 20_000;

/** What becomes of fives in successive steps. */
async function noise(std: number, seed: number) {
  const session = await opSession(placeOp(findOp("gaussianNoise"), { std }, [[count]]), { training: true, seed });
  const x = new Float32Array(count).fill(5);
  const found = [await session.run(1, { "x/0": x }), await session.run(1, { "x/0": x })];
  await session.release();
  return found.map(({ y }) => y!.data as Float32Array);
}
const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("the noise", () => {
  it.each([0.1, 2])("is normal, of mean 0 and standard deviation %s", async std => {
    const drawn = (await noise(std, 3))[0]!.map(value => (value - 5) / std);
    // Four standard deviations of each figure.
    expect(Math.abs(mean(drawn))).toBeLessThan(4 / Math.sqrt(count));
    expect(Math.abs(mean(drawn.map(value => value ** 2)) - 1)).toBeLessThan(4 * Math.sqrt(2 / count));
    const within = drawn.filter(value => Math.abs(value) < 1).length / count;
    expect(Math.abs(within - 0.6827)).toBeLessThan(4 * Math.sqrt((0.6827 * 0.3173) / count));
  });

  it("is another one at every step and for every seed, and the same for the same seed", async () => {
    const [first, second] = await noise(1, 6);
    expect(await noise(1, 6)).toEqual([first, second]);
    expect(second).not.toEqual(first);
    expect((await noise(1, 7))[0]).not.toEqual(first);
  });
});
