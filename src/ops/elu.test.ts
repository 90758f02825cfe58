import { testActivation } from "../../test/battery/test-activation.js";
import { elu } from "./elu.js";

testActivation(
  elu,
  (x, { alpha }) => (x > 0 ? x : alpha * Math.expm1(x)),
  (x, { alpha }) => (x > 0 ? 1 : alpha * Math.exp(x)),
  [
    { attrs: { alpha: 1.75 }, inputs: [[2, 3]], output: [2, 3] },
    { attrs: { alpha: -0.5 }, inputs: [[4]], output: [4] },
    {
      attrs: { alpha: null },
      inputs: [[4]],
      error: "elu: alpha must be a finite number, got null; give e.g. 1",
    },
  ],
);
