import { expect, it } from "vitest";
import { runAlone } from "../../test/battery/alone.js";
import { avgPool, type Reference } from "../../test/battery/reference.js";
import { type Row, testOp } from "../../test/battery/test-op.js";
import { lpPool1d, lpPool2d, lpPool3d } from "./lp-pool.js";

/** From the mean of the powers, which the reference of average pooling takes from loops. */
const reference: Reference = call => {
  const { normType, kernelSize } = call.attrs;
  const attrs = { ...call.attrs, padding: kernelSize.map(() => 0) };
  // In double precision, which a Float32Array would round away.
  const x = [Array.from(call.x[0]!, value => value ** normType) as unknown as Float32Array];
  const taps = kernelSize.reduce((all: number, k: number) => all * k, 1);
  return avgPool({ ...call, attrs, x }).map(mean => (mean * taps) ** (1 / normType));
};
const options = { reference, layout: "positive" } as const;

testOp(
  lpPool1d,
  [
    { attrs: { normType: 2, kernelSize: 2 }, inputs: [[2, 7]], output: [2, 3], macs: 0 },
    { attrs: { normType: 1, kernelSize: 3, stride: 1 }, inputs: [[2, 5]], output: [2, 3] },
    { attrs: { normType: 3, kernelSize: [2], stride: [3], ceilMode: true }, inputs: [[1, 7]], output: [1, 3] },
    { attrs: { normType: 0.5, kernelSize: 2 }, inputs: [[1, 4]], output: [1, 2] },
    {
      attrs: { normType: 0, kernelSize: 2 },
      inputs: [[1, 4]],
      error: "lpPool1d: normType must be a number above 0, got 0; give e.g. 1",
    },
    {
      attrs: { normType: 2, kernelSize: 5 },
      inputs: [[1, 4]],
      error: "lpPool1d: kernel 5 does not fit, got length 4; use a smaller kernel or dilation, or more padding",
    },
  ],
  options,
);
const rows: Row[] = [
  {
    attrs: { normType: 2, kernelSize: [2, 3], stride: [1, 2], ceilMode: true },
    inputs: [[2, 3, 6]],
    output: [2, 2, 3],
  },
  { attrs: { normType: 4, kernelSize: 2 }, inputs: [[2, 5, 4]], output: [2, 2, 2] },
  {
    attrs: { normType: 2, kernelSize: 2 },
    inputs: [[4, 4]],
    error: "lpPool2d: input must be [channels, height, width], got [4, 4]; reshape it first",
  },
];
testOp(lpPool2d, rows, options);
testOp(
  lpPool3d,
  [
    { attrs: { normType: 2, kernelSize: 2 }, inputs: [[1, 3, 2, 4]], output: [1, 1, 1, 2] },
    { attrs: { normType: 3, kernelSize: [2, 1, 2], ceilMode: true }, inputs: [[1, 3, 2, 3]], output: [1, 2, 2, 2] },
  ],
  options,
);

it("is the length of a window as a vector, whatever the signs, and at 0 it has gradient 0", async () => {
  const found = await runAlone("lpPool1d", [1, 6], [3, -4, 0, 0, 0, -2], [5, 1, 1], { normType: 2, kernelSize: 2 });
  expect(found.y).toEqual([5, 0, 2]);
  expect(found.dx).toEqual([3, -4, 0, 0, 0, -1]);
});

it("scales a window beyond the end as if it were whole", async () => {
  const attrs = { normType: 1, kernelSize: 2, ceilMode: true };
  const { y, dx } = await runAlone("lpPool1d", [1, 3], [1, 2, 4], [1, 1], attrs);
  expect(y).toEqual([3, 8]);
  expect(dx).toEqual([1, 1, 2]);
});
