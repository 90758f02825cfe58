import { testActivation } from "../../test/battery/test-activation.js";
import { selu } from "./selu.js";

/** The two constants as in Klambauer et al. 2017, section 2. */
const [alpha, lambda] = [1.6732632423543772, 1.0507009873554805];
testActivation(
  selu,
  x => lambda * (x > 0 ? x : alpha * Math.expm1(x)),
  x => lambda * (x > 0 ? 1 : alpha * Math.exp(x)),
);
