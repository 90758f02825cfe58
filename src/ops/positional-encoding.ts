/**
 * positionalEncoding: adds to every row of [length, features] what tells its place: sines and cosines of falling
 * frequency (Vaswani et al. 2017), or rows that are learned.
 */
import { attributes, flag, type In, type Layer, layerOf, none, op, type Tensor, weighedChannels } from "../op/index.js";
import {
  type At,
  type HasShape,
  type Out,
  type Shape,
  ShapeMismatch,
  type Show,
  show,
  type Unranked,
  type Wrong,
} from "../shape/index.js";

export interface PositionalEncodingAttrs {
  /** Learn a row for every place, instead of sines and cosines. */
  readonly learned: boolean;
}

/** Row by row: sin(place / 10000^(2i / features)) at feature 2i, the cosine of the same at feature 2i + 1. */
const waves = ([length, features]: Shape): number[] =>
  Array.from({ length: length! * features! }, (_, at) => {
    const [place, feature] = [Math.floor(at / features!), at % features!];
    const angle = place / 10000 ** ((feature - (feature % 2)) / features!);
    return feature % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });

export const positionalEncoding = op<PositionalEncodingAttrs>({
  name: "positionalEncoding",
  attrs: attributes({ learned: flag("learned").default(false) }),
  args: (options?: Partial<PositionalEncodingAttrs>) => ({ ...options }),
  arity: 1,
  shape: ([x]) => {
    if (x!.length === 2) return x!;
    throw new ShapeMismatch(`positionalEncoding: input must be [length, features], got ${show(x!)}; reshape it`);
  },
  // As BERT and the vision transformers begin.
  weights: ([x], { learned }) =>
    learned ? [{ role: "weight", shape: x!, init: { kind: "normal", std: 0.02 }, trainable: true }] : [],
  cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "own" }),
  forward: (emit, { x, w, inputs: [shape] }) => ({
    y: emit.op("Add", [x[0]!, w.weight ?? emit.floats(waves(shape!), shape!)]),
  }),
  backward: (emit, { w, dy, needs }) => ({
    inputs: [needs[0] ? dy : undefined],
    ...(w.weight && { weights: { weight: emit.op("ReduceSum", [dy, emit.ints([0])], { keepdims: 0 }) } }),
  }),
  channels: (site, ...rest) =>
    site.attrs.learned ? weighedChannels<PositionalEncodingAttrs>(["weight"])(site, ...rest) : undefined,
  sample: (random, [x]) => (x!.length === 2 ? { learned: random.chance() } : undefined),
  pytorch: ({ inputs: [shape], attrs }) => {
    if (attrs.learned) return none("PyTorch has no module that adds a learned tensor; write x + self.weight");
    const [length, features] = shape!;
    const even = `torch.arange(${features}) // 2 * 2`;
    const angles = `(torch.arange(${length}).unsqueeze(1) / 10000.0 ** ((${even}) / ${features}))`;
    return {
      expression: ([x]) =>
        `${x} + torch.where(torch.arange(${features}) % 2 == 0, torch.sin(${angles}), torch.cos(${angles}))`,
    };
  },
});

type Rule<S extends Shape> =
  Unranked<S> extends true
    ? S
    : S extends readonly [number, number]
      ? S
      : Wrong<"input", `positionalEncoding: input must be [length, features], got ${Show<S>}; reshape it`>;

export interface PositionalEncodingLayer extends Layer {
  readonly out: Rule<In<this>>;
}
export const PositionalEncoding: (options?: Partial<PositionalEncodingAttrs>) => PositionalEncodingLayer =
  layerOf(positionalEncoding);

declare module "../op/tensor.js" {
  interface Operators {
    /** Adds to every row of `[length, features]` what tells its place: sines and cosines, or `learned` rows. */
    positionalEncoding<S extends Shape>(
      this: At<Rule<S>, "input", HasShape<S>>,
      options?: Partial<PositionalEncodingAttrs>,
    ): Tensor<Out<Rule<S>>>;
  }
}
