/**
 * The inverted residual block (Sandler et al. 2018, MobileNetV2 as in torchvision): a 1x1 convolution to `expandRatio`
 * times the channels (left out for 1), a 3x3 one of every channel alone with the stride, a 1x1 one to few channels
 * without activation, with batch norms; around a shortcut where size and channels stay.
 */
import { type Activations, attributes, type In, type Layer, layer, readAttrs, whole } from "../op/index.js";
import { needsSpatial, type Shape, type Whole, type WholeArg } from "../shape/index.js";
import { activationName, type BlockRule, blockOn, type NeedsPlanes } from "./block-parts.js";
import type { ConvRule } from "./conv-types.js";

const kind = "invertedResidual";
const attrs = attributes({
  outChannels: whole("outChannels", 1),
  expandRatio: whole("expandRatio", 1).default(6),
  stride: whole("stride", 1).default(1),
  activation: activationName.default("relu6"),
});

type Rule<S extends Shape, F extends number, E extends number, St extends number> = BlockRule<
  [
    Whole<typeof kind, "outChannels", F>,
    Whole<typeof kind, "expandRatio", E>,
    Whole<typeof kind, "stride", St>,
    NeedsPlanes<typeof kind, S>,
  ],
  ConvRule<2, S, F, 3, St, 1, 1, 1>
>;

export interface InvertedResidualLayer<F extends number, E extends number, St extends number> extends Layer {
  readonly out: Rule<In<this>, F, E, St>;
}

/** The block as a layer: `[C, H, W]` to `[outChannels, H', W']`. */
export const InvertedResidual = <F extends number, E extends number = 6, St extends number = 1>(
  outChannels: WholeArg<typeof kind, "outChannels", F>,
  options?: {
    /** How many times as many channels the middle has; 6 unless told. */
    readonly expandRatio?: WholeArg<typeof kind, "expandRatio", E>;
    readonly stride?: WholeArg<typeof kind, "stride", St>;
    /** relu6 unless told. */
    readonly activation?: keyof Activations;
  },
): InvertedResidualLayer<F, E, St> => {
  const read = readAttrs({ name: kind, attrs }, { outChannels, ...options });
  return layer({
    kind,
    place: (ground, x, name) => {
      needsSpatial(kind, 2, ground.shape(x));
      const channels = ground.shape(x)[0]!;
      const { conv, norm, activate, add } = blockOn(ground, name);
      const wide = channels * read.expandRatio;
      const unit = (from: string, part: string, window: { kernelSize?: number; stride?: number; groups?: number }) =>
        activate(read.activation, norm(conv(from, `${part}.0`, wide, window), `${part}.1`), `${part}.2`);
      // torchvision counts what stands there.
      const first = read.expandRatio === 1 ? 0 : 1;
      const expanded = first === 0 ? x : unit(x, "conv.0", {});
      const moved = unit(expanded, `conv.${first}`, { kernelSize: 3, stride: read.stride, groups: wide });
      const body = norm(conv(moved, `conv.${first + 1}`, read.outChannels), `conv.${first + 2}`);
      return read.stride === 1 && channels === read.outChannels ? add(body, x) : body;
    },
  });
};
