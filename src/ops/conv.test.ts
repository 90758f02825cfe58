import { expect, it } from "vitest";
import { conv as reference } from "../../test/battery/reference.js";
import { testOp } from "../../test/battery/test-op.js";
import { readAttrs } from "../op/index.js";
import { conv1d, conv2d, conv3d } from "./conv.js";

const options = { reference };

testOp(
  conv1d,
  [
    { attrs: { outChannels: 3, kernelSize: 3 }, inputs: [[2, 7]], output: [3, 5], macs: 90 },
    { attrs: { outChannels: 2, kernelSize: [3], stride: 2 }, inputs: [[3, 8]], output: [2, 3], macs: 54 },
    {
      attrs: { outChannels: 4, kernelSize: 3, padding: 2, dilation: 2, groups: 2 },
      inputs: [[4, 6]],
      output: [4, 6],
      macs: 144,
    },
    { attrs: { outChannels: 3, kernelSize: 2, groups: 3 }, inputs: [[3, 5]], output: [3, 4], macs: 24 },
    { attrs: { outChannels: 6, kernelSize: 2, stride: 2, groups: 3 }, inputs: [[3, 5]], output: [6, 2] },
    // The kernel covers the input: one matrix product.
    { attrs: { outChannels: 5, kernelSize: 7 }, inputs: [[2, 7]], output: [5, 1], macs: 70 },
    { attrs: { outChannels: 5, kernelSize: 7, stride: 3, bias: false }, inputs: [[9, 7]], output: [5, 1] },
    // It would, were there no padding or dilation.
    { attrs: { outChannels: 2, kernelSize: 3, padding: 1 }, inputs: [[2, 3]], output: [2, 3] },
    { attrs: { outChannels: 2, kernelSize: 3, dilation: 2, padding: 1 }, inputs: [[2, 3]], output: [2, 1] },
    {
      attrs: { outChannels: 2, kernelSize: 3, padding: [[2, 0]], paddingMode: "reflect" },
      inputs: [[2, 4]],
      output: [2, 4],
    },
    { attrs: { outChannels: 2, kernelSize: 4, padding: "same" }, inputs: [[2, 5]], output: [2, 5] },
    // Eight channels and more: the weight's gradient by taps.
    { attrs: { outChannels: 3, kernelSize: 3 }, inputs: [[8, 5]], output: [3, 3], macs: 216 },
    { attrs: { outChannels: 2, kernelSize: 3, stride: 2, padding: 1 }, inputs: [[8, 6]], output: [2, 3] },
    { attrs: { outChannels: 2, kernelSize: 2, dilation: 3, bias: false }, inputs: [[9, 7]], output: [2, 4] },
    { attrs: { outChannels: 3, kernelSize: 1 }, inputs: [[8, 4]], output: [3, 4], macs: 96 },
    { attrs: { outChannels: 3, kernelSize: 1, stride: 2 }, inputs: [[8, 6]], output: [3, 3] },
    { attrs: { outChannels: 2, kernelSize: 1, padding: 2 }, inputs: [[8, 3]], output: [2, 7] },
    {
      attrs: { outChannels: 2, kernelSize: 5 },
      inputs: [[2, 4]],
      error: "conv1d: kernel 5 does not fit, got length 4; use a smaller kernel or dilation, or more padding",
    },
    {
      attrs: { outChannels: 2, kernelSize: 2 },
      inputs: [[2, 4, 4]],
      error: "conv1d: input must be [channels, length], got [2, 4, 4]; reshape it first",
    },
  ],
  options,
);

