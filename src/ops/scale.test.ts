import { pointwise } from "../../test/battery/reference.js";
import { testOp } from "../../test/battery/test-op.js";
import { scale } from "./scale.js";

testOp(
  scale,
  [
    { attrs: { factor: 3 }, inputs: [[4]], output: [4], macs: 0 },
    { attrs: { factor: -0.25, shift: 1.5 }, inputs: [[2, 3]], output: [2, 3] },
    { attrs: { factor: 0, shift: -1 }, inputs: [[]], output: [] },
    { attrs: {}, inputs: [[2]], error: "scale: factor must be a finite number, got nothing; give e.g. 1" },
    {
      attrs: { factor: 1, shift: "1" },
      inputs: [[2]],
      error: 'scale: shift must be a finite number, got "1"; give e.g. 1',
    },
  ],
  { reference: call => pointwise(x => call.attrs.factor * x + call.attrs.shift)(call) },
);
