import { linear as reference } from "../../test/battery/reference.js";
import { testOp } from "../../test/battery/test-op.js";
import { linear } from "./linear.js";

testOp(
  linear,
  [
    { attrs: { outFeatures: 4 }, inputs: [[5]], output: [4], macs: 20 },
    { attrs: { outFeatures: 3, bias: false }, inputs: [[4]], output: [3], macs: 12 },
    { attrs: { outFeatures: 1 }, inputs: [[1]], output: [1], macs: 1 },
    { attrs: { outFeatures: 4 }, inputs: [[3, 5]], output: [3, 4], macs: 60 },
    { attrs: { outFeatures: 2, bias: false }, inputs: [[2, 3, 4]], output: [2, 3, 2], macs: 48 },
    {
      attrs: { outFeatures: 2 },
      inputs: [[]],
      error: "linear: input needs at least one axis, got []; reshape it to [1]",
    },
    {
      attrs: { outFeatures: 2.5 },
      inputs: [[4]],
      error: "linear: outFeatures must be a whole number of at least 1, got 2.5; give 1 or more",
    },
    {
      attrs: { outFeatures: 2, bias: "yes" },
      inputs: [[4]],
      error: 'linear: bias must be true or false, got "yes"; give one of these',
    },
  ],
  { reference },
);
