/** tanh: hyperbolic tangent; gradient 1 - y². */
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

export const tanh = pointwise({
  name: "tanh",
  forward: (emit, x) => emit.op("Tanh", [x]),
  backward: (emit, { y, dy }) => emit.op("Mul", [dy, emit.op("Sub", [emit.float(1), emit.op("Mul", [y, y])])]),
  fromOnnx: [operator("Tanh")],
  fromPytorch: [{ signatures: [...activation("Tanh", "tanh"), ...functions("tanh")], attrs: inPlaceOf }],
  spellings: elementFunction({ keras: "tanh", flux: "tanh", arraymancer: "tanh", grenade: "Tanh" }),
  pytorch: moduleOrFunction("Tanh", "tanh_"),
});

export const Tanh: KeepingMaker<PointwiseOptions> = layerOf(tanh);

declare module "../op/tensor.js" {
  interface Operators {
    /** Hyperbolic tangent. */
    readonly tanh: KeepsShape<PointwiseOptions>;
  }
  interface Activations {
    readonly tanh: unknown;
  }
}
