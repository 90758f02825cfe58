import { testActivation } from "../../test/battery/test-activation.js";
import { hardSwish } from "./hard-swish.js";

testActivation(
  hardSwish,
  x => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
  x => (x < -3 ? 0 : x <= 3 ? x / 3 + 0.5 : 1),
);
