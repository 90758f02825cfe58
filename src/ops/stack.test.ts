import { stack as reference } from "../../test/battery/reference-axes.js";
import { testOp } from "../../test/battery/test-op.js";
import { stack } from "./stack.js";

testOp(
  stack,
  [
    { inputs: [[3]], output: [1, 3], macs: 0 },
    { inputs: [[], [], []], output: [3] },
    {
      attrs: { axis: 1 },
      inputs: [
        [2, 3],
        [2, 3],
      ],
      output: [2, 2, 3],
    },
    {
      attrs: { axis: -1 },
      inputs: [
        [2, 3],
        [2, 3],
        [2, 3],
      ],
      output: [2, 3, 3],
    },
    {
      inputs: [
        [2, 3],
        [2, 3],
        [1, 3],
      ],
      error: "stack: shapes must be equal, got [2, 3] and [1, 3]; bring them to one shape first",
    },
    {
      attrs: { axis: 2 },
      inputs: [[3], [3]],
      error: "stack: axis must be from -2 to 1, got 2; choose an axis of [3]",
    },
  ],
  { reference },
);
