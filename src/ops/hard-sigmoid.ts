/** hardSigmoid: min(max(x / 6 + 1/2, 0), 1). Its gradient at the bends, -3 and 3, is 0, as in PyTorch. */
import {
  activation,
  elementFunction,
  inPlaceOf,
  type KeepingMaker,
  type KeepsShape,
  layerOf,
  moduleInPlace,
  type PointwiseOptions,
  pointwise,
} from "../op/index.js";

export const hardSigmoid = pointwise({
  name: "hardSigmoid",
  forward: (emit, x) => emit.op("HardSigmoid", [x], { alpha: { float: 1 / 6 }, beta: { float: 1 / 2 } }),
  backward: (emit, { x, dy }) => {
    const between = emit.op("Less", [emit.op("Abs", [x]), emit.float(3)]);
    return emit.op("Mul", [dy, emit.op("Where", [between, emit.float(1 / 6), emit.float(0)])]);
  },
  fromOnnx: [
    {
      operators: ["HardSigmoid"],
      batch: "anywhere",
      read: site => {
        const [alpha, beta] = [site.float("alpha", 0.2), site.float("beta", 0.5)];
        return Math.fround(alpha) === Math.fround(1 / 6) && beta === 0.5 ? { attrs: {} } : undefined;
      },
    },
  ],
  fromPytorch: [{ signatures: [...activation("Hardsigmoid", "hardsigmoid", "inplace=False")], attrs: inPlaceOf }],
  spellings: elementFunction({ keras: "hard_sigmoid", flux: "hardsigmoid" }),
  pytorch: attrs => moduleInPlace(attrs, "Hardsigmoid"),
});

export const HardSigmoid: KeepingMaker<PointwiseOptions> = layerOf(hardSigmoid);

declare module "../op/tensor.js" {
  interface Operators {
    /** min(max(x / 6 + 1/2, 0), 1). */
    readonly hardSigmoid: KeepsShape<PointwiseOptions>;
  }
  interface Activations {
    readonly hardSigmoid: unknown;
  }
}
