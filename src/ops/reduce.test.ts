import { expect, it } from "vitest";
import { runAlone } from "../../test/battery/alone.js";
import { reduce } from "../../test/battery/reference-axes.js";
import { type Row, testOp } from "../../test/battery/test-op.js";
import { max, mean, min, sum } from "./reduce.js";

const rows = (name: string): Row[] => [
  { inputs: [[5]], output: [], macs: 0 },
  { inputs: [[]], output: [] },
  { attrs: { keepDims: true }, inputs: [[2, 3]], output: [1, 1] },
  { attrs: { axes: 1 }, inputs: [[2, 3, 4]], output: [2, 4] },
  { attrs: { axes: -1, keepDims: true }, inputs: [[2, 3]], output: [2, 1] },
  { attrs: { axes: [-1, 0] }, inputs: [[2, 3, 2]], output: [3] },
  { attrs: { axes: [1, 2], keepDims: true }, inputs: [[2, 3, 2]], output: [2, 1, 1] },
  {
    attrs: { axes: [0, -3] },
    inputs: [[2, 3]],
    error: `${name}: axes must be from -2 to 1, got -3; choose an axis of [2, 3]`,
  },
  {
    attrs: { axes: [0, -2] },
    inputs: [[2, 3]],
    error: `${name}: axes must be different axes, got [0, -2]; name each once`,
  },
  {
    attrs: { axes: [] },
    inputs: [[2, 3]],
    error: `${name}: axes must be an axis or a list of axes, got []; give e.g. 0 or [0, -1]`,
  },
  { attrs: { axes: 0 }, inputs: [[]], error: `${name}: input needs at least one axis, got []; reshape it to [1]` },
  {
    attrs: { keepDims: 1 },
    inputs: [[2, 3]],
    error: `${name}: keepDims must be true or false, got 1; give one of these`,
  },
];
const total = (values: readonly number[]): number => values.reduce((one, two) => one + two, 0);

testOp(sum, rows("sum"), { reference: reduce(total) });
testOp(mean, rows("mean"), { reference: reduce(values => total(values) / values.length) });
testOp(max, rows("max"), { reference: reduce(values => Math.max(...values)), layout: "distinct" });
testOp(min, rows("min"), { reference: reduce(values => Math.min(...values)), layout: "distinct" });

it("max gives each of several largest elements an equal share of the gradient", async () => {
  const { y, dx } = await runAlone("max", [2, 3], [7, 1, 7, 4, 4, 4], [6, 9], { axes: 1 });
  expect(y).toEqual([7, 4]);
  expect(dx).toEqual([3, 0, 3, 3, 3, 3]);
});

it("min gives each of several smallest elements an equal share of the gradient", async () => {
  const { y, dx } = await runAlone("min", [2, 3], [1, 7, 1, 4, 4, 4], [6, 9], { axes: 1 });
  expect(y).toEqual([1, 4]);
  expect(dx).toEqual([3, 0, 3, 3, 3, 3]);
});
