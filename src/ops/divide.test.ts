import { elementwise } from "../../test/battery/reference-axes.js";
import { testOp } from "../../test/battery/test-op.js";
import { divide } from "./divide.js";

testOp(
  divide,
  [
    { inputs: [[4], [4]], output: [4], macs: 0 },
    { inputs: [[], []], output: [] },
    {
      inputs: [
        [2, 3, 2],
        [2, 1, 1],
      ],
      output: [2, 3, 2],
    },
    {
      inputs: [
        [1, 3, 1],
        [2, 1, 1],
      ],
      output: [2, 3, 1],
    },
    { inputs: [[1], [5]], output: [5] },
    {
      inputs: [
        [2, 3],
        [2, 2],
      ],
      error: "divide: axes must be equally many, of equal size or 1, got [2, 3] and [2, 2]; reshape one first",
    },
    {
      inputs: [[2, 3], [3]],
      error: "divide: axes must be equally many, of equal size or 1, got [2, 3] and [3]; reshape one first",
    },
  ],
  { reference: elementwise((a, b) => a / b), layout: "positive" },
);
