import { same as reference } from "../../test/battery/reference.js";
import { testOp } from "../../test/battery/test-op.js";
import { squeeze, unsqueeze } from "./squeeze.js";

testOp(
  squeeze,
  [
    { attrs: { axis: 0 }, inputs: [[1]], output: [], macs: 0 },
    { attrs: { axis: -2 }, inputs: [[2, 1, 3]], output: [2, 3] },
    {
      attrs: { axis: -1 },
      inputs: [[1, 3]],
      error: "squeeze: only an axis of size 1 can go, got axis -1 of [1, 3]; choose another, or reshape",
    },
    {
      attrs: { axis: -3 },
      inputs: [[1, 3]],
      error: "squeeze: axis must be from -2 to 1, got -3; choose an axis of [1, 3]",
    },
    { attrs: { axis: 0 }, inputs: [[]], error: "squeeze: input needs at least one axis, got []; reshape it to [1]" },
  ],
  { reference },
);
testOp(
  unsqueeze,
  [
    { attrs: { axis: 0 }, inputs: [[]], output: [1], macs: 0 },
    { attrs: { axis: 2 }, inputs: [[2, 3]], output: [2, 3, 1] },
    { attrs: { axis: -1 }, inputs: [[2, 3]], output: [2, 3, 1] },
    { attrs: { axis: -2 }, inputs: [[2, 3]], output: [2, 1, 3] },
    {
      attrs: { axis: 3 },
      inputs: [[2, 3]],
      error: "unsqueeze: axis must be from -3 to 2, got 3; choose an axis of [2, 3]",
    },
    {
      attrs: { axis: "0" },
      inputs: [[2]],
      error: 'unsqueeze: axis must be a whole number, got "0"; give 0 for the first or -1 for the last axis',
    },
  ],
  { reference },
);
