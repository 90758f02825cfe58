/** elu: x above 0, alpha (exp(x) - 1) below (Clevert et al. 2015), and at 0 the gradient of below, as in PyTorch. */
import {
  activation,
  finite,
  inPlaceOf,
  type KeepingMaker,
  type KeepsShape,
  layerOf,
  moduleInPlace,
  none,
  type PointwiseOptions,
  pointwiseWith,
} from "../op/index.js";

export interface EluAttrs {
  readonly alpha: number;
}

export const elu = pointwiseWith<EluAttrs>({
  name: "elu",
  fields: { alpha: finite("alpha").default(1) },
  draw: random => ({ alpha: random.int(1, 20) / 10 }),
  forward: (emit, x, { alpha }) => emit.op("Elu", [x], { alpha: { float: alpha } }),
  // Below 0 the derivative is alpha exp(x), which is y + alpha.
  backward: (emit, { x, y, dy }, { alpha }) => {
    const below = emit.op("Add", [y, emit.float(alpha)]);
    return emit.op("Mul", [dy, emit.op("Where", [emit.op("Greater", [x, emit.float(0)]), emit.float(1), below])]);
  },
  // PyTorch writes over x only where the sign of the result is that of x.
  fromOnnx: [{ operators: ["Elu"], batch: "anywhere", read: site => ({ attrs: { alpha: site.float("alpha", 1) } }) }],
  fromPytorch: [
    {
      signatures: [...activation("ELU", "elu", "alpha=1, inplace=False")],
      attrs: args => ({ alpha: args.alpha, ...inPlaceOf(args) }),
    },
  ],
  spellings: {
    keras: ({ attrs }) => ({ expression: ([x]) => `ops.elu(${x}, alpha=${attrs.alpha})` }),
    flux: ({ attrs }) => ({ expression: ([x]) => `elu.(${x}, ${attrs.alpha}f0)` }),
    grenade: ({ attrs }) => (attrs.alpha === 1 ? { layer: "Elu" } : none("its Elu has an alpha of 1")),
  },
  pytorch: ({ inPlace, alpha }) => moduleInPlace({ inPlace: inPlace && alpha >= 0 }, "ELU", alpha),
});

type EluOptions = Partial<EluAttrs> & PointwiseOptions;
export const ELU: KeepingMaker<EluOptions> = layerOf(elu);

declare module "../op/tensor.js" {
  interface Operators {
    /** x above 0, `alpha` (1 unless told) times exp(x) - 1 below. */
    readonly elu: KeepsShape<EluOptions>;
  }
  interface Activations {
    readonly elu: unknown;
  }
}
