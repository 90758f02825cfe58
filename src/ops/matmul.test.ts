import { matmul as reference } from "../../test/battery/reference-axes.js";
import { testOp } from "../../test/battery/test-op.js";
import { matmul } from "./matmul.js";

const refused = (shapes: string): string =>
  `matmul: shapes must be [..., n, k] and [..., k, m], got ${shapes}; transpose or reshape one first`;

testOp(
  matmul,
  [
    {
      inputs: [
        [2, 3],
        [3, 4],
      ],
      output: [2, 4],
      macs: 24,
    },
    {
      inputs: [
        [1, 1],
        [1, 1],
      ],
      output: [1, 1],
      macs: 1,
    },
    {
      inputs: [
        [2, 3, 2],
        [2, 2, 1],
      ],
      output: [2, 3, 1],
      macs: 12,
    },
    {
      inputs: [
        [1, 3, 2, 2],
        [2, 1, 2, 3],
      ],
      output: [2, 3, 2, 3],
      macs: 72,
    },
    { inputs: [[3], [3]], error: refused("[3] and [3]") },
    {
      inputs: [
        [2, 3],
        [2, 3],
      ],
      error: refused("[2, 3] and [2, 3]"),
    },
    {
      inputs: [
        [2, 2, 3],
        [3, 2],
      ],
      error: refused("[2, 2, 3] and [3, 2]"),
    },
    {
      inputs: [
        [2, 2, 3],
        [3, 3, 2],
      ],
      error: refused("[2, 2, 3] and [3, 3, 2]"),
    },
  ],
  { reference },
);
