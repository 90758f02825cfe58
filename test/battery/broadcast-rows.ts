/** Rows for the ops of two tensors whose sizes of 1 are repeated. */
import type { Row } from "./test-op.js";

export function broadcastRows(name: string): Row[] {
  const refusal = (got: string): string =>
    `${name}: axes must be equally many, of equal size or 1, got ${got}; reshape one first`;
  return [
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
      error: refusal("[2, 3] and [2, 2]"),
    },
    {
      inputs: [[2, 3], [3]],
      error: refusal("[2, 3] and [3]"),
    },
  ];
}
