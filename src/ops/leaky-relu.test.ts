import { testActivation } from "../../test/battery/test-activation.js";
import { leakyRelu } from "./leaky-relu.js";

testActivation(
  leakyRelu,
  (x, { negativeSlope }) => (x > 0 ? x : negativeSlope * x),
  (x, { negativeSlope }) => (x > 0 ? 1 : negativeSlope),
  [
    { attrs: { negativeSlope: 0.25 }, inputs: [[2, 3]], output: [2, 3] },
    { attrs: { negativeSlope: -1, inPlace: true }, inputs: [[4]], output: [4] },
    {
      attrs: { negativeSlope: "0.1" },
      inputs: [[4]],
      error: 'leakyRelu: negativeSlope must be a finite number, got "0.1"; give e.g. 1',
    },
  ],
);
