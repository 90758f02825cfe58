/**
 * Squeeze and excitation (Hu et al. 2017, as in torchvision): every channel is multiplied by a factor from 0 to 1 that
 * two 1x1 convolutions make of the means of all channels.
 */
import { type Activations, attributes, type In, type Layer, layer, readAttrs, whole } from "../op/index.js";
import {
  type Rank,
  type Shape,
  ShapeMismatch,
  type Show,
  show,
  type Unranked,
  type Whole,
  type WholeArg,
  type Wrong,
} from "../shape/index.js";
import { activationName, type BlockRule } from "./block-parts.js";

const kind = "squeezeExcite";
const attrs = attributes({
  squeezeChannels: whole("squeezeChannels", 1),
  activation: activationName.default("relu"),
  scaleActivation: activationName.default("sigmoid"),
});

function spatialRank(shape: Shape): Rank {
  const rank = shape.length - 1;
  if (rank === 1 || rank === 2 || rank === 3) return rank;
  throw new ShapeMismatch(
    `${kind}: input must be channels and 1 to 3 spatial axes, got ${show(shape)}; reshape it first`,
  );
}

/** The twin of `spatialRank`. */
type NeedsSpace<S extends Shape> =
  Unranked<S> extends true
    ? never
    : S["length"] extends 2 | 3 | 4
      ? never
      : Wrong<
          "input",
          `squeezeExcite: input must be channels and 1 to 3 spatial axes, got ${Show<S>}; reshape it first`
        >;
type Rule<S extends Shape, F extends number> = BlockRule<[Whole<typeof kind, "squeezeChannels", F>, NeedsSpace<S>], S>;

export interface SqueezeExciteLayer<F extends number> extends Layer {
  readonly out: Rule<In<this>, F>;
}

/** `[C, ...]`, with 1 to 3 spatial axes, to the same shape, by way of `squeezeChannels` channels. */
export const SqueezeExcite = <F extends number>(
  squeezeChannels: WholeArg<typeof kind, "squeezeChannels", F>,
  options?: {
    /** Between the two convolutions; relu unless told. */
    readonly activation?: keyof Activations;
    /** Makes the factors; sigmoid unless told. */
    readonly scaleActivation?: keyof Activations;
  },
): SqueezeExciteLayer<F> => {
  const read = readAttrs({ name: kind, attrs }, { squeezeChannels, ...options });
  return layer({
    kind,
    place: (ground, x, name) => {
      const rank = spatialRank(ground.shape(x));
      const node = (op: string, from: string, attrs: object, part: string): string =>
        ground.node(op, [from], attrs, { name: `${name}.${part}` });
      const conv = (from: string, outChannels: number, part: string): string =>
        node(`conv${rank}d`, from, { outChannels, kernelSize: 1 }, part);
      const means = node(`adaptiveAvgPool${rank}d`, x, { outputSize: 1 }, "avgpool");
      const squeezed = node(read.activation, conv(means, read.squeezeChannels, "fc1"), {}, "activation");
      const excited = conv(squeezed, ground.shape(x)[0]!, "fc2");
      const factors = node(read.scaleActivation, excited, {}, "scale_activation");
      return ground.node("multiply", [x, factors], {}, { name: `${name}.multiply` });
    },
  });
};
