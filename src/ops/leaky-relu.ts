/** leakyRelu: x above 0, negativeSlope x below, and at 0 the gradient of below, as in PyTorch. */
import {
  activation,
  finite,
  inPlaceOf,
  type KeepingMaker,
  type KeepsShape,
  layerOf,
  moduleInPlace,
  type PointwiseOptions,
  pointwiseWith,
} from "../op/index.js";

export interface LeakyReluAttrs {
  readonly negativeSlope: number;
}

export const leakyRelu = pointwiseWith<LeakyReluAttrs>({
  name: "leakyRelu",
  fields: { negativeSlope: finite("negativeSlope").default(0.01) },
  draw: random => ({ negativeSlope: random.int(-2, 8) / 10 }),
  forward: (emit, x, { negativeSlope }) => emit.op("LeakyRelu", [x], { alpha: { float: negativeSlope } }),
  backward: (emit, { x, dy }, { negativeSlope }) => {
    const above = emit.op("Greater", [x, emit.float(0)]);
    return emit.op("Mul", [dy, emit.op("Where", [above, emit.float(1), emit.float(negativeSlope)])]);
  },
  // PyTorch writes over x only where the sign of the result is that of x.
  fromOnnx: [
    {
      operators: ["LeakyRelu"],
      batch: "anywhere",
      read: site => ({ attrs: { negativeSlope: site.float("alpha", 0.01) } }),
    },
  ],
  fromPytorch: [
    {
      signatures: [...activation("LeakyReLU", "leaky_relu", "negative_slope=0.01, inplace=False")],
      attrs: args => ({ negativeSlope: args.negative_slope, ...inPlaceOf(args) }),
    },
  ],
  spellings: {
    keras: ({ attrs }) => ({ expression: ([x]) => `ops.leaky_relu(${x}, negative_slope=${attrs.negativeSlope})` }),
    flux: ({ attrs }) => ({ expression: ([x]) => `leakyrelu.(${x}, ${attrs.negativeSlope}f0)` }),
  },
  pytorch: ({ inPlace, negativeSlope }) =>
    moduleInPlace({ inPlace: inPlace && negativeSlope >= 0 }, "LeakyReLU", negativeSlope),
});

type LeakyReluOptions = Partial<LeakyReluAttrs> & PointwiseOptions;
export const LeakyReLU: KeepingMaker<LeakyReluOptions> = layerOf(leakyRelu);

declare module "../op/tensor.js" {
  interface Operators {
    /** x above 0, `negativeSlope` (0.01 unless told) times x below. */
    readonly leakyRelu: KeepsShape<LeakyReluOptions>;
  }
  interface Activations {
    readonly leakyRelu: unknown;
  }
}