testOp(
  conv2d,
  [
    { attrs: { outChannels: 4, kernelSize: 3 }, inputs: [[2, 6, 5]], output: [4, 4, 3], macs: 864 },
    {
      attrs: { outChannels: 3, kernelSize: [3, 2], stride: [2, 3], padding: [1, 0], dilation: [1, 2] },
      inputs: [[2, 7, 9]],
      output: [3, 4, 3],
      macs: 432,
    },
    // The stride leaves 2 rows and 1 column over.
    { attrs: { outChannels: 2, kernelSize: 2, stride: 3 }, inputs: [[2, 7, 6]], output: [2, 2, 2] },
    { attrs: { outChannels: 2, kernelSize: 2, stride: 3, dilation: 2 }, inputs: [[2, 8, 7]], output: [2, 2, 2] },
    // More left over than a step of the dilation.
    { attrs: { outChannels: 2, kernelSize: 2, stride: 4, dilation: 1 }, inputs: [[2, 9, 5]], output: [2, 2, 1] },
    {
      attrs: { outChannels: 6, kernelSize: 3, stride: 2, padding: 1, groups: 2 },
      inputs: [[4, 6, 5]],
      output: [6, 3, 3],
      macs: 972,
    },
    {
      attrs: { outChannels: 4, kernelSize: 3, padding: 1, groups: 4, bias: false },
      inputs: [[4, 4, 4]],
      output: [4, 4, 4],
      macs: 576,
    },
    { attrs: { outChannels: 6, kernelSize: [2, 1], groups: 3, dilation: 2 }, inputs: [[3, 4, 2]], output: [6, 2, 2] },
    { attrs: { outChannels: 5, kernelSize: [4, 3] }, inputs: [[3, 4, 3]], output: [5, 1, 1], macs: 180 },
    { attrs: { outChannels: 2, kernelSize: [1, 3], dilation: [2, 1] }, inputs: [[2, 1, 3]], output: [2, 1, 1] },
    { attrs: { outChannels: 4, kernelSize: 3, groups: 2 }, inputs: [[4, 3, 3]], output: [4, 1, 1] },
    { attrs: { outChannels: 2, kernelSize: 3, padding: 1 }, inputs: [[2, 3, 3]], output: [2, 3, 3] },
    { attrs: { outChannels: 3, kernelSize: 3, padding: 1 }, inputs: [[8, 4, 5]], output: [3, 4, 5], macs: 4320 },
    {
      attrs: { outChannels: 2, kernelSize: [3, 2], stride: [2, 1], dilation: [1, 2] },
      inputs: [[8, 6, 5]],
      output: [2, 2, 3],
    },
    { attrs: { outChannels: 4, kernelSize: 1, stride: 2, bias: false }, inputs: [[8, 5, 4]], output: [4, 3, 2] },
    // 36 taps are too many for a product per tap.
    { attrs: { outChannels: 2, kernelSize: 6 }, inputs: [[8, 7, 7]], output: [2, 2, 2], macs: 2304 },
    // More padding than the kernel reaches: the input's gradient is a cropped one.
    { attrs: { outChannels: 2, kernelSize: 1, padding: 2 }, inputs: [[2, 2, 3]], output: [2, 6, 7] },
    { attrs: { outChannels: 2, kernelSize: 2, padding: 3, stride: 2 }, inputs: [[2, 2, 3]], output: [2, 4, 4] },
    {
      attrs: { outChannels: 4, kernelSize: 2, groups: 2 },
      inputs: [[3, 4, 4]],
      error: "conv2d: groups 2 must divide input channels, got 3; choose a divisor of 3",
    },
    {
      attrs: { outChannels: 5, kernelSize: 2, groups: 2 },
      inputs: [[4, 4, 4]],
      error: "conv2d: groups 2 must divide output channels, got 5; choose a divisor of 5",
    },
    {
      attrs: { outChannels: 5, kernelSize: [2, 4], dilation: 2 },
      inputs: [[1, 4, 6]],
      error: "conv2d: kernel 4 does not fit, got width 6; use a smaller kernel or dilation, or more padding",
    },
    {
      attrs: { kernelSize: 2 },
      inputs: [[4, 4, 4]],
      error: "conv2d: outChannels must be a whole number of at least 1, got nothing; give 1 or more",
    },
    {
      attrs: { outChannels: 2, kernelSize: [3, 3, 3] },
      inputs: [[4, 4, 4]],
      error: "conv2d: kernelSize must be a whole number of at least 1, or 2 of them, got [3,3,3]; give 1 or [1, 1]",
    },
    {
      attrs: { outChannels: 2, kernelSize: 3, padding: -1 },
      inputs: [[4, 4, 4]],
      error:
        "conv2d: padding must be same, or a whole number of at least 0, or 2 of them or of [begin, end], got -1; give 1 or [1, 1]",
    },
    {
      attrs: { outChannels: 2, kernelSize: 3, padding: [[0, 1, 2], 3] },
      inputs: [[4, 4, 4]],
      error:
        "conv2d: padding must be same, or a whole number of at least 0, or 2 of them or of [begin, end], got [[0,1,2],3]; give 1 or [1, 1]",
    },
    // Unequal padding: 2 above, 1 left, 2 right.
    {
      attrs: {
        outChannels: 2,
        kernelSize: [3, 2],
        padding: [
          [2, 0],
          [1, 2],
        ],
      },
      inputs: [[2, 3, 3]],
      output: [2, 3, 5],
      macs: 360,
    },
    {
      attrs: { outChannels: 3, kernelSize: 2, padding: [1, [0, 1]], stride: [2, 1], groups: 3 },
      inputs: [[3, 3, 3]],
      output: [3, 2, 3],
    },
    // The size stays; of an odd number of zeros the larger half is behind.
    { attrs: { outChannels: 2, kernelSize: 3, padding: "same" }, inputs: [[2, 3, 4]], output: [2, 3, 4] },
    { attrs: { outChannels: 2, kernelSize: [2, 4], padding: "same" }, inputs: [[2, 3, 4]], output: [2, 3, 4] },
    {
      attrs: { outChannels: 2, kernelSize: [2, 3], dilation: [3, 2], padding: "same", paddingMode: "replicate" },
      inputs: [[2, 3, 4]],
      output: [2, 3, 4],
    },
    {
      attrs: { outChannels: 2, kernelSize: 3, padding: 1, paddingMode: "reflect" },
      inputs: [[2, 2, 4]],
      output: [2, 2, 4],
    },
    {
      attrs: { outChannels: 2, kernelSize: 2, padding: [[2, 1], 0], paddingMode: "reflect", stride: 2 },
      inputs: [[8, 3, 3]],
      output: [2, 3, 1],
    },
    {
      attrs: { outChannels: 2, kernelSize: 3, padding: 3, paddingMode: "replicate", bias: false },
      inputs: [[2, 2, 1]],
      output: [2, 6, 5],
    },
    // The kernel covers what the border makes of the input.
    { attrs: { outChannels: 2, kernelSize: [4, 3], padding: [[1, 0], 0] }, inputs: [[2, 3, 3]], output: [2, 1, 1] },
    {
      attrs: { outChannels: 2, kernelSize: 3, padding: "same", stride: [1, 2] },
      inputs: [[2, 3, 4]],
      error: "conv2d: padding same needs stride 1, got [1,2]; give padding in numbers",
    },
    {
      attrs: { outChannels: 2, kernelSize: 3, padding: [1, [0, 3]], paddingMode: "reflect" },
      inputs: [[2, 2, 3]],
      error: "conv2d: reflected padding must be below width 3, got [0,3]; use less padding",
    },
    {
      attrs: { outChannels: 2, kernelSize: 3, paddingMode: "circular" },
      inputs: [[2, 2, 3]],
      error: 'conv2d: paddingMode must be zeros or reflect or replicate, got "circular"; give one of these',
    },
  ],
  options,
);

