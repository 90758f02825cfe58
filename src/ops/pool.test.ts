import { expect, it } from "vitest";
import { runAlone } from "../../test/battery/alone.js";
import { avgPool, maxPool } from "../../test/battery/reference.js";
import { type Row, testOp } from "../../test/battery/test-op.js";
import { avgPool1d, avgPool2d, avgPool3d, maxPool1d, maxPool2d, maxPool3d } from "./pool.js";

/** Both kinds of pooling take these; sizes by the formula in PyTorch's documentation. */
const rows1d: Row[] = [
  { attrs: { kernelSize: 2 }, inputs: [[2, 7]], output: [2, 3], macs: 0 },
  { attrs: { kernelSize: 3, stride: 1 }, inputs: [[2, 6]], output: [2, 4] },
  { attrs: { kernelSize: 3, stride: 2, padding: 1 }, inputs: [[2, 6]], output: [2, 3] },
  { attrs: { kernelSize: [2], stride: [3] }, inputs: [[1, 9]], output: [1, 3] },
  { attrs: { kernelSize: 4, stride: 4, padding: 2 }, inputs: [[2, 5]], output: [2, 2] },
  { attrs: { kernelSize: 1, stride: 2 }, inputs: [[2, 4]], output: [2, 2] },
  { attrs: { kernelSize: 2, ceilMode: true }, inputs: [[2, 7]], output: [2, 4] },
  { attrs: { kernelSize: 3, stride: 2, padding: 1, ceilMode: true }, inputs: [[2, 6]], output: [2, 4] },
  // A fourth window would begin in the padding behind the input.
  { attrs: { kernelSize: 2, padding: 1, ceilMode: true }, inputs: [[2, 5]], output: [2, 3] },
  // The second window sees the places 5 and 6.
  { attrs: { kernelSize: 3, stride: 5, ceilMode: true }, inputs: [[2, 7]], output: [2, 2] },
  { attrs: { kernelSize: 5, stride: 2, ceilMode: true }, inputs: [[2, 4]], output: [2, 1] },
];
const rows2d: Row[] = [
  { attrs: { kernelSize: 2 }, inputs: [[2, 5, 4]], output: [2, 2, 2], macs: 0 },
  { attrs: { kernelSize: [3, 2], stride: 1 }, inputs: [[2, 4, 4]], output: [2, 2, 3] },
  { attrs: { kernelSize: 3, stride: 2, padding: 1 }, inputs: [[2, 6, 5]], output: [2, 3, 3] },
  { attrs: { kernelSize: [2, 3], stride: [3, 1], padding: [1, 0] }, inputs: [[2, 5, 4]], output: [2, 2, 2] },
  { attrs: { kernelSize: [4, 4] }, inputs: [[3, 4, 4]], output: [3, 1, 1] },
  { attrs: { kernelSize: 3, stride: 2, padding: [0, 1], ceilMode: true }, inputs: [[2, 6, 6]], output: [2, 3, 4] },
];
const rows3d: Row[] = [
  { attrs: { kernelSize: 2 }, inputs: [[2, 3, 2, 4]], output: [2, 1, 1, 2], macs: 0 },
  { attrs: { kernelSize: 2, stride: 1 }, inputs: [[1, 3, 3, 3]], output: [1, 2, 2, 2] },
  {
    attrs: { kernelSize: [3, 2, 2], stride: [2, 1, 2], padding: [1, 0, 1] },
    inputs: [[1, 4, 3, 3]],
    output: [1, 2, 2, 2],
  },
  { attrs: { kernelSize: 2, ceilMode: true }, inputs: [[1, 3, 2, 3]], output: [1, 2, 1, 2] },
];
const refusals = (name: string): Row[] => [
  {
    attrs: { kernelSize: 6, stride: 2, ceilMode: true },
    inputs: [[1, 4, 4]],
    error: `${name}: kernel 6 does not fit, got height 4; use a smaller kernel or dilation, or more padding`,
  },
  {
    attrs: { kernelSize: 2, ceilMode: "yes" },
    inputs: [[1, 4, 4]],
    error: `${name}: ceilMode must be true or false, got "yes"; give one of these`,
  },
  {
    attrs: { kernelSize: 3, padding: 2 },
    inputs: [[1, 4, 4]],
    error: `${name}: padding must be at most half of kernel 3, got 2; use less padding or a larger kernel`,
  },
  {
    attrs: { kernelSize: [2, 5] },
    inputs: [[1, 4, 4]],
    error: `${name}: kernel 5 does not fit, got width 4; use a smaller kernel or dilation, or more padding`,
  },
  {
    attrs: { kernelSize: 2 },
    inputs: [[4, 4]],
    error: `${name}: input must be [channels, height, width], got [4, 4]; reshape it first`,
  },
  {
    attrs: { kernelSize: 0 },
    inputs: [[1, 4, 4]],
    error: `${name}: kernelSize must be a whole number of at least 1, or 2 of them, got 0; give 1 or [1, 1]`,
  },
];

