import { testActivation } from "../../test/battery/test-activation.js";
import { relu6 } from "./relu6.js";

testActivation(
  relu6,
  x => Math.min(Math.max(x, 0), 6),
  x => (x > 0 && x < 6 ? 1 : 0),
);
