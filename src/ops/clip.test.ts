import { testActivation } from "../../test/battery/test-activation.js";
import { clip } from "./clip.js";

testActivation(
  clip,
  (x, { min = -Infinity, max = Infinity }) => Math.min(Math.max(x, min), max),
  (x, { min = -Infinity, max = Infinity }) => (x >= min && x <= max ? 1 : 0),
  [
    { attrs: { min: -5, max: 3 }, inputs: [[2, 3]], output: [2, 3] },
    { attrs: { min: 0 }, inputs: [[2, 3]], output: [2, 3] },
    { attrs: { max: 0 }, inputs: [[4]], output: [4] },
    // As PyTorch and ONNX have it, everything is the larger end then.
    { attrs: { min: 6, max: 5, inPlace: true }, inputs: [[4]], output: [4] },
    { attrs: { min: "0" }, inputs: [[4]], error: 'clip: min must be a finite number, got "0"; give e.g. 1' },
    { attrs: { max: NaN }, inputs: [[4]], error: "clip: max must be a finite number, got NaN; give e.g. 1" },
  ],
);
