/** divide: a / b, element by element; by 0 it is infinite, or nothing that is a number, as in PyTorch. */
import { type AllTogether, type ElementwiseMethod, elementwise, functionsOfTwo } from "../op/index.js";
import type { Shape } from "../shape/index.js";

export const divide = elementwise({
  name: "divide",
  onnx: "Div",
  backward: [
    (emit, { b, dy }) => emit.op("Div", [dy, b]),
    // -a / b², from the quotient that is there already.
    (emit, { b, y, dy }) => emit.op("Neg", [emit.op("Mul", [dy, emit.op("Div", [y, b])])]),
  ],
  calls: functionsOfTwo("truediv", "div", "divide"),
  pytorch: (a, b) => `${a} / ${b}`,
});

declare module "../op/tensor.js" {
  interface Operators {
    /** The quotient element by element; sizes of 1 are repeated. */
    readonly divide: ElementwiseMethod<"divide">;
  }
  interface Merges<First extends Shape, Others extends readonly Shape[]> {
    readonly divide: AllTogether<"divide", First, Others>;
  }
}
