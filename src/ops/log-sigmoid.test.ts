import { testActivation } from "../../test/battery/test-activation.js";
import { logSigmoid } from "./log-sigmoid.js";

testActivation(
  logSigmoid,
  x => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x))),
  x => 1 / (1 + Math.exp(x)),
);
