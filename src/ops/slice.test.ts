import { slice as reference } from "../../test/battery/reference-axes.js";
import { testOp } from "../../test/battery/test-op.js";
import { slice } from "./slice.js";

testOp(
  slice,
  [
    { attrs: { start: 1, end: 3 }, inputs: [[4]], output: [2], macs: 0 },
    { attrs: { start: 0, end: 4 }, inputs: [[4, 2]], output: [4, 2] },
    { attrs: { start: 0, end: 7, step: 3 }, inputs: [[7]], output: [3] },
    { attrs: { start: 1, end: 6, axis: -1, step: 2 }, inputs: [[2, 7]], output: [2, 3] },
    { attrs: { start: 1, end: 5, axis: 1, step: 3 }, inputs: [[2, 5, 2]], output: [2, 2, 2] },
    { attrs: { start: 2, end: 3, axis: 1, step: 9 }, inputs: [[2, 5]], output: [2, 1] },
    {
      attrs: { start: 1, end: 5, axis: 1 },
      inputs: [[6, 4]],
      error: "slice: end must be from -4 to 4, got 5 along axis 1 of [6, 4]; choose a place of it",
    },
    {
      attrs: { start: 3, end: 3 },
      inputs: [[6, 4]],
      error: "slice: start must be before end 3, got 3 along axis 0 of [6, 4]; start earlier",
    },
    {
      attrs: { start: 0, end: 1, axis: 2 },
      inputs: [[6, 4]],
      error: "slice: axis must be from -2 to 1, got 2; choose an axis of [6, 4]",
    },
    // As Python's [-3:-1], [2:] and [-5::2].
    { attrs: { start: -3, end: -1 }, inputs: [[6]], output: [2] },
    { attrs: { start: 2, axis: 1 }, inputs: [[2, 5]], output: [2, 3] },
    { attrs: { start: -5, step: 2 }, inputs: [[5, 2]], output: [3, 2] },
    {
      attrs: { start: -7 },
      inputs: [[6]],
      error: "slice: start must be from -6 to 6, got -7 along axis 0 of [6]; choose a place of it",
    },
    {
      attrs: { start: -1, end: 2 },
      inputs: [[6]],
      error: "slice: start must be before end 2, got -1 along axis 0 of [6]; start earlier",
    },
    {
      attrs: { start: 6 },
      inputs: [[6]],
      error: "slice: start must be before end 6, got 6 along axis 0 of [6]; start earlier",
    },
    {
      attrs: { start: 0.5 },
      inputs: [[6]],
      error: "slice: start must be a whole number, got 0.5; give 0 for the first or -1 for the last place",
    },
    {
      attrs: { start: 0, end: 1, step: 0 },
      inputs: [[6]],
      error: "slice: step must be a whole number of at least 1, got 0; give 1 or more",
    },
    {
      attrs: { start: 0, end: 1 },
      inputs: [[]],
      error: "slice: input needs at least one axis, got []; reshape it to [1]",
    },
  ],
  { reference },
);
