/** selu: scale * (x above 0, alpha (exp(x) - 1) below); Klambauer et al. 2017, constants as in PyTorch. */
import {
  activation,
  elementFunction,
  functions,
  inPlaceOf,
  type KeepingMaker,
  type KeepsShape,
  layerOf,
  moduleOrFunction,
  type PointwiseOptions,
  pointwise,
} from "../op/index.js";

const alpha = 1.6732632423543772;
const scale = 1.0507009873554805;

export const selu = pointwise({
  name: "selu",
  forward: (emit, x) => emit.op("Selu", [x], { alpha: { float: alpha }, gamma: { float: scale } }),
  // Below 0 the derivative is scale * alpha * exp(x), which is y + scale * alpha; at 0 itself PyTorch takes this side.
  backward: (emit, { y, dy }) => {
    const below = emit.op("Add", [y, emit.float(scale * alpha)]);
    return emit.op("Mul", [dy, emit.op("Where", [emit.op("Greater", [y, emit.float(0)]), emit.float(scale), below])]);
  },
  fromOnnx: [
    {
      operators: ["Selu"],
      batch: "anywhere",
      read: site => {
        const isUsual =
          Math.abs(site.float("alpha", 1.67326) - 1.67326) < 1e-4 &&
          Math.abs(site.float("gamma", 1.0507) - 1.0507) < 1e-4;
        return isUsual ? { attrs: {} } : undefined;
      },
    },
  ],
  fromPytorch: [
    { signatures: [...activation("SELU", "selu", "inplace=False"), ...functions("selu")], attrs: inPlaceOf },
  ],
  spellings: elementFunction({ keras: "selu", flux: "selu" }),
  pytorch: moduleOrFunction("SELU", "selu_"),
});

export const SELU: KeepingMaker<PointwiseOptions> = layerOf(selu);

declare module "../op/tensor.js" {
  interface Operators {
    /** Self-normalising exponential unit. */
    readonly selu: KeepsShape<PointwiseOptions>;
  }
  interface Activations {
    readonly selu: unknown;
  }
}
