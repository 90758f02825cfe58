import { pointwise } from "../../test/battery/reference.js";
import { testOp } from "../../test/battery/test-op.js";
import { negate } from "./negate.js";

testOp(
  negate,
  [
    { inputs: [[2, 3]], output: [2, 3], macs: 0 },
    { inputs: [[]], output: [] },
  ],
  { reference: pointwise(x => -x) },
);
