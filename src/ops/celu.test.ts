import { testActivation } from "../../test/battery/test-activation.js";
import { celu } from "./celu.js";

testActivation(
  celu,
  (x, { alpha }) => (x > 0 ? x : alpha * Math.expm1(x / alpha)),
  (x, { alpha }) => (x > 0 ? 1 : Math.exp(x / alpha)),
  [
    { attrs: { alpha: 2.5 }, inputs: [[2, 3]], output: [2, 3] },
    { attrs: { alpha: 0.5, inPlace: true }, inputs: [[4]], output: [4] },
    { attrs: { alpha: 0 }, inputs: [[4]], error: "celu: alpha must be a number above 0, got 0; give e.g. 1" },
    { attrs: { alpha: "1" }, inputs: [[4]], error: 'celu: alpha must be a number above 0, got "1"; give e.g. 1' },
  ],
);
