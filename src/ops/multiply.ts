/** multiply: a * b, element by element. */
import { type AllTogether, type ElementwiseMethod, elementwise, functionsOfTwo, infix } from "../op/index.js";
import type { Shape } from "../shape/index.js";

export const multiply = elementwise({
  name: "multiply",
  onnx: "Mul",
  backward: [(emit, { b, dy }) => emit.op("Mul", [dy, b]), (emit, { a, dy }) => emit.op("Mul", [dy, a])],
  calls: functionsOfTwo("mul", "mul", "multiply"),
  spellings: infix("*", ".*"),
  pytorch: (a, b) => `${a} * ${b}`,
});

declare module "../op/tensor.js" {
  interface Operators {
    /** The product element by element; sizes of 1 are repeated. */
    readonly multiply: ElementwiseMethod<"multiply">;
  }
  interface Merges<First extends Shape, Others extends readonly Shape[]> {
    readonly multiply: AllTogether<"multiply", First, Others>;
  }
}
