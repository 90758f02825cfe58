/** sine: sin(x), as in networks of periodic activations (Sitzmann et al. 2020); gradient cos(x). */
import {
  elementFunction,
  functions,
  inPlaceOf,
  type KeepingMaker,
  type KeepsShape,
  layerOf,
  operator,
  type PointwiseOptions,
  pointwise,
} from "../op/index.js";

export const sine = pointwise({
  name: "sine",
  forward: (emit, x) => emit.op("Sin", [x]),
  backward: (emit, { x, dy }) => emit.op("Mul", [dy, emit.op("Cos", [x])]),
  fromOnnx: [operator("Sin")],
  fromPytorch: [{ signatures: [...functions("sin")], attrs: inPlaceOf }],
  spellings: elementFunction({ keras: "sin", flux: "sin" }),
  pytorch: ({ inPlace }) => ({ expression: ([x]) => `torch.sin${inPlace ? "_" : ""}(${x})` }),
});

export const Sine: KeepingMaker<PointwiseOptions> = layerOf(sine);

declare module "../op/tensor.js" {
  interface Operators {
    /** sin(x). */
    readonly sine: KeepsShape<PointwiseOptions>;
  }
  interface Activations {
    readonly sine: unknown;
  }
}
