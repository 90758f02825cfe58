/** tanh: hyperbolic tangent; gradient 1 - y². */
import { pointwise } from "../op/index.js";

export const tanh = pointwise({
  name: "tanh",
  forward: (emit, x) => emit.op("Tanh", [x]),
  backward: (emit, { y, dy }) => emit.op("Mul", [dy, emit.op("Sub", [emit.float(1), emit.op("Mul", [y, y])])]),
  pytorch: { module: "Tanh", inPlace: "tanh_" },
});
