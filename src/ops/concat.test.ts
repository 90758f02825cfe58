import { concat as reference } from "../../test/battery/reference-axes.js";
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
      attrs: { axis: -1 },
      inputs: [
        [1, 2, 3],
        [1, 2, 1],
        [1, 2, 2],
      ],
      output: [1, 2, 6],
    },
    {
      attrs: { axis: 1 },
      inputs: [
        [2, 1, 2],
        [2, 3, 2],
      ],
      output: [2, 4, 2],
    },
    {
      inputs: [
        [1, 2, 3],
        [2, 3, 3],
      ],
      error: "concat: shapes must be equal but for axis 0, got [1, 2, 3] and [2, 3, 3]; bring them to one size first",
    },
    {
      attrs: { axis: -1 },
      inputs: [[2], [2, 3]],
      error: "concat: shapes must be equal but for axis -1, got [2] and [2, 3]; bring them to one size first",
    },
    {
      attrs: { axis: 2 },
      inputs: [
        [2, 3],
        [2, 3],
      ],
      error: "concat: axis must be from -2 to 1, got 2; choose an axis of [2, 3]",
    },
    { inputs: [[], []], error: "concat: input needs at least one axis, got []; reshape it to [1]" },
  ],
  { reference },
);
