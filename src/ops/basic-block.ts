/**
 * The basic block of residual networks (He et al. 2015, as in torchvision): two 3x3 convolutions with batch norms
 * around a shortcut. Where size or channels change, the shortcut is a 1x1 convolution with batch norm.
 */
import {
  type Activations,
  attributes,
  type Ground,
  type In,
  type Layer,
  layer,
  readAttrs,
  whole,
} from "../op/index.js";
import type { Shape, Whole, WholeArg } from "../shape/index.js";
import { activationName, type BlockRule, blockOn } from "./block-parts.js";
import type { ConvRule } from "./conv-types.js";

export interface BasicBlockOptions {
  readonly outChannels: number;
  readonly stride?: number | undefined;
  /** Name of the activation's op; relu unless told. */
  readonly activation?: string | undefined;
}

/** Adds the block's nodes behind `x`, all named `name.…`; returns the last one's name. */
export function basicBlock(
  a: Pick<Ground, "node" | "shape">,
  x: string,
  name: string,
  options: BasicBlockOptions,
): string {
  const { outChannels, stride = 1, activation = "relu" } = options;
  const { conv, norm, activate, add } = blockOn(a, name);
  const first = norm(conv(x, "conv1", outChannels, { kernelSize: 3, stride }), "bn1");
  const inner = activate(activation, first, `${activation}1`);
  const body = norm(conv(inner, "conv2", outChannels, { kernelSize: 3 }), "bn2");
  const same = stride === 1 && a.shape(x)[0] === outChannels;
  const shortcut = same ? x : norm(conv(x, "downsample.0", outChannels, { stride }), "downsample.1");
  return activate(activation, add(body, shortcut), `${activation}2`);
}

const kind = "basicBlock";
const attrs = attributes({
  outChannels: whole("outChannels", 1),
  stride: whole("stride", 1).optional(),
  activation: activationName,
});

type Rule<S extends Shape, F extends number, St extends number> = BlockRule<
  [Whole<typeof kind, "outChannels", F>, Whole<typeof kind, "stride", St>],
  ConvRule<2, S, F, 3, St, 1, 1, 1>
>;

export interface BasicBlockLayer<F extends number, St extends number> extends Layer {
  readonly out: Rule<In<this>, F, St>;
}

/** The block as a layer: `[C, H, W]` to `[outChannels, H', W']`. */
export const BasicBlock = <F extends number, St extends number = 1>(
  outChannels: WholeArg<typeof kind, "outChannels", F>,
  options?: { readonly stride?: WholeArg<typeof kind, "stride", St>; readonly activation?: keyof Activations },
): BasicBlockLayer<F, St> => {
  const read = readAttrs({ name: kind, attrs }, { outChannels, ...options });
  return layer({ kind, place: (ground, x, name) => basicBlock(ground, x, name, read) });
};
