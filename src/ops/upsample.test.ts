import { expect, it } from "vitest";
import { runAlone } from "../../test/battery/alone.js";
import { indices, offset, type Reference } from "../../test/battery/reference.js";
import { testOp } from "../../test/battery/test-op.js";
import { upsample } from "./upsample.js";

/** The nearest element, or the mean of the corners around a point weighted by closeness, element by element. */
const reference: Reference = ({ attrs: { scaleFactor, mode, alignCorners }, inputs: [shape], output, x: [x] }) =>
  indices(output).map(([channel, ...to]) => {
    const [, ...sizes] = shape!;
    if (mode === "nearest") {
      const from = to.map((i, axis) => Math.min(Math.floor(i / scaleFactor), sizes[axis]! - 1));
      return x![offset(shape!, [channel!, ...from])!]!;
    }
    const at = to.map((i, axis) => {
      const [from, count] = [sizes[axis]! - 1, output[axis + 1]! - 1];
      if (alignCorners) return count === 0 ? 0 : (i * from) / count;
      return Math.max((i + 0.5) / scaleFactor - 0.5, 0);
    });
    let sum = 0;
    for (const corner of indices(to.map(() => 2))) {
      const from = at.map((point, axis) => Math.min(Math.floor(point) + corner[axis]!, sizes[axis]! - 1));
      const shares = at.map((point, axis) => (corner[axis] === 1 ? point % 1 : 1 - (point % 1)));
      sum += shares.reduce((all, share) => all * share, 1) * x![offset(shape!, [channel!, ...from])!]!;
    }
    return sum;
  });

testOp(
  upsample,
  [
    { attrs: { scaleFactor: 2 }, inputs: [[2, 3]], output: [2, 6], macs: 0 },
    { attrs: { scaleFactor: 3, mode: "linear" }, inputs: [[2, 3]], output: [2, 9] },
    { attrs: { scaleFactor: 1.5 }, inputs: [[2, 5]], output: [2, 7] },
    { attrs: { scaleFactor: 2.25, mode: "linear" }, inputs: [[2, 3]], output: [2, 6] },
    { attrs: { scaleFactor: 0.5, mode: "linear" }, inputs: [[2, 5]], output: [2, 2] },
    { attrs: { scaleFactor: 2 }, inputs: [[2, 2, 3]], output: [2, 4, 6] },
    { attrs: { scaleFactor: 2, mode: "linear" }, inputs: [[2, 2, 3]], output: [2, 4, 6] },
    { attrs: { scaleFactor: 1, mode: "linear" }, inputs: [[2, 2, 3]], output: [2, 2, 3] },
    { attrs: { scaleFactor: 2, mode: "linear", alignCorners: true }, inputs: [[2, 2, 3]], output: [2, 4, 6] },
    { attrs: { scaleFactor: 1.5, mode: "linear", alignCorners: true }, inputs: [[1, 2, 3]], output: [1, 3, 4] },
    { attrs: { scaleFactor: 0.5, mode: "linear", alignCorners: true }, inputs: [[1, 5, 2]], output: [1, 2, 1] },
    { attrs: { scaleFactor: 2 }, inputs: [[1, 2, 1, 2]], output: [1, 4, 2, 4] },
    { attrs: { scaleFactor: 1.5, mode: "linear" }, inputs: [[1, 2, 3, 4]], output: [1, 3, 4, 6] },
    // 100 times 0.29 is 29, and a little less in binary.
    { attrs: { scaleFactor: 0.29 }, inputs: [[1, 100]], output: [1, 29] },
    {
      attrs: { scaleFactor: 0.25 },
      inputs: [[1, 4, 3]],
      error: "upsample: scaleFactor 0.25 leaves nothing, got width 3; use a larger one",
    },
    {
      attrs: { scaleFactor: 2 },
      inputs: [[3]],
      error: "upsample: input must be [channels, ...] with 1 to 3 axes of space, got [3]; reshape it first",
    },
    {
      attrs: { scaleFactor: 0 },
      inputs: [[1, 4]],
      error: "upsample: scaleFactor must be a number above 0, got 0; give e.g. 1",
    },
    {
      attrs: { scaleFactor: 2, alignCorners: true },
      inputs: [[1, 4]],
      error: "upsample: alignCorners belongs to mode linear, got nearest; leave it out",
    },
    {
      attrs: { scaleFactor: 2, mode: "cubic" },
      inputs: [[1, 4]],
      error: 'upsample: mode must be nearest or linear, got "cubic"; give one of these',
    },
  ],
  { reference },
);

it("lies between its neighbours, a quarter of the way, and stays at the ends", async () => {
  const { y, dx } = await runAlone("upsample", [1, 2], [0, 4], [1, 1, 1, 1], { scaleFactor: 2, mode: "linear" });
  expect(y).toEqual([0, 1, 3, 4]);
  expect(dx).toEqual([2, 2]);
});

it("keeps the outermost where they are, where it is told to", async () => {
  const attrs = { scaleFactor: 2, mode: "linear", alignCorners: true };
  const { y } = await runAlone("upsample", [1, 2], [0, 3], [1, 1, 1, 1], attrs);
  expect(y.map(value => Math.round(value * 1e6) / 1e6)).toEqual([0, 1, 2, 3]);
});
