/**
 * multiHeadAttention: every place of a sequence takes from all others, or from those of another sequence, what its heads
 * find alike (Vaswani et al. 2017); as nn.MultiheadAttention with batch_first.
 */
import {
  alone,
  attributes,
  between,
  type Channels,
  causalMask,
  flag,
  type In,
  type Layer,
  layerOf,
  none,
  op,
  type Site,
  type Tensor,
  upTo,
  type WeightSpec,
  whole,
} from "../op/index.js";
import { type At, type HasShape, type Out, type Shape, ShapeMismatch, show } from "../shape/index.js";
import { type AttentionAttrs, backward, forward, packed, threeOf } from "./attention-lowering.js";
import type { CrossRule, SelfRule } from "./attention-types.js";
import { python } from "./normalising.js";

export type { AttentionAttrs } from "./attention-lowering.js";

/** Why attention cannot be between these, if so. */
function wrong(inputs: readonly Shape[], heads: number): string | undefined {
  const names = ["input", "key", "value"];
  const other = inputs.findIndex(shape => shape.length !== 2);
  if (other >= 0) return `${names[other]} must be [length, features], got ${show(inputs[other]!)}; reshape it`;
  const [[, width], key, value] = threeOf(inputs);
  if (key[0] !== value[0]) {
    return `key and value must be of one length, got ${show(key)} and ${show(value)}; give a value for every key`;
  }
  if (width % heads === 0) return undefined;
  return `heads ${heads} must divide the features, got ${width}; choose a divisor of ${width}`;
}

/** Glorot and Bengio 2010, as PyTorch begins. */
const xavier = (role: string, [rows, columns]: readonly [number, number]): WeightSpec => ({
  role,
  shape: [rows, columns],
  init: { kind: "uniform", bound: Math.sqrt(6 / (rows + columns)) },
  trainable: true,
});
const zeros = (role: string, size: number): WeightSpec => ({
  role,
  shape: [size],
  init: { kind: "constant", value: 0 },
  trainable: true,
});

function weights(inputs: readonly Shape[], { bias }: AttentionAttrs): WeightSpec[] {
  const [[, width], [, keyWidth], [, valueWidth]] = threeOf(inputs);
  const outInit = { kind: "uniform", bound: 1 / Math.sqrt(width) } as const;
  return [
    ...(packed(inputs)
      ? [xavier("inProjWeight", [3 * width, width])]
      : [
          xavier("qProjWeight", [width, width]),
          xavier("kProjWeight", [width, keyWidth]),
          xavier("vProjWeight", [width, valueWidth]),
        ]),
    ...(bias ? [zeros("inProjBias", 3 * width)] : []),
    { role: "outProj.weight", shape: [width, width], init: outInit, trainable: true },
    ...(bias ? [zeros("outProj.bias", width)] : []),
  ];
}

/** Projections, products of every query with every key, shares of every value, and the projection of what was seen. */
function cost({ inputs, attrs }: Site<AttentionAttrs>) {
  const [[queries, width], [keys, keyWidth], [, valueWidth]] = threeOf(inputs);
  const products = queries * keys;
  const dropping = attrs.dropout > 0;
  // As counted in PyTorch 1.13, transpositions and views included.
  const recorded = inputs.length === 1 ? 29 : packed(inputs) ? 41 : 40;
  const biases = inputs.length === 1 ? 1 : 4;
  return {
    macs: width * (2 * queries * width + keys * (keyWidth + valueWidth)) + 2 * products * width,
    autogradOps: recorded - (attrs.bias ? 0 : biases) + (dropping ? 1 : 0),
    saved: width * (2 * queries + 2 * keys) + attrs.heads * products * (dropping ? 3 : 1),
    storage: "own" as const,
  };
}

/**
 * A head takes as many features as it gives, and all of them: they stay or go with it. Of keys and values of other widths
 * the features stay as they are: were all of one width, other weights would hold them.
 */
function channels({ inputs, output, attrs }: Site<AttentionAttrs>): Channels | undefined {
  const isPacked = packed(inputs);
  const [[, width], [, keyWidth], [, valueWidth]] = threeOf(inputs);
  if (!isPacked && keyWidth === valueWidth) return undefined;
  const size = width / attrs.heads;
  const heads = upTo(width).map(place => Math.floor(place / size));
  const [inside, read] = [
    { of: "output", axis: 1 },
    { of: 0, axis: 1 },
  ] as const;
  const own: Channels["weights"] = isPacked
    ? { inProjWeight: [{ ...inside, times: 3 }, read] }
    : { qProjWeight: [inside, read], kProjWeight: [inside, undefined], vProjWeight: [inside, undefined] };
  return {
    inputs: inputs.map((shape, i) => (i === 0 || isPacked ? alone(shape, 1, heads) : shape.map(() => undefined))),
    output: alone(output, 1, heads),
    weights: {
      ...own,
      inProjBias: [{ ...inside, times: 3 }],
      "outProj.weight": [inside, inside],
      "outProj.bias": [inside],
    },
    // Another head has as many features: what a product is divided by stays.
    blocks: true,
    attrs: next => ({ ...attrs, heads: next.output[1]! / size }),
  };
}

