import { gather as reference } from "../../test/battery/reference-axes.js";
import { testOp } from "../../test/battery/test-op.js";
import { gather } from "./gather.js";

testOp(
  gather,
  [
    { attrs: { indices: [2, 0] }, inputs: [[4]], output: [2], macs: 0 },
    { attrs: { indices: [1, 1, 0, 1] }, inputs: [[2, 3]], output: [4, 3] },
    { attrs: { indices: [4], axis: 1 }, inputs: [[2, 5, 2]], output: [2, 1, 2] },
    { attrs: { indices: [0, 2, 2], axis: -1 }, inputs: [[2, 3]], output: [2, 3] },
    {
      attrs: { indices: [0, 3, 5], axis: -1 },
      inputs: [[2, 3]],
      error: "gather: indices must be below 3, got 3 along axis -1 of [2, 3]; count them from 0",
    },
    {
      attrs: { indices: [] },
      inputs: [[2]],
      error: "gather: indices must be a list of whole numbers from 0, got []; give e.g. [1, 0]",
    },
    {
      attrs: { indices: [0], axis: -3 },
      inputs: [[2, 3]],
      error: "gather: axis must be from -2 to 1, got -3; choose an axis of [2, 3]",
    },
    {
      attrs: { indices: [0] },
      inputs: [[]],
      error: "gather: input needs at least one axis, got []; reshape it to [1]",
    },
  ],
  { reference },
);
