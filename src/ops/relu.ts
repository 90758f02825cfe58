/** relu: max(x, 0). Its gradient at 0 is 0, as in PyTorch. */
import { pointwise } from "../op/index.js";

export const relu = pointwise({
  name: "relu",
  forward: (emit, x) => emit.op("Relu", [x]),
  backward: (emit, { y, dy }) => emit.op("Mul", [dy, emit.op("Sign", [y])]),
  pytorch: { module: "ReLU", inPlace: "relu_" },
});
