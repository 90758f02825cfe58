/** celu: x above 0, alpha (exp(x / alpha) - 1) below, so that the slope does not jump (Barron 2017). */
import {
  activation,
  inPlaceOf,
  type KeepingLayer,
  layerOf,
  moduleInPlace,
  type PointwiseOptions,
  pointwiseWith,
  positive,
  type Tensor,
} from "../op/index.js";
import type { HasShape, PositiveArg, Shape } from "../shape/index.js";

export interface CeluAttrs {
  readonly alpha: number;
}

export const celu = pointwiseWith<CeluAttrs>({
  name: "celu",
  fields: { alpha: positive("alpha").default(1) },
  draw: random => ({ alpha: random.int(2, 20) / 10 }),
  forward: (emit, x, { alpha }) => emit.op("Celu", [x], { alpha: { float: alpha } }),
  // Below 0 the derivative is exp(x / alpha), which is y / alpha + 1.
  backward: (emit, { y, dy }, { alpha }) => {
    const below = emit.op("Add", [emit.op("Mul", [y, emit.float(1 / alpha)]), emit.float(1)]);
    return emit.op("Mul", [dy, emit.op("Where", [emit.op("Greater", [y, emit.float(0)]), emit.float(1), below])]);
  },
  fromOnnx: [{ operators: ["Celu"], batch: "anywhere", read: site => ({ attrs: { alpha: site.float("alpha", 1) } }) }],
  fromPytorch: [
    {
      signatures: [...activation("CELU", "celu", "alpha=1, inplace=False")],
      attrs: args => ({ alpha: args.alpha, ...inPlaceOf(args) }),
    },
  ],
  pytorch: attrs => moduleInPlace(attrs, "CELU", attrs.alpha),
});

interface CeluOptions<V> extends PointwiseOptions {
  readonly alpha?: V;
}
type Alpha<V extends number> = PositiveArg<"celu", "alpha", V>;
export const CELU: <V extends number = 1>(options?: CeluOptions<Alpha<V>>) => KeepingLayer = layerOf(celu);

declare module "../op/tensor.js" {
  interface Operators {
    /** x above 0, `alpha` (1 unless told) times exp(x / alpha) - 1 below. */
    celu<S extends Shape, V extends number = 1>(this: HasShape<S>, options?: CeluOptions<Alpha<V>>): Tensor<S>;
  }
  interface Activations {
    readonly celu: unknown;
  }
}
