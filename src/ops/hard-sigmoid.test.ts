import { testActivation } from "../../test/battery/test-activation.js";
import { hardSigmoid } from "./hard-sigmoid.js";

testActivation(
  hardSigmoid,
  x => Math.min(Math.max(x + 3, 0), 6) / 6,
  x => (x > -3 && x < 3 ? 1 / 6 : 0),
);
