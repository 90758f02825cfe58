/** subtract: a - b, element by element. */
import { type AllTogether, type ElementwiseMethod, elementwise, functionsOfTwo, infix } from "../op/index.js";
import type { Shape } from "../shape/index.js";

export const subtract = elementwise({
  name: "subtract",
  onnx: "Sub",
  backward: [(_, { dy }) => dy, (emit, { dy }) => emit.op("Neg", [dy])],
  calls: functionsOfTwo("sub", "sub", "subtract"),
  spellings: infix("-", ".-"),
  pytorch: (a, b) => `${a} - ${b}`,
});

declare module "../op/tensor.js" {
  interface Operators {
    /** The difference; sizes of 1 are repeated. */
    readonly subtract: ElementwiseMethod<"subtract">;
  }
  interface Merges<First extends Shape, Others extends readonly Shape[]> {
    readonly subtract: AllTogether<"subtract", First, Others>;
  }
}
