/** silu: x sigmoid(x), also called swish (Elfwing et al. 2017); gradient s + y (1 - s) with s = sigmoid(x). */
import {
  activation,
  elementFunction,
  inPlaceOf,
  type KeepingMaker,
  type KeepsShape,
  layerOf,
  madeOf,
  moduleInPlace,
  type PointwiseOptions,
  pointwise,
} from "../op/index.js";

export const silu = pointwise({
  name: "silu",
  // Not the runtime's Sigmoid: it is 1.5e-8 and not 0 far below 0, which a large x would make much of.
  forward: (emit, x) => {
    const gate = emit.op("Reciprocal", [emit.op("Add", [emit.op("Exp", [emit.op("Neg", [x])]), emit.float(1)])]);
    return { y: emit.op("Mul", [x, gate]), saved: { gate } };
  },
  backward: (emit, { y, dy, saved }) => {
    const rest = emit.op("Mul", [y, emit.op("Sub", [emit.float(1), saved.gate!])]);
    return emit.op("Mul", [dy, emit.op("Add", [saved.gate!, rest])]);
  },
  fromOnnx: [madeOf("s = Sigmoid(x)", "y = Mul(x, s)")],
  fromPytorch: [{ signatures: [...activation("SiLU", "silu", "inplace=False")], attrs: inPlaceOf }],
  spellings: elementFunction({ keras: "silu", flux: "swish" }),
  pytorch: attrs => moduleInPlace(attrs, "SiLU"),
});

export const SiLU: KeepingMaker<PointwiseOptions> = layerOf(silu);

declare module "../op/tensor.js" {
  interface Operators {
    /** x sigmoid(x), also called swish. */
    readonly silu: KeepsShape<PointwiseOptions>;
  }
  interface Activations {
    readonly silu: unknown;
  }
}
