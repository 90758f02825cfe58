/**
 * maximum and minimum: the larger and the smaller of two tensors, element by element. Where both are equal each gets
 * half of the gradient, as in PyTorch 1.13.
 */
import { type AllTogether, type ElementwiseMethod, type Emit, elementwise, type Value } from "../op/index.js";
import type { Shape } from "../shape/index.js";

/** `dy` where `winner` is larger, half of it where both are equal, else 0. */
function share(emit: Emit, dy: Value, winner: Value, loser: Value): Value {
  const half = emit.op("Mul", [dy, emit.float(0.5)]);
  const none = emit.float(0);
  const notLarger = emit.op("Where", [emit.op("Equal", [winner, loser]), half, none]);
  return emit.op("Where", [emit.op("Greater", [winner, loser]), dy, notLarger]);
}

export const maximum = elementwise({
  name: "maximum",
  onnx: "Max",
  backward: [(emit, { a, b, dy }) => share(emit, dy, a, b), (emit, { a, b, dy }) => share(emit, dy, b, a)],
  pytorch: (a, b) => `torch.maximum(${a}, ${b})`,
  calls: ["torch.maximum(input, other)", "Tensor.maximum(self, other)", "torch.max(input, other)"],
});

export const minimum = elementwise({
  name: "minimum",
  onnx: "Min",
  backward: [(emit, { a, b, dy }) => share(emit, dy, b, a), (emit, { a, b, dy }) => share(emit, dy, a, b)],
  pytorch: (a, b) => `torch.minimum(${a}, ${b})`,
  calls: ["torch.minimum(input, other)", "Tensor.minimum(self, other)", "torch.min(input, other)"],
});

declare module "../op/tensor.js" {
  interface Operators {
    /** The larger of the two, element by element; sizes of 1 are repeated. */
    readonly maximum: ElementwiseMethod<"maximum">;
    /** The smaller of the two, element by element; sizes of 1 are repeated. */
    readonly minimum: ElementwiseMethod<"minimum">;
  }
  interface Merges<First extends Shape, Others extends readonly Shape[]> {
    readonly maximum: AllTogether<"maximum", First, Others>;
    readonly minimum: AllTogether<"minimum", First, Others>;
  }
}
