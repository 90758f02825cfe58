/** Rows that rnn, lstm and gru have in common; `gates` blocks of hiddenSize rows in every weight. */
import type { Row } from "./test-op.js";

export const recurrentRows = (name: string, gates: number): Row[] => [
  // Three steps of gates 2 (4 + 2) products.
  { attrs: { hiddenSize: 2 }, inputs: [[3, 4]], output: [3, 2], macs: 3 * gates * 12 },
  { attrs: { hiddenSize: 3, output: "last", bias: false }, inputs: [[2, 2]], output: [3], macs: 2 * gates * 15 },
  // The second layer sees both directions: 2 gates 2 (2 + 2) and 2 gates 2 (4 + 2) products a step.
  {
    attrs: { hiddenSize: 2, layers: 2, bidirectional: true },
    inputs: [[2, 2]],
    output: [2, 4],
    macs: 2 * gates * (16 + 24),
  },
  {
    attrs: { hiddenSize: 2, layers: 2, bidirectional: true, output: "last" },
    inputs: [[4, 1]],
    output: [4],
    macs: 4 * gates * (12 + 24),
  },
  { attrs: { hiddenSize: 1, layers: 3, bias: false }, inputs: [[1, 1]], output: [1, 1], macs: gates * 6 },
  { attrs: { hiddenSize: 2, output: "last", bidirectional: true }, inputs: [[1, 2]], output: [4] },
  // One layer has nothing between.
  { attrs: { hiddenSize: 2, dropout: 0.5 }, inputs: [[2, 2]], output: [2, 2] },
  { attrs: { hiddenSize: 1, layers: 2, bias: false, dropout: 0.4 }, inputs: [[2, 1]], output: [2, 1] },
  {
    attrs: { hiddenSize: 2 },
    inputs: [[5]],
    error: `${name}: input must be [length, features], got [5]; reshape it`,
  },
  {
    attrs: { hiddenSize: 2 },
    inputs: [[1, 5, 3]],
    error: `${name}: input must be [length, features], got [1, 5, 3]; reshape it`,
  },
  {
    attrs: { hiddenSize: 0 },
    inputs: [[5, 3]],
    error: `${name}: hiddenSize must be a whole number of at least 1, got 0; give 1 or more`,
  },
  {
    attrs: { hiddenSize: 2, layers: 1.5 },
    inputs: [[5, 3]],
    error: `${name}: layers must be a whole number of at least 1, got 1.5; give 1 or more`,
  },
  {
    attrs: { hiddenSize: 2, dropout: 1 },
    inputs: [[5, 3]],
    error: `${name}: dropout must be a number from 0 to below 1, got 1; give e.g. 0.5`,
  },
  {
    attrs: { hiddenSize: 2, bidirectional: 2 },
    inputs: [[5, 3]],
    error: `${name}: bidirectional must be true or false, got 2; give one of these`,
  },
  {
    attrs: { hiddenSize: 2, output: "states" },
    inputs: [[5, 3]],
    error: `${name}: output must be sequence or last, got "states"; give one of these`,
  },
];
