/** The block of dense networks (Huang et al. 2016, DenseNet-BC as in torchvision): every layer sees what all before it made. */
import { type Activations, attributes, type In, type Layer, layer, readAttrs, whole } from "../op/index.js";
import { type Add, type Mul, needsSpatial, type Shape, type Whole, type WholeArg } from "../shape/index.js";
import { activationName, type BlockRule, blockOn, type Channels, type NeedsPlanes } from "./block-parts.js";
import type { ConvRule } from "./conv-types.js";

const kind = "denseBlock";
/** Channels between a layer's two convolutions, in units of the growth rate. */
const narrowing = 4;
const attrs = attributes({
  layers: whole("layers", 1),
  growthRate: whole("growthRate", 1),
  activation: activationName.default("relu"),
});

type Rule<S extends Shape, N extends number, G extends number> = BlockRule<
  [Whole<typeof kind, "layers", N>, Whole<typeof kind, "growthRate", G>, NeedsPlanes<typeof kind, S>],
  ConvRule<2, S, Add<Channels<S>, Mul<N, G>>, 1, 1, 0, 1, 1>
>;

export interface DenseBlockLayer<N extends number, G extends number> extends Layer {
  readonly out: Rule<In<this>, N, G>;
}

/**
 * `[C, H, W]` to `[C + layers growthRate, H, W]`: each layer is norm, activation, 1x1 convolution, norm, activation,
 * 3x3 convolution, and what it makes is joined to what it was given.
 */
export const DenseBlock = <N extends number, G extends number>(
  layers: WholeArg<typeof kind, "layers", N>,
  growthRate: WholeArg<typeof kind, "growthRate", G>,
  options?: { readonly activation?: keyof Activations },
): DenseBlockLayer<N, G> => {
  const read = readAttrs({ name: kind, attrs }, { layers, growthRate, ...options });
  return layer({
    kind,
    place: (ground, x, name) => {
      needsSpatial(kind, 2, ground.shape(x));
      let seen = x;
      for (let count = 1; count <= read.layers; count++) {
        const part = `${name}.denselayer${count}`;
        const { conv, norm, activate } = blockOn(ground, part);
        const first = activate(read.activation, norm(seen, "norm1"), `${read.activation}1`);
        const second = norm(conv(first, "conv1", narrowing * read.growthRate), "norm2");
        const active = activate(read.activation, second, `${read.activation}2`);
        const made = conv(active, "conv2", read.growthRate, { kernelSize: 3 });
        seen = ground.node("concat", [seen, made], {}, { name: `${part}.concat` });
      }
      return seen;
    },
  });
};