const max = { reference: maxPool, layout: "distinct" } as const;
testOp(
  maxPool1d,
  [
    ...rows1d,
    { attrs: { kernelSize: 2, stride: 1, dilation: 2 }, inputs: [[2, 6]], output: [2, 4] },
    { attrs: { kernelSize: 2, stride: 4, dilation: 3 }, inputs: [[2, 9]], output: [2, 2] },
    // Windows as far apart as they are long, and yet they share elements.
    { attrs: { kernelSize: 2, stride: 2, dilation: 2 }, inputs: [[3, 9]], output: [3, 4] },
    { attrs: { kernelSize: 3, stride: 2, dilation: 2, padding: 1 }, inputs: [[2, 6]], output: [2, 2] },
    // The taps step as far as the input is long: one of them is inside it.
    { attrs: { kernelSize: 2, stride: 1, dilation: 3, padding: 1 }, inputs: [[2, 3]], output: [2, 2] },
    // Taps -1 and 3 of places 0 to 2: nothing but padding.
    {
      attrs: { kernelSize: 2, stride: 1, dilation: 4, padding: 1 },
      inputs: [[2, 3]],
      error: "maxPool1d: dilation with padding must be at most length 3, got 4; use less dilation or no padding",
    },
    { attrs: { kernelSize: 2, dilation: 4 }, inputs: [[2, 5]], output: [2, 1] },
    // Taps 3 and 7 of places 0 to 5.
    { attrs: { kernelSize: 2, stride: 3, dilation: 4, ceilMode: true }, inputs: [[2, 6]], output: [2, 2] },
  ],
  max,
);
testOp(
  maxPool2d,
  [
    ...rows2d,
    ...refusals("maxPool2d"),
    { attrs: { kernelSize: 2, stride: [1, 3], dilation: [2, 1] }, inputs: [[2, 5, 5]], output: [2, 3, 2] },
  ],
  max,
);
testOp(
  maxPool3d,
  [
    ...rows3d,
    { attrs: { kernelSize: 2, stride: 1, dilation: [1, 2, 1] }, inputs: [[1, 2, 4, 3]], output: [1, 1, 2, 2] },
  ],
  max,
);

const mean = { reference: avgPool };
testOp(
  avgPool1d,
  [
    ...rows1d,
    { attrs: { kernelSize: 3, stride: 2, padding: 1, countIncludePad: false }, inputs: [[2, 6]], output: [2, 3] },
    { attrs: { kernelSize: 4, padding: 2, countIncludePad: false }, inputs: [[2, 5]], output: [2, 2] },
    {
      attrs: { kernelSize: 3, stride: 2, padding: 1, ceilMode: true, countIncludePad: false },
      inputs: [[2, 6]],
      output: [2, 4],
    },
  ],
  mean,
);
testOp(
  avgPool2d,
  [
    ...rows2d,
    {
      attrs: { kernelSize: [2, 3], stride: [3, 1], padding: 1, countIncludePad: false },
      inputs: [[2, 5, 4]],
      output: [2, 2, 4],
    },
    {
      attrs: { kernelSize: 2, countIncludePad: 1 },
      inputs: [[2, 4, 4]],
      error: "avgPool2d: countIncludePad must be true or false, got 1; give one of these",
    },
    ...refusals("avgPool2d"),
  ],
  mean,
);
testOp(
  avgPool3d,
  [
    ...rows3d,
    { attrs: { kernelSize: 2, padding: 1, countIncludePad: false }, inputs: [[1, 3, 2, 2]], output: [1, 2, 2, 2] },
  ],
  mean,
);

it("the mean beyond the end is of the elements up to the padding's end", async () => {
  const attrs = { kernelSize: 3, stride: 2, padding: 1, ceilMode: true };
  // Places -1 to 1, 1 to 3, 3 to 5, and 5 with one element of padding behind it.
  expect((await runAlone("avgPool1d", [1, 6], [1, 2, 3, 4, 5, 6], [6, 6, 6, 6], attrs)).y).toEqual([1, 3, 5, 3]);
  const alone = await runAlone("avgPool1d", [1, 6], [1, 2, 3, 4, 5, 6], [6, 6, 6, 6], {
    ...attrs,
    countIncludePad: false,
  });
  expect(alone.y).toEqual([1.5, 3, 5, 6]);
  expect(alone.dx).toEqual([3, 5, 2, 4, 2, 8]);
});
