/** The transition between two blocks of a dense network (Huang et al. 2016, as in torchvision): fewer channels, half the size. */
import { type Activations, attributes, type In, type Layer, layer, readAttrs, whole } from "../op/index.js";
import { needsSpatial, type Shape, type Whole, type WholeArg } from "../shape/index.js";
import { activationName, type BlockRule, blockOn, type NeedsPlanes } from "./block-parts.js";
import type { ConvRule } from "./conv-types.js";
import type { PoolRule } from "./pool-types.js";

const kind = "transition";
const attrs = attributes({
  outChannels: whole("outChannels", 1),
  activation: activationName.default("relu"),
});

type Rule<S extends Shape, F extends number> =
  BlockRule<
    [Whole<typeof kind, "outChannels", F>, NeedsPlanes<typeof kind, S>],
    ConvRule<2, S, F, 1, 1, 0, 1, 1>
  > extends infer Mixed
    ? Mixed extends Shape
      ? PoolRule<"avgPool2d", 2, Mixed, 2, 2, 0, 1>
      : Mixed
    : never;

export interface TransitionLayer<F extends number> extends Layer {
  readonly out: Rule<In<this>, F>;
}

/** `[C, H, W]` to `[outChannels, H / 2, W / 2]`: norm, activation, 1x1 convolution, mean of every 2x2; an odd edge is left out. */
export const Transition = <F extends number>(
  outChannels: WholeArg<typeof kind, "outChannels", F>,
  options?: { readonly activation?: keyof Activations },
): TransitionLayer<F> => {
  const read = readAttrs({ name: kind, attrs }, { outChannels, ...options });
  return layer({
    kind,
    place: (ground, x, name) => {
      needsSpatial(kind, 2, ground.shape(x));
      const { node, conv, norm, activate } = blockOn(ground, name);
      const mixed = conv(activate(read.activation, norm(x, "norm"), read.activation), "conv", read.outChannels);
      return node("avgPool2d", mixed, { kernelSize: 2 }, "pool");
    },
  });
};
