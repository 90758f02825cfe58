import { groupNorm as reference } from "../../test/battery/reference-norms.js";
import { testOp } from "../../test/battery/test-op.js";
import { groupNorm } from "./group-norm.js";

testOp(
  groupNorm,
  [
    { attrs: { groups: 1 }, inputs: [[3]], output: [3], macs: 0 },
    { attrs: { groups: 2 }, inputs: [[4, 3]], output: [4, 3] },
    { attrs: { groups: 3, eps: 0.01 }, inputs: [[6, 2, 2]], output: [6, 2, 2] },
    { attrs: { groups: 2, affine: false }, inputs: [[2, 2, 1, 3]], output: [2, 2, 1, 3] },
    {
      attrs: { groups: 1 },
      inputs: [[]],
      error: "groupNorm: input needs at least one axis, got []; reshape it to [1]",
    },
    {
      attrs: { groups: 2 },
      inputs: [[3, 4]],
      error: "groupNorm: groups 2 must divide the channels, got 3; choose a divisor of 3",
    },
    {
      inputs: [[3, 4]],
      error: "groupNorm: groups must be a whole number of at least 1, got nothing; give 1 or more",
    },
    {
      attrs: { groups: 1, eps: -1 },
      inputs: [[2]],
      error: "groupNorm: eps must be a number from 0 to below 1, got -1; give e.g. 0.5",
    },
  ],
  { reference, layout: "alternating" },
);
