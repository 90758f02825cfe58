/** sigmoid: 1 / (1 + exp(-x)); gradient y (1 - y). */
import { pointwise } from "../op/index.js";

export const sigmoid = pointwise({
  name: "sigmoid",
  forward: (emit, x) => emit.op("Sigmoid", [x]),
  backward: (emit, { y, dy }) => emit.op("Mul", [dy, emit.op("Mul", [y, emit.op("Sub", [emit.float(1), y])])]),
  pytorch: { module: "Sigmoid", inPlace: "sigmoid_" },
});
