/**
 * The encoder of transformers (Vaswani et al. 2017) as layers made of ops, with PyTorch's names and defaults: attention of a
 * sequence to itself, then two linear layers, each around a shortcut with a layer norm behind or before it.
 */
import {
  type Activations,
  attributes,
  between,
  flag,
  type Ground,
  type In,
  type Layer,
  layer,
  readAttrs,
  whole,
} from "../op/index.js";
import type { BelowOne, BelowOneArg, Shape, Whole, WholeArg } from "../shape/index.js";
import { multiHeadAttention } from "./attention.js";
import type { SelfRule } from "./attention-types.js";
import { activationName, type BlockRule, blockOn } from "./block-parts.js";

const layerKind = "transformerEncoderLayer";
const encoderKind = "transformerEncoder";
const fields = {
  heads: whole("heads", 1),
  feedForward: whole("feedForward", 1).default(2048),
  dropout: between("dropout", 0, 1).default(0.1),
  activation: activationName.default("relu"),
  normFirst: flag("normFirst").default(false),
  causal: flag("causal").default(false),
};
const layerAttrs = attributes(fields);
const encoderAttrs = attributes({ layers: whole("layers", 1), ...fields });

interface Settings {
  readonly heads: number;
  readonly feedForward: number;
  readonly dropout: number;
  readonly activation: string;
  readonly normFirst: boolean;
  readonly causal: boolean;
}

/** Adds the nodes of one layer behind `x`, all named `name.…`; returns the last one's name. */
function encode(ground: Ground, x: string, name: string, settings: Settings): string {
  const { heads, feedForward, dropout, activation, normFirst, causal } = settings;
  const attention = readAttrs(multiHeadAttention, { heads, dropout, causal });
  // Before anything else refuses: with the norm first, that would be another op's sentence.
  const [, features] = multiHeadAttention.shape([ground.shape(x)], attention);
  const { node } = blockOn(ground, name);
  const drop = (from: string, part: string): string =>
    dropout === 0 ? from : node("dropout", from, { p: dropout }, part);
  const norm = (from: string, part: string): string => node("layerNorm", from, { lastAxes: 1 }, part);
  const add = (from: string, body: string, part: string): string =>
    ground.node("add", [from, body], {}, { name: `${name}.${part}` });

  const attend = (from: string): string => drop(node("multiHeadAttention", from, attention, "selfAttn"), "dropout1");
  const feed = (from: string): string => {
    const wide = node("linear", from, { outFeatures: feedForward }, "linear1");
    const active = drop(node(activation, wide, {}, activation), "dropout");
    return drop(node("linear", active, { outFeatures: features! }, "linear2"), "dropout2");
  };
  if (normFirst) {
    const seen = add(x, attend(norm(x, "norm1")), "add1");
    return add(seen, feed(norm(seen, "norm2")), "add2");
  }
  const seen = norm(add(x, attend(x), "add1"), "norm1");
  return norm(add(seen, feed(seen), "add2"), "norm2");
}

type Rule<
  Kind extends string,
  S extends Shape,
  N extends number,
  H extends number,
  F extends number,
  P extends number,
> = BlockRule<
  [Whole<Kind, "layers", N>, Whole<Kind, "heads", H>, Whole<Kind, "feedForward", F>, BelowOne<Kind, "dropout", P>],
  SelfRule<S, H, never>
>;

interface EncoderOptions<Kind extends string, F extends number, P extends number> {
  /** Features between the two linear layers; 2048 unless told. */
  readonly feedForward?: WholeArg<Kind, "feedForward", F>;
  /** In the attention and behind every part, while training; 0.1 unless told. */
  readonly dropout?: BelowOneArg<Kind, "dropout", P>;
  /** relu unless told. */
  readonly activation?: keyof Activations;
  /** Layer norms before the attention and the linear layers instead of behind the shortcuts. */
  readonly normFirst?: boolean;
  /** No place sees a later one. */
  readonly causal?: boolean;
}

export interface TransformerEncoderLayerLayer<H extends number, F extends number, P extends number> extends Layer {
  readonly out: Rule<typeof layerKind, In<this>, never, H, F, P>;
}
/** One layer of an encoder: `[length, features]` to the same, with as many heads as divide the features. */
export const TransformerEncoderLayer = <H extends number, F extends number = 2048, P extends number = 0.1>(
  heads: WholeArg<typeof layerKind, "heads", H>,
  options?: EncoderOptions<typeof layerKind, F, P>,
): TransformerEncoderLayerLayer<H, F, P> => {
  const settings = readAttrs({ name: layerKind, attrs: layerAttrs }, { heads, ...options });
  return layer({ kind: layerKind, place: (ground, x, name) => encode(ground, x, name, settings) });
};

export interface TransformerEncoderLayers<N extends number, H extends number, F extends number, P extends number>
  extends Layer {
  readonly out: Rule<typeof encoderKind, In<this>, N, H, F, P>;
}
/** `layers` such layers one after another, each with weights of its own; nodes `name.layers.0.…` and so on. */
export const TransformerEncoder = <N extends number, H extends number, F extends number = 2048, P extends number = 0.1>(
  layers: WholeArg<typeof encoderKind, "layers", N>,
  heads: WholeArg<typeof encoderKind, "heads", H>,
  options?: EncoderOptions<typeof encoderKind, F, P>,
): TransformerEncoderLayers<N, H, F, P> => {
  const { layers: count, ...settings } = readAttrs(
    { name: encoderKind, attrs: encoderAttrs },
    { layers, heads, ...options },
  );
  return layer({
    kind: encoderKind,
    place: (ground, x, name) =>
      Array.from({ length: count }, (_, i) => `${name}.layers.${i}`).reduce(
        (from, part) => encode(ground, from, part, settings),
        x,
      ),
  });
};
