/** mish: x tanh(softplus(x)) (Misra 2019), which is x e (e + 2) / (e (e + 2) + 2) with e = exp(x). */
import {
  activation,
  type Emit,
  elementFunction,
  inPlaceOf,
  type KeepingMaker,
  type KeepsShape,
  layerOf,
  madeOf,
  moduleInPlace,
  operator,
  type PointwiseOptions,
  pointwise,
  type Value,
} from "../op/index.js";

/** From here on the gate is 1 in float32, and the square of exp(x) does not overflow yet. */
const saturated = 20;
const notAbove = (emit: Emit, x: Value): Value => emit.op("Min", [x, emit.float(saturated)]);

export const mish = pointwise({
  name: "mish",
  forward: (emit, x) => {
    const grown = emit.op("Exp", [notAbove(emit, x)]);
    const square = emit.op("Mul", [grown, emit.op("Add", [grown, emit.float(2)])]);
    const gate = emit.op("Div", [square, emit.op("Add", [square, emit.float(2)])]);
    return { y: emit.op("Mul", [x, gate]), saved: { grown, square, gate } };
  },
  // gate + x gate', where gate' = 4 e (e + 1) / (e (e + 2) + 2)², which is 0 where x was cut.
  backward: (emit, { x, dy, saved }) => {
    const { grown, square, gate } = saved as Record<"grown" | "square" | "gate", Value>;
    const below = emit.op("Add", [square, emit.float(2)]);
    const share = emit.op("Div", [grown, below]);
    const slope = emit.op("Mul", [share, emit.op("Div", [emit.op("Add", [grown, emit.float(1)]), below])]);
    const bent = emit.op("Mul", [emit.op("Mul", [notAbove(emit, x), emit.float(4)]), slope]);
    return emit.op("Mul", [dy, emit.op("Add", [gate, bent])]);
  },
  fromOnnx: [operator("Mish"), madeOf("s = Softplus(x)", "t = Tanh(s)", "y = Mul(x, t)")],
  fromPytorch: [{ signatures: [...activation("Mish", "mish", "inplace=False")], attrs: inPlaceOf }],
  spellings: elementFunction({ flux: "mish" }),
  pytorch: attrs => moduleInPlace(attrs, "Mish"),
});

export const Mish: KeepingMaker<PointwiseOptions> = layerOf(mish);

declare module "../op/tensor.js" {
  interface Operators {
    /** x tanh(softplus(x)). */
    readonly mish: KeepsShape<PointwiseOptions>;
  }
  interface Activations {
    readonly mish: unknown;
  }
}
