/** softsign: x / (1 + |x|); gradient (1 - |y|)². */
import {
  activation,
  elementFunction,
  inPlaceOf,
  type KeepingMaker,
  type KeepsShape,
  layerOf,
  operator,
  type PointwiseOptions,
  pointwise,
} from "../op/index.js";

export const softsign = pointwise({
  name: "softsign",
  forward: (emit, x) => emit.op("Softsign", [x]),
  backward: (emit, { y, dy }) => {
    const rest = emit.op("Sub", [emit.float(1), emit.op("Abs", [y])]);
    return emit.op("Mul", [dy, emit.op("Mul", [rest, rest])]);
  },
  // PyTorch has no form that writes over its input.
  fromOnnx: [operator("Softsign")],
  fromPytorch: [{ signatures: [...activation("Softsign", "softsign")], attrs: inPlaceOf }],
  spellings: elementFunction({ keras: "softsign", flux: "softsign" }),
  pytorch: () => ({ module: "nn.Softsign()" }),
});

export const Softsign: KeepingMaker<PointwiseOptions> = layerOf(softsign);

declare module "../op/tensor.js" {
  interface Operators {
    /** x / (1 + |x|). */
    readonly softsign: KeepsShape<PointwiseOptions>;
  }
  interface Activations {
    readonly softsign: unknown;
  }
}
