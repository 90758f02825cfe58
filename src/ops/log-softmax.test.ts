import { expect, it } from "vitest";
import { runAlone } from "../../test/battery/alone.js";
import { logSoftmax as reference } from "../../test/battery/reference.js";
import { testOp } from "../../test/battery/test-op.js";
import { logSoftmax } from "./log-softmax.js";

testOp(
  logSoftmax,
  [
    { inputs: [[5]], output: [5], macs: 0 },
    { inputs: [[1]], output: [1] },
    { inputs: [[3, 2, 2]], output: [3, 2, 2] },
    { attrs: { axis: 1 }, inputs: [[2, 4]], output: [2, 4] },
    { attrs: { axis: -1 }, inputs: [[2, 2, 3]], output: [2, 2, 3] },
    {
      attrs: { axis: -3 },
      inputs: [[4, 3]],
      error: "logSoftmax: axis must be from -2 to 1, got -3; choose an axis of [4, 3]",
    },
    { inputs: [[]], error: "logSoftmax: input needs at least one axis, got []; reshape it to [1]" },
  ],
  { reference },
);

it("stays finite for large scores, and its gradient sums to 0", async () => {
  const { y, dx } = await runAlone("logSoftmax", [3], [1000, 0, -1000], [1, 0, 0]);
  expect(y).toEqual([0, -1000, -2000]);
  expect(dx).toEqual([0, 0, 0]);
  const equal = await runAlone("logSoftmax", [2], [500, 500], [1, 0]);
  expect(equal.y.every(value => Math.abs(value + Math.log(2)) < 1e-6)).toBe(true);
  expect(equal.dx).toEqual([0.5, -0.5]);
});