testOp(
  conv3d,
  [
    // Stride 1: the input's gradient is a convolution with the kernel turned round.
    { attrs: { outChannels: 2, kernelSize: 2 }, inputs: [[2, 3, 4, 3]], output: [2, 2, 3, 2], macs: 384 },
    {
      attrs: { outChannels: 2, kernelSize: [2, 3, 1], padding: [1, 1, 0] },
      inputs: [[2, 3, 3, 2]],
      output: [2, 4, 3, 2],
    },
    { attrs: { outChannels: 4, kernelSize: 2, groups: 2 }, inputs: [[4, 3, 3, 2]], output: [4, 2, 2, 1], macs: 256 },
    { attrs: { outChannels: 6, kernelSize: 2, groups: 3 }, inputs: [[3, 2, 3, 3]], output: [6, 1, 2, 2] },
    { attrs: { outChannels: 2, kernelSize: 2, dilation: 2 }, inputs: [[2, 4, 3, 3]], output: [2, 2, 1, 1] },
    // Strides, or more padding than the kernel reaches: a transposed convolution.
    { attrs: { outChannels: 3, kernelSize: 2, stride: [2, 1, 2] }, inputs: [[2, 4, 3, 3]], output: [3, 2, 2, 1] },
    { attrs: { outChannels: 4, kernelSize: 2, stride: 2, groups: 2 }, inputs: [[4, 3, 2, 4]], output: [4, 1, 1, 2] },
    { attrs: { outChannels: 2, kernelSize: 1, padding: 1 }, inputs: [[2, 2, 2, 2]], output: [2, 4, 4, 4] },
    { attrs: { outChannels: 3, kernelSize: [2, 3, 2] }, inputs: [[2, 2, 3, 2]], output: [3, 1, 1, 1], macs: 72 },
    { attrs: { outChannels: 2, kernelSize: [1, 2, 2], bias: false }, inputs: [[8, 2, 3, 2]], output: [2, 2, 2, 1] },
    { attrs: { outChannels: 2, kernelSize: 3, padding: 1, stride: 2 }, inputs: [[8, 3, 2, 2]], output: [2, 2, 1, 1] },
    {
      attrs: { outChannels: 2, kernelSize: 2, padding: "same", paddingMode: "reflect" },
      inputs: [[2, 2, 3, 2]],
      output: [2, 2, 3, 2],
    },
    {
      attrs: { outChannels: 2, kernelSize: 2, padding: [[1, 0], 0, [0, 2]], stride: 2 },
      inputs: [[2, 2, 3, 2]],
      output: [2, 1, 1, 2],
    },
    {
      attrs: { outChannels: 2, kernelSize: 3 },
      inputs: [[2, 4, 4]],
      error: "conv3d: input must be [channels, depth, height, width], got [2, 4, 4]; reshape it first",
    },
  ],
  options,
);

it("writes its attributes as before where padding is equal and zeros, so that graphs keep their hash", () => {
  const read = (padding: object) => readAttrs(conv2d, { outChannels: 2, kernelSize: 3, ...padding });
  const plain = { outChannels: 2, kernelSize: [3, 3], stride: [1, 1], padding: [1, 1], dilation: [1, 1], groups: 1 };
  for (const padding of [1, [1, 1], [[1, 1], 1], "same"]) {
    const written = JSON.stringify(read({ padding, paddingMode: "zeros" }));
    expect(written).toBe(JSON.stringify({ ...plain, bias: true }));
  }
  const mirrored = read({ padding: [0, [1, 2]], paddingMode: "reflect" });
  expect(mirrored).toMatchObject({ padding: [0, [1, 2]], paddingMode: "reflect" });
});
