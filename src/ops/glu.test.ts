import { expect, it } from "vitest";
import { runAlone } from "../../test/battery/alone.js";
import type { Reference } from "../../test/battery/reference.js";
import { testOp } from "../../test/battery/test-op.js";
import { glu } from "./glu.js";

const reference: Reference = ({ x: [x] }) => {
  const half = x!.length / 2;
  return Array.from(x!.subarray(0, half), (value, i) => value / (1 + Math.exp(-x![half + i]!)));
};

testOp(
  glu,
  [
    { inputs: [[6]], output: [3], macs: 0 },
    { inputs: [[2, 3]], output: [1, 3] },
    { inputs: [[4, 2, 2]], output: [2, 2, 2] },
    { inputs: [[3, 2]], error: "glu: the first axis must be of an even size, got [3, 2]; double what comes before" },
    { inputs: [[]], error: "glu: the first axis must be of an even size, got []; double what comes before" },
  ],
  { reference },
);

it("is the value where the control is large, and nothing where it is far below 0", async () => {
  const { y, dx } = await runAlone("glu", [4], [5, 5, 1e30, -100], [1, 1]);
  expect(y[0]).toBe(5);
  expect(Math.abs(y[1]!)).toBeLessThan(1e-6);
  for (const [i, slope] of [1, 0, 0, 0].entries()) expect(dx[i]).toBeCloseTo(slope, 6);
});
