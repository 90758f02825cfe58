import { expect, it } from "vitest";
import { runAlone } from "../../test/battery/alone.js";
import { indices, offset, type Reference } from "../../test/battery/reference.js";
import { type Row, testOp } from "../../test/battery/test-op.js";
import {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
} from "./adaptive-pool.js";

/** Element j of an axis is in window i when part of it lies between i / n and (i + 1) / n of the axis. */
const windows =
  (f: (values: number[]) => number): Reference =>
  ({ attrs, inputs: [shape], output, x: [x] }) =>
    indices(output).map(([channel, ...at]) => {
      const [, ...spatial] = shape!;
      const inside = indices(spatial).filter(place =>
        place.every((j, axis) => {
          const [n, size] = [attrs.outputSize[axis], spatial[axis]!];
          return (j + 1) * n > at[axis]! * size && j * n < (at[axis]! + 1) * size;
        }),
      );
      return f(inside.map(place => x![offset(shape!, [channel!, ...place])!]!));
    });

const rows1d: Row[] = [
  { attrs: { outputSize: 3 }, inputs: [[2, 6]], output: [2, 3], macs: 0 },
  { attrs: { outputSize: [4] }, inputs: [[2, 7]], output: [2, 4] },
  { attrs: { outputSize: 1 }, inputs: [[3, 5]], output: [3, 1] },
  { attrs: { outputSize: 5 }, inputs: [[2, 5]], output: [2, 5] },
  { attrs: { outputSize: 7 }, inputs: [[2, 3]], output: [2, 7] },
];
const rows2d = (name: string): Row[] => [
  { attrs: { outputSize: 2 }, inputs: [[2, 4, 6]], output: [2, 2, 2] },
  { attrs: { outputSize: [3, 2] }, inputs: [[2, 5, 3]], output: [2, 3, 2] },
  { attrs: { outputSize: [1, 4] }, inputs: [[2, 3, 3]], output: [2, 1, 4] },
  { attrs: { outputSize: 1 }, inputs: [[2, 1, 1]], output: [2, 1, 1] },
  {
    attrs: { outputSize: 2 },
    inputs: [[4, 4]],
    error: `${name}: input must be [channels, height, width], got [4, 4]; reshape it first`,
  },
  {
    attrs: { outputSize: 0 },
    inputs: [[1, 4, 4]],
    error: `${name}: outputSize must be a whole number of at least 1, or 2 of them, got 0; give 1 or [1, 1]`,
  },
];
const rows3d: Row[] = [
  { attrs: { outputSize: 2 }, inputs: [[1, 3, 2, 4]], output: [1, 2, 2, 2] },
  { attrs: { outputSize: [2, 3, 1] }, inputs: [[2, 3, 3, 2]], output: [2, 2, 3, 1] },
];

const mean = { reference: windows(values => values.reduce((sum, value) => sum + value, 0) / values.length) };
testOp(adaptiveAvgPool1d, rows1d, mean);
testOp(adaptiveAvgPool2d, rows2d("adaptiveAvgPool2d"), mean);
testOp(adaptiveAvgPool3d, rows3d, mean);

const max = { reference: windows(values => Math.max(...values)), layout: "distinct" } as const;
testOp(adaptiveMaxPool1d, rows1d, max);
testOp(adaptiveMaxPool2d, rows2d("adaptiveMaxPool2d"), max);
testOp(adaptiveMaxPool3d, rows3d, max);

it("gives the gradient to the first of equals, and adds up where windows share an element", async () => {
  // Windows of 5 in 3: [0, 1], [1, 2, 3], [3, 4].
  const { y, dx } = await runAlone("adaptiveMaxPool1d", [1, 5], [1, 1, 0, 1, 1], [1, 10, 100], { outputSize: 3 });
  expect(y).toEqual([1, 1, 1]);
  expect(dx).toEqual([1, 10, 0, 100, 0]);
});
