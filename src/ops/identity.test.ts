import { same as reference } from "../../test/battery/reference.js";
import { testOp } from "../../test/battery/test-op.js";
import { identity } from "./identity.js";

testOp(
  identity,
  [
    { inputs: [[3]], output: [3], macs: 0 },
    { inputs: [[2, 1, 3]], output: [2, 1, 3] },
  ],
  { reference },
);
