import { instanceNorm as reference } from "../../test/battery/reference-norms.js";
import { testOp } from "../../test/battery/test-op.js";
import { instanceNorm } from "./instance-norm.js";

testOp(
  instanceNorm,
  [
    { inputs: [[2, 5]], output: [2, 5], macs: 0 },
    { attrs: { affine: true, eps: 0.01 }, inputs: [[3, 2, 2]], output: [3, 2, 2] },
    { attrs: { affine: true }, inputs: [[2, 2, 1, 3]], output: [2, 2, 1, 3] },
    { inputs: [[3, 1]], output: [3, 1] },
    { inputs: [[3]], error: "instanceNorm: input must be channels and spatial axes, got [3]; reshape it first" },
    {
      attrs: { eps: 2 },
      inputs: [[2, 2]],
      error: "instanceNorm: eps must be a number from 0 to below 1, got 2; give e.g. 0.5",
    },
  ],
  { reference, layout: "alternating" },
);
