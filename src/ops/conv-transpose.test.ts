import { convTranspose as reference } from "../../test/battery/reference.js";
import { testOp } from "../../test/battery/test-op.js";
import { convTranspose1d, convTranspose2d, convTranspose3d } from "./conv-transpose.js";

const options = { reference };

testOp(
  convTranspose1d,
  [
    { attrs: { outChannels: 3, kernelSize: 3 }, inputs: [[2, 5]], output: [3, 7], macs: 90 },
    { attrs: { outChannels: 3, kernelSize: 2, stride: 2, bias: false }, inputs: [[2, 4]], output: [3, 8], macs: 48 },
    { attrs: { outChannels: 2, kernelSize: [3], stride: 2, padding: 1 }, inputs: [[3, 4]], output: [2, 7] },
    { attrs: { outChannels: 2, kernelSize: 3, stride: 2, outputPadding: 1 }, inputs: [[3, 3]], output: [2, 8] },
    { attrs: { outChannels: 2, kernelSize: 2, stride: 3 }, inputs: [[2, 3]], output: [2, 8] },
    { attrs: { outChannels: 4, kernelSize: 3, dilation: 2, groups: 2 }, inputs: [[4, 3]], output: [4, 7], macs: 72 },
    { attrs: { outChannels: 6, kernelSize: 2, stride: 2, groups: 3 }, inputs: [[3, 3]], output: [6, 6] },
    // Output padding below the dilation and not below the stride.
    { attrs: { outChannels: 2, kernelSize: 2, dilation: 3, outputPadding: 1 }, inputs: [[2, 3]], output: [2, 7] },
    {
      attrs: { outChannels: 2, kernelSize: 2, stride: 2, dilation: 3, outputPadding: 2 },
      inputs: [[2, 3]],
      output: [2, 10],
    },
    // Output padding below the stride and not below the dilation.
    {
      attrs: { outChannels: 2, kernelSize: 2, stride: 4, dilation: 2, outputPadding: 3 },
      inputs: [[2, 2]],
      output: [2, 10],
    },
    // Eight channels and more: the weight's gradient by taps.
    { attrs: { outChannels: 8, kernelSize: 3, stride: 2, padding: 1 }, inputs: [[2, 3]], output: [8, 5] },
    { attrs: { outChannels: 9, kernelSize: 2, dilation: 2, outputPadding: 1 }, inputs: [[2, 3]], output: [9, 6] },
    { attrs: { outChannels: 8, kernelSize: 1 }, inputs: [[3, 4]], output: [8, 4] },
    {
      attrs: { outChannels: 2, kernelSize: 1, padding: 2 },
      inputs: [[2, 4]],
      error: "convTranspose1d: padding 2 leaves nothing, got length 4; use less padding",
    },
    {
      attrs: { outChannels: 2, kernelSize: 3, stride: 2, outputPadding: 2 },
      inputs: [[2, 4]],
      error: "convTranspose1d: outputPadding must be below stride 2 or dilation 1, got 2; use less",
    },
    {
      attrs: { outChannels: 2, kernelSize: 2 },
      inputs: [[2, 4, 4]],
      error: "convTranspose1d: input must be [channels, length], got [2, 4, 4]; reshape it first",
    },
  ],
  options,
);

testOp(
  convTranspose2d,
  [
    { attrs: { outChannels: 4, kernelSize: 3 }, inputs: [[2, 3, 4]], output: [4, 5, 6], macs: 864 },
    {
      attrs: { outChannels: 3, kernelSize: [3, 2], stride: [2, 3], padding: [1, 0], outputPadding: [1, 2] },
      inputs: [[2, 3, 2]],
      output: [3, 6, 7],
    },
    { attrs: { outChannels: 4, kernelSize: 2, stride: 2, groups: 2 }, inputs: [[2, 3, 3]], output: [4, 6, 6] },
    { attrs: { outChannels: 2, kernelSize: 2, dilation: [1, 3] }, inputs: [[3, 2, 2]], output: [2, 3, 5] },
    { attrs: { outChannels: 8, kernelSize: 3, padding: 1 }, inputs: [[3, 3, 3]], output: [8, 3, 3] },
    { attrs: { outChannels: 2, kernelSize: [3, 2] }, inputs: [[3, 1, 1]], output: [2, 3, 2] },
    {
      attrs: { outChannels: 4, kernelSize: 2, groups: 2 },
      inputs: [[3, 4, 4]],
      error: "convTranspose2d: groups 2 must divide input channels, got 3; choose a divisor of 3",
    },
    {
      attrs: { outChannels: 2, kernelSize: 3, outputPadding: -1 },
      inputs: [[4, 4, 4]],
      error:
        "convTranspose2d: outputPadding must be a whole number of at least 0, or 2 of them, got -1; give 1 or [1, 1]",
    },
  ],
  options,
);

testOp(
  convTranspose3d,
  [
    // Large enough for columns in the gradients.
    { attrs: { outChannels: 4, kernelSize: 3 }, inputs: [[4, 3, 3, 4]], output: [4, 5, 5, 6], macs: 15552 },
    // Windows that touch and do not overlap.
    {
      attrs: { outChannels: 3, kernelSize: [2, 1, 3], stride: [2, 1, 3] },
      inputs: [[2, 2, 3, 2]],
      output: [3, 4, 3, 6],
    },
    { attrs: { outChannels: 2, kernelSize: 2 }, inputs: [[2, 2, 3, 2]], output: [2, 3, 4, 3], macs: 384 },
    {
      attrs: { outChannels: 2, kernelSize: 2, stride: [2, 1, 2], outputPadding: [1, 0, 0] },
      inputs: [[2, 2, 2, 2]],
      output: [2, 5, 3, 4],
    },
    {
      attrs: { outChannels: 4, kernelSize: 2, groups: 2, padding: [1, 0, 0] },
      inputs: [[2, 3, 2, 2]],
      output: [4, 2, 3, 3],
    },
  ],
  options,
);
