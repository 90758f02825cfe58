import { testActivation } from "../../test/battery/test-activation.js";
import { relu } from "./relu.js";

testActivation(
  relu,
  x => Math.max(x, 0),
  x => (x > 0 ? 1 : 0),
);
