import { describe, expect, it } from "vitest";
import { opSession, placeOp } from "../../test/battery/op-model.js";
import { same as reference } from "../../test/battery/reference.js";
import { type Row, testOp } from "../../test/battery/test-op.js";
import { findOp } from "../op/index.js";
import { product, type Shape } from "../shape/index.js";
import { dropout1d, dropout2d, dropout3d } from "./channel-dropout.js";

const rows = (name: string, shape: Shape, axes: string): Row[] => [
  { inputs: [shape], output: shape, macs: 0 },
  { attrs: { p: 0.25 }, inputs: [shape], output: shape },
  { attrs: { p: 0 }, inputs: [shape], output: shape },
  { inputs: [[3]], error: `${name}: input must be [channels, ${axes}], got [3]; reshape it first` },
  { attrs: { p: 1 }, inputs: [shape], error: `${name}: p must be a number from 0 to below 1, got 1; give e.g. 0.5` },
];
testOp(dropout1d, rows("dropout1d", [4, 3], "length"), { reference });
testOp(dropout2d, rows("dropout2d", [4, 2, 3], "height, width"), { reference });
testOp(dropout3d, rows("dropout3d", [4, 2, 1, 2], "depth, height, width"), { reference });

describe.each<[string, Shape]>([
  ["dropout1d", [50, 6]],
  ["dropout2d", [50, 2, 3]],
  ["dropout3d", [50, 2, 1, 3]],
])("the mask of %s", (name, shape) => {
  const [batch, p] = [40, 0.3];
  const masks = async (seed: number) => {
    const ones = new Float32Array(batch * product(shape)).fill(1);
    const at = placeOp(findOp(name), { p }, [shape]);
    const session = await opSession(at, { training: true, needs: [true], seed });
    const outputs = [
      await session.run(batch, { "x/0": ones, dy: ones }),
      await session.run(batch, { "x/0": ones, dy: ones }),
    ];
    await session.release();
    return outputs.map(({ y, "dx/0": dx }) => ({ y: y!.data as Float32Array, dx: dx!.data as Float32Array }));
  };

  it("drops whole channels with probability p, in the gradient, too", async () => {
    const { y, dx } = (await masks(3))[0]!;
    expect(dx).toEqual(y);
    const space = product(shape.slice(1));
    let dropped = 0;
    for (let i = 0; i < y.length; i += space) {
      const channel = new Set(y.subarray(i, i + space));
      expect(channel.size).toBe(1);
      expect([0, Math.fround(1 / (1 - p))]).toContain([...channel][0]);
      if (channel.has(0)) dropped++;
    }
    // Four standard deviations of a binomial proportion.
    const channels = y.length / space;
    expect(Math.abs(dropped / channels - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / channels));
  });

  it("is another one at every step and for every seed, and the same for the same seed", async () => {
    const [first, second] = await masks(6);
    expect(await masks(6)).toEqual([first, second]);
    expect(second).not.toEqual(first);
    expect((await masks(7))[0]).not.toEqual(first);
  });
});
