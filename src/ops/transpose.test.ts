import { permute as permuted, transpose as transposed } from "../../test/battery/reference-axes.js";
import { testOp } from "../../test/battery/test-op.js";
import { permute, transpose } from "./transpose.js";

testOp(
  transpose,
  [
    { attrs: { axis0: 0, axis1: 1 }, inputs: [[2, 3]], output: [3, 2], macs: 0 },
    { attrs: { axis0: -1, axis1: 0 }, inputs: [[2, 3, 4]], output: [4, 3, 2] },
    { attrs: { axis0: 1, axis1: -2 }, inputs: [[2, 3, 4]], output: [2, 3, 4] },
    {
      attrs: { axis0: 0, axis1: 2 },
      inputs: [[2, 3]],
      error: "transpose: axis1 must be from -2 to 1, got 2; choose an axis of [2, 3]",
    },
    {
      attrs: { axis0: -1, axis1: 0 },
      inputs: [[]],
      error: "transpose: input needs at least one axis, got []; reshape it to [1]",
    },
    {
      attrs: { axis0: 0.5, axis1: 0 },
      inputs: [[2, 3]],
      error: "transpose: axis0 must be a whole number, got 0.5; give 0 for the first or -1 for the last axis",
    },
  ],
  { reference: transposed },
);
testOp(
  permute,
  [
    { attrs: { order: [2, 0, 1] }, inputs: [[2, 3, 4]], output: [4, 2, 3], macs: 0 },
    { attrs: { order: [0] }, inputs: [[5]], output: [5] },
    { attrs: { order: [1, 3, 0, 2] }, inputs: [[2, 3, 1, 4]], output: [3, 4, 2, 1] },
    {
      attrs: { order: [0, 0] },
      inputs: [[2, 3]],
      error: "permute: order must name every axis of [2, 3] once, got [0, 0]; count them from 0",
    },
    {
      attrs: { order: [0, 1, 2] },
      inputs: [[2, 3]],
      error: "permute: order must name every axis of [2, 3] once, got [0, 1, 2]; count them from 0",
    },
    {
      attrs: { order: [1, -2] },
      inputs: [[2, 3]],
      error: "permute: order must be a list of whole numbers from 0, got [1,-2]; give e.g. [1, 0]",
    },
  ],
  { reference: permuted },
);