export const multiHeadAttention = op<AttentionAttrs>({
  name: "multiHeadAttention",
  attrs: attributes({
    heads: whole("heads", 1),
    dropout: between("dropout", 0, 1).default(0),
    bias: flag("bias").default(true),
    causal: flag("causal").default(false),
  }),
  args: (heads: unknown, options?: object) => ({ heads, ...options }),
  arity: { oneOf: [1, 3] },
  random: ({ dropout }) => dropout > 0,
  shape: (inputs, { heads }) => {
    const sentence = wrong(inputs, heads);
    if (sentence !== undefined) throw new ShapeMismatch(`multiHeadAttention: ${sentence}`);
    return inputs[0]!;
  },
  weights,
  cost,
  forward,
  backward,
  channels,
  sample: (random, inputs) => {
    if (wrong(inputs, 1) !== undefined) return undefined;
    const width = inputs[0]![1]!;
    const divisors = Array.from({ length: width }, (_, i) => i + 1).filter(heads => width % heads === 0);
    const [heads, dropout] = [random.pick(divisors), random.pick([0, 0, 0.1])];
    return { heads, dropout, bias: random.chance(), causal: random.chance() };
  },
  fromPytorch: [
    {
      signatures: [
        "nn.MultiheadAttention(embed_dim, num_heads, dropout=0, bias=True, add_bias_kv=False, add_zero_attn=False, kdim=embed_dim, vdim=embed_dim, batch_first=False)",
      ],
      call: "call(query, key, value, key_padding_mask=None, need_weights=True, attn_mask=None, average_attn_weights=True, is_causal=False)",
      states: { parameter: "embed_dim", axis: -1 },
      tuple: true,
      // What gives the weights, or says how they are kept, changes nothing of the output.
      batch: ({ batch_first }) => (batch_first === true ? 0 : 1),
      attrs: ({ num_heads, dropout, bias, attn_mask, kdim: _, vdim: __ }) => {
        if (attn_mask !== null && attn_mask !== causalMask) return undefined;
        return { heads: num_heads, dropout, bias, causal: attn_mask === causalMask };
      },
    },
  ],
  spellings: {
    keras: ({ inputs, attrs: { heads, dropout, bias, causal } }) => {
      const options = [heads, inputs[0]![1]! / heads, `dropout=${dropout}`, `use_bias=${python(bias)}`];
      const mask = causal ? ", use_causal_mask=True" : "";
      return {
        layer: `layers.MultiHeadAttention(${options.join(", ")})`,
        // The value stands before the key.
        call: (layer, [query, key = query, value = key]) => `${layer}(${query}, ${value}, ${key}${mask})`,
      };
    },
    flux: ({ inputs, attrs: { heads, dropout, bias, causal } }) => {
      const [[queries, width], [keys, keyWidth], [, valueWidth]] = threeOf(inputs);
      if (causal && queries !== keys) return none("its causal mask is for as many queries as keys");
      const sizes = packed(inputs) ? width : `(${width}, ${keyWidth}, ${valueWidth}) => ${width} => ${width}`;
      return {
        layer: `MultiHeadAttention(${sizes}; nheads=${heads}, bias=${bias}, dropout_prob=${dropout})`,
        // Beside it stand the weights of the attention.
        call: (layer, given) =>
          `first(${layer}(${given.join(", ")}${causal ? `; mask=Flux.NNlib.make_causal_mask(${given[0]})` : ""}))`,
      };
    },
  },
  pytorch: ({ inputs, attrs: { heads, dropout, bias, causal } }) => {
    const [[queries, width], [keys, keyWidth], [, valueWidth]] = threeOf(inputs);
    const mask = causal ? `, attn_mask=torch.ones(${queries}, ${keys}, dtype=torch.bool).triu(1)` : "";
    const [widths, options] = [`kdim=${keyWidth}, vdim=${valueWidth}`, `dropout=${dropout}, bias=${python(bias)}`];
    return {
      module: `nn.MultiheadAttention(${width}, ${heads}, ${options}, ${widths}, batch_first=True)`,
      call: (module, [query, key = query, value = key]) =>
        `${module}(${query}, ${key}, ${value}, need_weights=False${mask})[0]`,
    };
  },
});

interface AttentionOptions<P> {
  /** Probability with which, while training, what a place takes from another is dropped; 0 unless told. */
  readonly dropout?: P;
  readonly bias?: boolean;
  /** No place sees a later one; false unless told. */
  readonly causal?: boolean;
}
export interface MultiHeadAttentionLayer<H extends number, P extends number> extends Layer {
  readonly out: SelfRule<In<this>, H, P>;
}
/** Attention of a sequence to itself. */
export const MultiHeadAttention: <H extends number, P extends number = 0, W = SelfRule<Shape, H, P>>(
  heads: At<W, "heads", H>,
  options?: AttentionOptions<At<W, "dropout", P>>,
) => MultiHeadAttentionLayer<H, P> = layerOf(multiHeadAttention);

declare module "../op/tensor.js" {
  interface Operators {
    /** Attention of `[length, features]` to itself, in `heads`, which divide the features: the same shape. */
    multiHeadAttention<S extends Shape, H extends number, P extends number = 0, W = SelfRule<S, H, P>>(
      this: HasShape<S>,
      heads: At<W, "heads", H>,
      options?: AttentionOptions<At<W, "dropout", P>>,
    ): Tensor<Out<W>>;
    /** Attention to a `key` `[keys, ...]` with a `value` `[keys, ...]` for each: the shape of the query. */
    multiHeadAttention<
      S extends Shape,
      K extends HasShape,
      V extends HasShape,
      H extends number,
      P extends number = 0,
      W = CrossRule<S, K["shape"], V["shape"], H, P>,
    >(
      this: HasShape<S>,
      key: At<W, "key", K>,
      value: At<W, "value", V>,
      heads: At<W, "heads", H>,
      options?: AttentionOptions<At<W, "dropout", P>>,
    ): Tensor<Out<W>>;
  }
}
