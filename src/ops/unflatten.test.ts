import { same as reference } from "../../test/battery/reference.js";
import { testOp } from "../../test/battery/test-op.js";
import { unflatten } from "./unflatten.js";

testOp(
  unflatten,
  [
    { attrs: { axis: 0, sizes: [2, 3] }, inputs: [[6]], output: [2, 3], macs: 0 },
    { attrs: { axis: -1, sizes: [2, 1, 2] }, inputs: [[3, 4]], output: [3, 2, 1, 2] },
    { attrs: { axis: 1, sizes: [] }, inputs: [[3, 1, 2]], output: [3, 2] },
    {
      attrs: { axis: 0, sizes: [2, 2] },
      inputs: [[3, 4]],
      error:
        "unflatten: 3 elements cannot become 4, got axis 0 of [3, 4] to [2, 2]; choose sizes with the same product",
    },
    {
      attrs: { axis: 2, sizes: [2, 2] },
      inputs: [[3, 4]],
      error: "unflatten: axis must be from -2 to 1, got 2; choose an axis of [3, 4]",
    },
    {
      attrs: { axis: 0, sizes: [3, 0] },
      inputs: [[3, 4]],
      error: "unflatten: sizes must be a list of whole numbers from 1, got [3,0]; give e.g. [1, 28, 28]",
    },
  ],
  { reference },
);
