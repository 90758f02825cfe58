/** sigmoid: 1 / (1 + exp(-x)); gradient y (1 - y). */
import {
  activation,
  elementFunction,
  functions,
  inPlaceOf,
  type KeepingMaker,
  type KeepsShape,
  layerOf,
  moduleOrFunction,
  operator,
  type PointwiseOptions,
  pointwise,
} from "../op/index.js";

export const sigmoid = pointwise({
  name: "sigmoid",
  forward: (emit, x) => emit.op("Sigmoid", [x]),
  backward: (emit, { y, dy }) => emit.op("Mul", [dy, emit.op("Mul", [y, emit.op("Sub", [emit.float(1), y])])]),
  fromOnnx: [operator("Sigmoid")],
  fromPytorch: [{ signatures: [...activation("Sigmoid", "sigmoid"), ...functions("sigmoid")], attrs: inPlaceOf }],
  spellings: elementFunction({ keras: "sigmoid", flux: "sigmoid", arraymancer: "sigmoid", grenade: "Logit" }),
  pytorch: moduleOrFunction("Sigmoid", "sigmoid_"),
});

export const Sigmoid: KeepingMaker<PointwiseOptions> = layerOf(sigmoid);

declare module "../op/tensor.js" {
  interface Operators {
    /** 1 / (1 + exp(-x)). */
    readonly sigmoid: KeepsShape<PointwiseOptions>;
  }
  interface Activations {
    readonly sigmoid: unknown;
  }
}
