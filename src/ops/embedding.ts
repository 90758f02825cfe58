/** embedding: a learned row of features for every place in the input, as nn.Embedding. */
import {
  alone,
  attributes,
  type BackwardCall,
  type Emit,
  type In,
  type Key,
  type Layer,
  layerOf,
  none,
  type OnnxMeaning,
  type OnnxSite,
  op,
  type Tensor,
  upTo,
  type Value,
  whole,
} from "../op/index.js";
import {
  type At,
  type Difference,
  type FirstWrong,
  type HasShape,
  type Out,
  type Shape,
  ShapeMismatch,
  type Unranked,
  type Whole,
  type WholeFrom0,
  type Wrong,
} from "../shape/index.js";

export interface EmbeddingAttrs {
  /** Rows: the input holds whole numbers from 0 to below this. */
  readonly count: number;
  readonly features: number;
  /** A row that begins at 0 and does not learn: what fills up shorter samples. */
  readonly paddingIndex?: number | undefined;
}

/** Values are float32 everywhere in a graph; whole numbers are exact in it up to 16,777,216. */
const places = (emit: Emit, x: Value): Value => emit.op("Cast", [x], { to: 7 });

export const embedding = op<EmbeddingAttrs>({
  name: "embedding",
  attrs: attributes({
    count: whole("count", 1),
    features: whole("features", 1),
    paddingIndex: whole("paddingIndex", 0).optional(),
  }),
  args: (count: unknown, features: unknown, options?: object) => ({ count, features, ...options }),
  arity: 1,
  indices: ({ count }) => count,
  shape: ([x], { count, features, paddingIndex = 0 }) => {
    if (paddingIndex >= count) {
      throw new ShapeMismatch(`embedding: paddingIndex must be below ${count}, got ${paddingIndex}; count rows from 0`);
    }
    return [...x!, features];
  },
  weights: (_, { count, features, paddingIndex }) => [
    {
      role: "weight",
      shape: [count, features],
      init: { kind: "normal", std: 1 },
      trainable: true,
      zeroRow: paddingIndex,
    },
  ],
  cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "own" }),
  forward: (emit, { x, w }) => ({ y: emit.op("Gather", [w.weight!, places(emit, x[0]!)]) }),
  backward: (emit, call) => ({ inputs: [undefined], weights: { weight: gathered(emit, call) } }),
  channels: ({ inputs: [x], output, attrs }) => {
    const axis = x!.length;
    return {
      inputs: [x!.map(() => undefined)],
      output: alone(output, axis, upTo(output[axis]!)),
      weights: { weight: [undefined, { of: "output", axis }] },
      attrs: next => ({ ...attrs, features: next.output[axis]! }),
    };
  },
  sample: (random, [x], { output, maxChannels = 64 }) => {
    if (output && output.length !== x!.length + 1) return undefined;
    const count = random.int(1, 20);
    const features = output?.at(-1) ?? random.int(1, maxChannels);
    return { count, features, ...(random.chance() ? { paddingIndex: random.int(0, count - 1) } : {}) };
  },
  fromOnnx: [
    {
      // Numbers that are made whole before: the op does that itself.
      pattern: ["places = Cast(x)", "y = Gather(table, places)"],
      batch: "anywhere",
      read: site => ([6, 7].includes(site.int("to", 0, "places")) ? table(site, "table", "x") : undefined),
    },
    { operators: ["Gather"], batch: "anywhere", read: site => table(site, 0, 1) },
  ],
  fromPytorch: [
    {
      signatures: [
        "nn.Embedding(num_embeddings, embedding_dim, padding_idx=None, max_norm=None, norm_type=2, scale_grad_by_freq=False, sparse=False)",
      ],
      attrs: ({ num_embeddings, embedding_dim, padding_idx, norm_type: _, sparse: __ }) => ({
        ...{ count: num_embeddings, features: embedding_dim },
        ...(padding_idx === null ? {} : { paddingIndex: padding_idx }),
      }),
    },
  ],
  spellings: {
    keras: ({ attrs: { count, features, paddingIndex } }) =>
      paddingIndex === undefined
        ? { layer: `layers.Embedding(${count}, ${features})` }
        : none("no row of its Embedding stays 0; leave out paddingIndex"),
    flux: ({ attrs: { count, features, paddingIndex } }) =>
      paddingIndex === undefined
        ? {
            layer: `Embedding(${count} => ${features})`,
            // Julia counts from 1.
            call: (layer, [x]) => `${layer}(Int.(${x}) .+ 1)`,
          }
        : none("no row of its Embedding stays 0; leave out paddingIndex"),
  },
  pytorch: ({ attrs: { count, features, paddingIndex = "None" } }) => ({
    module: `nn.Embedding(${count}, ${features}, padding_idx=${paddingIndex})`,
    call: (module, [x]) => `${module}(${x}.long())`,
  }),
});

