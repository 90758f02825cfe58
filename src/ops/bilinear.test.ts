import { bilinear as reference } from "../../test/battery/reference-attention.js";
import { testOp } from "../../test/battery/test-op.js";
import { bilinear } from "./bilinear.js";

const refused = (shapes: string): string =>
  `bilinear: shapes must be equal but for the last axis, got ${shapes}; bring them to one size first`;

testOp(
  bilinear,
  [
    // 6 products of two features, each weighed for 4 outputs.
    { attrs: { outFeatures: 4 }, inputs: [[2], [3]], output: [4], macs: 6 + 24 },
    { attrs: { outFeatures: 1, bias: false }, inputs: [[1], [1]], output: [1], macs: 2 },
    {
      attrs: { outFeatures: 2 },
      inputs: [
        [2, 3, 2],
        [2, 3, 4],
      ],
      output: [2, 3, 2],
      macs: 48 + 96,
    },
    {
      attrs: { outFeatures: 2 },
      inputs: [
        [2, 3],
        [3, 3],
      ],
      error: refused("[2, 3] and [3, 3]"),
    },
    { attrs: { outFeatures: 2 }, inputs: [[], []], error: refused("[] and []") },
    {
      attrs: { outFeatures: 0 },
      inputs: [[2], [3]],
      error: "bilinear: outFeatures must be a whole number of at least 1, got 0; give 1 or more",
    },
  ],
  { reference },
);
