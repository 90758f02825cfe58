import { expect, it } from "vitest";
import { runAlone } from "../../test/battery/alone.js";
import { logSoftmax, type Reference } from "../../test/battery/reference.js";
import { testOp } from "../../test/battery/test-op.js";
import { softmax } from "./softmax.js";

const reference: Reference = call => logSoftmax(call).map(Math.exp);

testOp(
  softmax,
  [
    { inputs: [[5]], output: [5], macs: 0 },
    { inputs: [[1]], output: [1] },
    { inputs: [[3, 2, 2]], output: [3, 2, 2] },
    { attrs: { axis: 1 }, inputs: [[2, 4]], output: [2, 4] },
    { attrs: { axis: -1 }, inputs: [[2, 2, 3]], output: [2, 2, 3] },
    { inputs: [[]], error: "softmax: input needs at least one axis, got []; reshape it to [1]" },
    {
      attrs: { axis: 2 },
      inputs: [[4, 3]],
      error: "softmax: axis must be from -2 to 1, got 2; choose an axis of [4, 3]",
    },
    {
      attrs: { axis: 0.5 },
      inputs: [[4, 3]],
      error: "softmax: axis must be a whole number, got 0.5; give 0 for the first or -1 for the last axis",
    },
  ],
  { reference },
);

it("stays finite for large scores, and its gradient sums to 0", async () => {
  const { y, dx } = await runAlone("softmax", [3], [1000, 0, -1000], [1, 2, 3]);
  expect(y).toEqual([1, 0, 0]);
  expect(dx).toEqual([0, 0, 0]);
  // p (dy - p · dy) with p = 1/2 and dy = 1, 0.
  expect((await runAlone("softmax", [2], [500, 500], [1, 0])).dx).toEqual([0.25, -0.25]);
});
