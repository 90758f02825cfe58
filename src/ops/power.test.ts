import { expect, it } from "vitest";
import { runAlone } from "../../test/battery/alone.js";
import { pointwise } from "../../test/battery/reference.js";
import { testOp } from "../../test/battery/test-op.js";
import { power } from "./power.js";

testOp(
  power,
  [
    { attrs: { exponent: 2 }, inputs: [[2, 3]], output: [2, 3], macs: 0 },
    { attrs: { exponent: 0.5 }, inputs: [[4]], output: [4] },
    { attrs: { exponent: -1.5 }, inputs: [[3]], output: [3] },
    { attrs: { exponent: 1 }, inputs: [[]], output: [] },
    { attrs: { exponent: "2" }, inputs: [[2]], error: 'power: exponent must be a finite number, got "2"; give e.g. 1' },
  ],
  { reference: call => pointwise(x => x ** call.attrs.exponent)(call), layout: "positive" },
);

it.each([
  [0, [1, 1, 1], [0, 0, 0]],
  [1, [-2, 0, 3], [1, 1, 1]],
  [2, [4, 0, 9], [-4, 0, 6]],
  [3, [-8, 0, 27], [12, 0, 27]],
  [-1, [-0.5, Number.POSITIVE_INFINITY, 1 / 3], [-0.25, Number.NEGATIVE_INFINITY, -1 / 9]],
])("power %d is right below 0 and at 0", async (exponent, expected, slopes) => {
  const { y, dx } = await runAlone("power", [3], [-2, 0, 3], undefined, { exponent });
  expect(y).toEqual(expected.map(value => (Number.isFinite(value) ? expect.closeTo(value, 6) : value)));
  expect(dx).toEqual(slopes.map(value => (Number.isFinite(value) ? expect.closeTo(value, 6) : value)));
});
