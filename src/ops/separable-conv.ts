/** Separable convolution 1d-3d (Chollet 2016, as in Keras): every channel alone, then a 1x1 convolution that mixes them. */
import { attributes, type In, type Layer, layer, readAttrs, whole } from "../op/index.js";
import type { PaddingSizes, PerAxisArg, Rank, Sizes, Whole, WholeArg } from "../shape/index.js";
import type { BlockRule } from "./block-parts.js";
import type { PaddingMode } from "./borders.js";
import type { ConvRule } from "./conv-types.js";
import { type DepthwiseOptions, type DepthwiseWrongs, depthwiseFields, placeDepthwise } from "./depthwise-conv.js";

function separableConv<R extends Rank>(rank: R): SeparableConvMaker<R> {
  const kind = `separableConv${rank}d`;
  const attrs = attributes({ outChannels: whole("outChannels", 1), ...depthwiseFields(rank) });
  const make = (outChannels: unknown, kernelSize: unknown, options?: object): Layer => {
    const read = readAttrs({ name: kind, attrs }, { outChannels, kernelSize, ...options });
    const { outChannels: mixed, bias, ...window } = read;
    return layer({
      kind,
      place: (ground, x, name) => {
        // A bias between the two would only be a part of the second one's.
        const alone = placeDepthwise(ground, x, `${name}.depthwise`, { kind, rank, ...window, bias: false });
        const pointwise = { outChannels: mixed, kernelSize: 1, bias };
        return ground.node(`conv${rank}d`, [alone], pointwise, { name: `${name}.pointwise` });
      },
    });
  };
  return make as SeparableConvMaker<R>;
}

export interface SeparableConvLayer<
  R extends Rank,
  F extends number,
  K extends Sizes,
  St extends Sizes,
  P extends PaddingSizes,
  D extends Sizes,
  X extends number,
  M extends PaddingMode,
> extends Layer {
  readonly out: BlockRule<
    [
      Whole<`separableConv${R}d`, "outChannels", F>,
      ...DepthwiseWrongs<`separableConv${R}d`, R, In<this>, K, St, P, D, X>,
    ],
    ConvRule<R, In<this>, F, K, St, P, D, 1, M>
  >;
}

type SeparableConvMaker<R extends Rank> = <
  F extends number,
  const K extends Sizes,
  const St extends Sizes = 1,
  const P extends PaddingSizes = 0,
  const D extends Sizes = 1,
  X extends number = 1,
  M extends PaddingMode = "zeros",
>(
  outChannels: WholeArg<`separableConv${R}d`, "outChannels", F>,
  kernelSize: PerAxisArg<`separableConv${R}d`, "kernelSize", R, 1, K>,
  options?: DepthwiseOptions<`separableConv${R}d`, R, St, P, D, X, M>,
) => SeparableConvLayer<R, F, K, St, P, D, X, M>;

/** `[C, L]` to `[outChannels, L']`; nodes `name.depthwise`, without bias, and `name.pointwise`. */
export const SeparableConv1d: SeparableConvMaker<1> = separableConv(1);
/** `[C, H, W]` to `[outChannels, H', W']`; nodes `name.depthwise`, without bias, and `name.pointwise`. */
export const SeparableConv2d: SeparableConvMaker<2> = separableConv(2);
/** `[C, D, H, W]` to `[outChannels, D', H', W']`; nodes `name.depthwise`, without bias, and `name.pointwise`. */
export const SeparableConv3d: SeparableConvMaker<3> = separableConv(3);
