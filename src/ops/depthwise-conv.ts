/** Depthwise convolution 1d-3d (as in Keras): every channel convolved alone. */
import { attributes, type Ground, type In, type Layer, layer, readAttrs, whole } from "../op/index.js";
import {
  type EdgesArg,
  type EdgesPerAxis,
  type Mul,
  type NeedsSpatial,
  needsSpatial,
  type PaddingSizes,
  type PerAxis,
  type PerAxisArg,
  type Rank,
  type Shape,
  type Sizes,
  type Unranked,
  type Whole,
  type WholeArg,
} from "../shape/index.js";
import type { BlockRule, Channels } from "./block-parts.js";
import type { PaddingMode } from "./borders.js";
import { borderFields, windowFields } from "./conv.js";
import type { ConvRule, WindowOptions } from "./conv-types.js";

/** Attributes in the order in which they are refused. */
export const depthwiseFields = (rank: Rank) => ({
  ...windowFields(rank),
  channelMultiplier: whole("channelMultiplier", 1).default(1),
  ...borderFields,
});

interface Depthwise {
  readonly kind: string;
  readonly rank: Rank;
  readonly channelMultiplier: number;
  readonly bias: boolean;
}

/** One node: a convolution of as many groups as there are channels. */
export function placeDepthwise(ground: Ground, x: string, name: string, read: Depthwise): string {
  const { kind, rank, channelMultiplier, ...window } = read;
  needsSpatial(kind, rank, ground.shape(x));
  const groups = ground.shape(x)[0]!;
  return ground.node(`conv${rank}d`, [x], { ...window, outChannels: groups * channelMultiplier, groups }, { name });
}

function depthwiseConv<R extends Rank>(rank: R): DepthwiseConvMaker<R> {
  const kind = `depthwiseConv${rank}d`;
  const attrs = attributes(depthwiseFields(rank));
  const make = (kernelSize: unknown, options?: object): Layer => {
    const read = readAttrs({ name: kind, attrs }, { kernelSize, ...options });
    return layer({ kind, place: (ground, x, name) => placeDepthwise(ground, x, name, { kind, rank, ...read }) });
  };
  return make as DepthwiseConvMaker<R>;
}

/** The refusals that depthwise and separable convolution share. */
export type DepthwiseWrongs<
  Kind extends string,
  R extends Rank,
  S extends Shape,
  K extends Sizes,
  St extends Sizes,
  P extends PaddingSizes,
  D extends Sizes,
  X extends number,
> = [
  PerAxis<Kind, "kernelSize", R, 1, K>,
  PerAxis<Kind, "stride", R, 1, St>,
  EdgesPerAxis<Kind, "padding", R, P>,
  PerAxis<Kind, "dilation", R, 1, D>,
  Whole<Kind, "channelMultiplier", X>,
  Unranked<S> extends true
    ? never
    : S extends readonly [number, ...infer Spatial]
      ? Spatial["length"] extends R
        ? never
        : NeedsSpatial<Kind, R, S, "input">
      : NeedsSpatial<Kind, R, S, "input">,
];

/** What may follow the kernel's size. */
export type DepthwiseOptions<
  Kind extends string,
  R extends Rank,
  St extends Sizes,
  P extends PaddingSizes,
  D extends Sizes,
  X extends number,
  M extends PaddingMode,
> = WindowOptions<
  PerAxisArg<Kind, "stride", R, 1, St>,
  EdgesArg<Kind, "padding", R, P>,
  PerAxisArg<Kind, "dilation", R, 1, D>,
  M
> & {
  /** How many channels the convolution makes of each; 1 unless told. */
  readonly channelMultiplier?: WholeArg<Kind, "channelMultiplier", X>;
};

export interface DepthwiseConvLayer<
  R extends Rank,
  K extends Sizes,
  St extends Sizes,
  P extends PaddingSizes,
  D extends Sizes,
  X extends number,
  M extends PaddingMode,
> extends Layer {
  readonly out: BlockRule<
    DepthwiseWrongs<`depthwiseConv${R}d`, R, In<this>, K, St, P, D, X>,
    ConvRule<R, In<this>, Mul<Channels<In<this>>, X>, K, St, P, D, 1, M>
  >;
}

type DepthwiseConvMaker<R extends Rank> = <
  const K extends Sizes,
  const St extends Sizes = 1,
  const P extends PaddingSizes = 0,
  const D extends Sizes = 1,
  X extends number = 1,
  M extends PaddingMode = "zeros",
>(
  kernelSize: PerAxisArg<`depthwiseConv${R}d`, "kernelSize", R, 1, K>,
  options?: DepthwiseOptions<`depthwiseConv${R}d`, R, St, P, D, X, M>,
) => DepthwiseConvLayer<R, K, St, P, D, X, M>;

/** `[C, L]` to `[channelMultiplier C, L']`; its one node is called as the layer. */
export const DepthwiseConv1d: DepthwiseConvMaker<1> = depthwiseConv(1);
/** `[C, H, W]` to `[channelMultiplier C, H', W']`; its one node is called as the layer. */
export const DepthwiseConv2d: DepthwiseConvMaker<2> = depthwiseConv(2);
/** `[C, D, H, W]` to `[channelMultiplier C, D', H', W']`; its one node is called as the layer. */
export const DepthwiseConv3d: DepthwiseConvMaker<3> = depthwiseConv(3);