/** A table of rows for places, as Gather reads it. */
function table(site: OnnxSite, rows: Key, places: Key): OnnxMeaning | undefined {
  const weight = site.constant(rows);
  if (weight?.dims.length !== 2 || site.int("axis", 0) !== 0 || !site.tensor(places)) return undefined;
  const [count, features] = weight.dims;
  return { attrs: { count, features }, inputs: [places], weights: { weight } };
}

/**
 * The rows of the gradient, each added where it was taken from. ScatterND is the fastest of three ways, from 1.4 to 60
 * times (docs/notes/attention.md). It adds exactly on one thread, on which every session here runs; on several, ONNX
 * Runtime's loses sums of equal places (its issue 18048).
 */
function gathered(emit: Emit, { x, dy, attrs }: BackwardCall<EmbeddingAttrs>): Value {
  const { count, features, paddingIndex } = attrs;
  const rows = emit.op("Reshape", [places(emit, x[0]!), emit.ints([-1, 1])]);
  const all = emit.op("Reshape", [dy, emit.ints([-1, features])]);
  const updates =
    paddingIndex === undefined
      ? all
      : emit.op("Where", [emit.op("Equal", [rows, emit.ints(paddingIndex)]), emit.float(0), all]);
  const zeros = emit.op("ConstantOfShape", [emit.ints([count, features])]);
  return emit.op("ScatterND", [zeros, rows, updates], { reduction: "add" });
}

type Rule<S extends Shape, C extends number, F extends number, P extends number> =
  FirstWrong<
    [Whole<"embedding", "count", C>, Whole<"embedding", "features", F>, WholeFrom0<"embedding", "paddingIndex", P>]
  > extends infer W
    ? [W] extends [never]
      ? Outside<C, P> extends infer W2
        ? [W2] extends [never]
          ? Unranked<S> extends true
            ? Shape
            : S extends Shape
              ? [...S, F]
              : never
          : W2
        : never
      : W
    : never;
type Outside<C extends number, P extends number> = [P] extends [never]
  ? never
  : Difference<C, P> extends null | 0
    ? Wrong<"paddingIndex", `embedding: paddingIndex must be below ${C}, got ${P}; count rows from 0`>
    : never;

interface EmbeddingOptions<P> {
  /** A row that begins at 0 and does not learn; none unless told. */
  readonly paddingIndex?: P;
}
export interface EmbeddingLayer<C extends number, F extends number, P extends number> extends Layer {
  readonly out: Rule<In<this>, C, F, P>;
}
export const Embedding: <C extends number, F extends number, P extends number = never, W = Rule<Shape, C, F, P>>(
  count: At<W, "count", C>,
  features: At<W, "features", F>,
  options?: EmbeddingOptions<At<W, "paddingIndex", P>>,
) => EmbeddingLayer<C, F, P> = layerOf(embedding);

declare module "../op/tensor.js" {
  interface Operators {
    /** For every whole number in the input, from 0 to below `count`, its learned row: `[...]` to `[..., features]`. */
    embedding<S extends Shape, C extends number, F extends number, P extends number = never, W = Rule<S, C, F, P>>(
      this: HasShape<S>,
      count: At<W, "count", C>,
      features: At<W, "features", F>,
      options?: EmbeddingOptions<At<W, "paddingIndex", P>>,
    ): Tensor<Out<W>>;
  }
}
