import { rmsNorm as reference } from "../../test/battery/reference-norms.js";
import { testOp } from "../../test/battery/test-op.js";
import { rmsNorm } from "./rms-norm.js";

testOp(
  rmsNorm,
  [
    { inputs: [[5]], output: [5], macs: 0 },
    { inputs: [[3, 2, 2]], output: [3, 2, 2] },
    { attrs: { lastAxes: 1, eps: 0.01 }, inputs: [[3, 4]], output: [3, 4] },
    { attrs: { lastAxes: 2, affine: false }, inputs: [[2, 3, 2]], output: [2, 3, 2] },
    { inputs: [[]], error: "rmsNorm: input needs at least one axis, got []; reshape it to [1]" },
    {
      attrs: { lastAxes: 3 },
      inputs: [[4, 5]],
      error: "rmsNorm: lastAxes must be from 1 to 2, got 3; choose at most the axes of [4, 5]",
    },
    {
      attrs: { lastAxes: 0 },
      inputs: [[4, 5]],
      error: "rmsNorm: lastAxes must be a whole number of at least 1, got 0; give 1 or more",
    },
    {
      attrs: { eps: 1 },
      inputs: [[2]],
      error: "rmsNorm: eps must be a number from 0 to below 1, got 1; give e.g. 0.5",
    },
    {
      attrs: { affine: 1 },
      inputs: [[2]],
      error: "rmsNorm: affine must be true or false, got 1; give one of these",
    },
  ],
  { reference, layout: "alternating" },
);
