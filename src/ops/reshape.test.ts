import { same as reference } from "../../test/battery/reference.js";
import { testOp } from "../../test/battery/test-op.js";
import { reshape } from "./reshape.js";

testOp(
  reshape,
  [
    { attrs: { shape: [6] }, inputs: [[2, 3]], output: [6], macs: 0 },
    { attrs: { shape: [4, 1, 3] }, inputs: [[2, 6]], output: [4, 1, 3] },
    { attrs: { shape: [] }, inputs: [[1]], output: [] },
    {
      attrs: { shape: [4, 2] },
      inputs: [[3, 3]],
      error: "reshape: 9 elements cannot become 8, got [3, 3] to [4, 2]; choose sizes with the same product",
    },
    {
      attrs: { shape: [-1, 3] },
      inputs: [[3, 3]],
      error: "reshape: shape must be a list of whole numbers from 1, got [-1,3]; give e.g. [1, 28, 28]",
    },
  ],
  { reference },
);
