import { same as reference } from "../../test/battery/reference.js";
import { testOp } from "../../test/battery/test-op.js";
import { flatten } from "./flatten.js";

testOp(
  flatten,
  [
    { inputs: [[2, 3, 2]], output: [12], macs: 0 },
    { inputs: [[5]], output: [5] },
    { inputs: [[]], output: [1] },
  ],
  { reference },
);
