import { concat as reference } from "../../test/battery/reference.js";
import { testOp } from "../../test/battery/test-op.js";
import { concat } from "./concat.js";

testOp(
  concat,
  [
    { inputs: [[3]], output: [3], macs: 0 },
    { inputs: [[3], [1]], output: [4] },
    {
      inputs: [
        [2, 3],
        [1, 3],
        [4, 3],
      ],
      output: [7, 3],
    },
    {
      inputs: [
        [1, 2, 3],
        [2, 2, 3],
      ],
      output: [3, 2, 3],
    },
    {
      inputs: [
        [1, 2, 3],
        [2, 3, 3],
      ],
      error:
        "concat: shapes must be equal after the first axis, got [1, 2, 3] and [2, 3, 3]; bring them to one size first",
    },
  ],
  { reference },
);
