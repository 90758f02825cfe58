import { add as reference } from "../../test/battery/reference.js";
import { testOp } from "../../test/battery/test-op.js";
import { add } from "./add.js";

testOp(
  add,
  [
    { inputs: [[4], [4]], output: [4], macs: 0 },
    {
      attrs: { inPlace: true },
      inputs: [
        [2, 3, 2],
        [2, 3, 2],
      ],
      output: [2, 3, 2],
    },
    {
      inputs: [
        [2, 3],
        [2, 3],
        [2, 3],
      ],
      output: [2, 3],
    },
    {
      inputs: [
        [2, 3],
        [2, 3],
        [2, 1],
      ],
      error: "add: shapes must be equal, got [2, 3] and [2, 1]; bring them to one shape first",
    },
    {
      attrs: { inPlace: 1 },
      inputs: [[2], [2]],
      error: "add: inPlace must be true or false, got 1; give one of these",
    },
  ],
  { reference },
);
