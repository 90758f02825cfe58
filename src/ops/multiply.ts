/** multiply: a * b, element by element. */
import { type ElementwiseMethod, elementwise } from "../op/index.js";

export const multiply = elementwise({
  name: "multiply",
  onnx: "Mul",
  backward: [(emit, { b, dy }) => emit.op("Mul", [dy, b]), (emit, { a, dy }) => emit.op("Mul", [dy, a])],
  pytorch: (a, b) => `${a} * ${b}`,
});

declare module "../op/tensor.js" {
  interface Operators {
    /** The product element by element; sizes of 1 are repeated. */
    readonly multiply: ElementwiseMethod<"multiply">;
  }
}
