/** gaussianNoise: while training, normal numbers of mean 0 and deviation `std` are added; else the input. */
import { attributes, type KeepingLayer, layerOf, none, op, positive, sameChannels, type Tensor } from "../op/index.js";
import type { HasShape, PositiveArg, Shape } from "../shape/index.js";

export interface GaussianNoiseAttrs {
  /** Standard deviation. */
  readonly std: number;
}

export const gaussianNoise = op<GaussianNoiseAttrs>({
  name: "gaussianNoise",
  attrs: attributes({ std: positive("std") }),
  args: (std: unknown) => ({ std }),
  arity: 1,
  shape: ([x]) => x!,
  weights: () => [],
  cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "own" }),
  random: true,
  forward: (emit, { x, attrs, training, seed }) => {
    if (!training) return { y: x[0]! };
    const drawn = emit.op("RandomNormalLike", [x[0]!], { seed: { float: seed }, scale: { float: attrs.std } });
    return { y: emit.op("Add", [x[0]!, drawn]) };
  },
  backward: (_, { dy }) => ({ inputs: [dy] }),
  channels: sameChannels,
  sample: random => ({ std: random.int(1, 20) / 10 }),
  pytorch: () => none("PyTorch has no layer that adds noise while training only"),
});

type Deviation<V extends number> = PositiveArg<"gaussianNoise", "std", V>;
export const GaussianNoise: <V extends number>(std: Deviation<V>) => KeepingLayer = layerOf(gaussianNoise);

declare module "../op/tensor.js" {
  interface Operators {
    /** While training, normal numbers of mean 0 and standard deviation `std` are added. */
    gaussianNoise<S extends Shape, V extends number>(this: HasShape<S>, std: Deviation<V>): Tensor<S>;
  }
}
