/**
 * The bottleneck block of residual networks (He et al. 2015, as in torchvision): a 1x1 convolution to few channels, a
 * 3x3 one with the stride, a 1x1 one to four times the channels, with batch norms, around a shortcut. Where size or
 * channels change, the shortcut is a 1x1 convolution with batch norm.
 */
import { type Activations, attributes, type In, type Layer, layer, readAttrs, whole } from "../op/index.js";
import { type Mul, needsSpatial, type Shape, type Whole, type WholeArg } from "../shape/index.js";
import { activationName, type BlockRule, blockOn, type NeedsPlanes } from "./block-parts.js";
import type { ConvRule } from "./conv-types.js";

const kind = "bottleneck";
const expansion = 4;
const attrs = attributes({
  width: whole("width", 1),
  stride: whole("stride", 1).default(1),
  activation: activationName.default("relu"),
});

type Rule<S extends Shape, F extends number, St extends number> = BlockRule<
  [Whole<typeof kind, "width", F>, Whole<typeof kind, "stride", St>, NeedsPlanes<typeof kind, S>],
  ConvRule<2, S, Mul<F, typeof expansion>, 3, St, 1, 1, 1>
>;

export interface BottleneckLayer<F extends number, St extends number> extends Layer {
  readonly out: Rule<In<this>, F, St>;
}

/** The block as a layer: `[C, H, W]` to `[4 width, H', W']`. */
export const Bottleneck = <F extends number, St extends number = 1>(
  width: WholeArg<typeof kind, "width", F>,
  options?: { readonly stride?: WholeArg<typeof kind, "stride", St>; readonly activation?: keyof Activations },
): BottleneckLayer<F, St> => {
  const { stride, activation, ...read } = readAttrs({ name: kind, attrs }, { width, ...options });
  return layer({
    kind,
    place: (ground, x, name) => {
      needsSpatial(kind, 2, ground.shape(x));
      const outChannels = expansion * read.width;
      const { conv, norm, activate, add } = blockOn(ground, name);
      const narrow = activate(activation, norm(conv(x, "conv1", read.width), "bn1"), `${activation}1`);
      const moved = norm(conv(narrow, "conv2", read.width, { kernelSize: 3, stride }), "bn2");
      const body = norm(conv(activate(activation, moved, `${activation}2`), "conv3", outChannels), "bn3");
      const same = stride === 1 && ground.shape(x)[0] === outChannels;
      const shortcut = same ? x : norm(conv(x, "downsample.0", outChannels, { stride }), "downsample.1");
      return activate(activation, add(body, shortcut), `${activation}3`);
    },
  });
};
