/** linear: y = x Wᵀ + b on the last axis. */
import {
  attributes,
  type BackwardCall,
  type Constant,
  contracted,
  type Emit,
  filledConstant,
  flag,
  flatConstant,
  type In,
  type Key,
  type Layer,
  layerOf,
  none,
  type OnnxMeaning,
  type OnnxSite,
  op,
  orLazy,
  readAttrs,
  type Tensor,
  turned,
  unitWeights,
  type Value,
  whole,
} from "../op/index.js";
import {
  type At,
  type HasShape,
  type Out,
  product,
  type Shape,
  ShapeMismatch,
  type Unranked,
  type Whole,
  type WholeArg,
  type Wrong,
} from "../shape/index.js";

export interface LinearAttrs {
  readonly outFeatures: number;
  readonly bias: boolean;
}

/** Everything but the last axis as rows. */
const rows = (emit: Emit, x: Value, features: number): Value => emit.op("Reshape", [x, emit.ints([-1, features])]);

/** A product with a matrix [inFeatures, outFeatures] in the file, and what is added to every row of it. */
function linearOf(
  site: OnnxSite,
  key: Key,
  matrix: Constant | undefined,
  added: Constant | undefined,
): OnnxMeaning | undefined {
  const shape = site.tensor(key);
  if (!shape || matrix?.dims.length !== 2 || shape[site.axis(-1, key)] !== matrix.dims[0]) return undefined;
  const outFeatures = matrix.dims[1]!;
  const weight = turned(matrix);
  if (!added) return { attrs: { outFeatures, bias: false }, inputs: [key], weights: { weight } };
  const isOne = added.data.length === 1;
  if (
    added.dims.length > site.rank(key) ||
    !(isOne || (added.data.length === outFeatures && added.dims.at(-1) === outFeatures))
  )
    return undefined;
  const bias = isOne ? filledConstant([outFeatures], added.data[0]!) : flatConstant(added);
  return { attrs: { outFeatures }, inputs: [key], weights: { weight, bias } };
}

const attrs = attributes({ outFeatures: whole("outFeatures", 1), bias: flag("bias").default(true) });

export const linear = op<LinearAttrs>({
  name: "linear",
  attrs,
  args: (outFeatures: unknown, options?: object) => ({ outFeatures, ...options }),
  arity: 1,
  shape: ([x], { outFeatures }) => {
    if (x!.length === 0) throw new ShapeMismatch("linear: input needs at least one axis, got []; reshape it to [1]");
    return [...x!.slice(0, -1), outFeatures];
  },
  weights: ([x], { outFeatures, bias }) => {
    const inFeatures = x!.at(-1)!;
    const init = { kind: "uniform", bound: 1 / Math.sqrt(inFeatures) } as const;
    const weight = { role: "weight", shape: [outFeatures, inFeatures], init, trainable: true };
    return bias ? [weight, { role: "bias", shape: [outFeatures], init, trainable: true }] : [weight];
  },
  // PyTorch records the transposition of the weight and the product.
  cost: ({ inputs: [x], attrs }) => ({
    macs: product(x!) * attrs.outFeatures,
    autogradOps: 2,
    saved: 0,
    storage: "own",
  }),
  forward: (emit, { x, w, inputs, output }) => {
    const bias = w.bias === undefined ? [] : [w.bias];
    const flat = inputs[0]!.length === 1 ? x[0]! : rows(emit, x[0]!, inputs[0]!.at(-1)!);
    const y = emit.op("Gemm", [flat, w.weight!, ...bias], { transB: 1 });
    return { y: inputs[0]!.length === 1 ? y : emit.op("Reshape", [y, emit.ints([-1, ...output])]) };
  },
  backward: (emit, { x, w, dy, inputs: [shape], attrs, needs }: BackwardCall<LinearAttrs>) => {
    const vector = shape!.length === 1;
    const dy2 = vector ? dy : rows(emit, dy, attrs.outFeatures);
    const x2 = vector ? x[0]! : rows(emit, x[0]!, shape!.at(-1)!);
    const weight = emit.op("Gemm", [dy2, x2], { transA: 1 });
    const bias = w.bias === undefined ? {} : { bias: emit.op("ReduceSum", [dy2, emit.ints([0])], { keepdims: 0 }) };
    if (!needs[0]) return { inputs: [undefined], weights: { weight, ...bias } };
    const dx = emit.op("MatMul", [dy2, w.weight!]);
    return {
      inputs: [vector ? dx : emit.op("Reshape", [dx, emit.ints([-1, ...shape!])])],
      weights: { weight, ...bias },
    };
  },
  channels: contracted(({ inputs: [x] }) => x!.length - 1, "outFeatures"),
  identity: (x, wanted) => {
    const outFeatures = x.at(-1)!;
    const read = readAttrs({ name: "linear", attrs }, { ...wanted, outFeatures });
    return { attrs: read, weights: unitWeights([outFeatures, outFeatures], read.bias) };
  },
  sample: (random, [x], { output, maxChannels = 64 }) => {
    if (x!.length === 0 || (output && output.length !== x!.length)) return undefined;
    return { outFeatures: output?.at(-1) ?? random.int(1, maxChannels), bias: random.chance() };
  },
  fromOnnx: [
    {
      pattern: ["m = MatMul(x, weight)", "y = Add(m, bias)"],
      batch: "anywhere",
      read: site => linearOf(site, "x", site.constant("weight"), site.constant("bias")),
    },
    {
      operators: ["MatMul"],
      batch: "anywhere",
      read: site => linearOf(site, 0, site.constant(1), undefined),
    },
    {
      operators: ["Gemm"],
      batch: "anywhere",
      read: site => {
        const [alpha, beta] = [site.float("alpha", 1), site.float("beta", 1)];
        if (alpha !== 1 || beta !== 1 || site.int("transA", 0) === 1 || site.tensor(2)) return undefined;
        const weight = site.constant(1);
        return linearOf(site, 0, site.int("transB", 0) === 1 && weight ? turned(weight) : weight, site.constant(2));
      },
    },
  ],
  fromPytorch: orLazy({
    signatures: ["nn.Linear(in_features, out_features, bias=True)"],
    states: { parameter: "in_features", axis: -1 },
    attrs: ({ out_features, bias }) => ({ outFeatures: out_features, bias }),
  }),
  spellings: {
    keras: ({ attrs: a }) => ({ layer: `layers.Dense(${a.outFeatures}${a.bias ? "" : ", use_bias=False"})` }),
    flux: ({ attrs: a, inputs: [x] }) => ({
      layer: `Dense(${x!.at(-1)} => ${a.outFeatures}${a.bias ? "" : "; bias=false"})`,
    }),
    arraymancer: ({ attrs: a, inputs: [x] }) => {
      if (x!.length !== 1) return none("its Linear takes one axis");
      return a.bias ? { layer: `Linear(${x}, ${a.outFeatures})` } : none("its Linear has a bias");
    },
    grenade: ({ attrs: a, inputs: [x] }) => {
      if (x!.length !== 1) return none("its FullyConnected takes one axis");
      return a.bias ? { layer: `FullyConnected ${x} ${a.outFeatures}` } : none("its FullyConnected has a bias");
    },
  },
  pytorch: ({ inputs: [x], attrs }) => ({
    module: `nn.Linear(${x!.at(-1)}, ${attrs.outFeatures}, bias=${attrs.bias ? "True" : "False"})`,
  }),
});

type Rule<S extends Shape, F extends number> =
  Whole<"linear", "outFeatures", F> extends infer W
    ? [W] extends [never]
      ? Unranked<S> extends true
        ? Shape
        : S extends readonly [...infer Rows extends Shape, number]
          ? [...Rows, F]
          : Wrong<"outFeatures", "linear: input needs at least one axis, got []; reshape it to [1]">
      : W
    : never;

interface LinearOptions {
  readonly bias?: boolean;
}
export interface LinearLayer<F extends number> extends Layer {
  readonly out: Rule<In<this>, F>;
}
export const Linear: <F extends number>(
  outFeatures: WholeArg<"linear", "outFeatures", F>,
  options?: LinearOptions,
) => LinearLayer<F> = layerOf(linear);

declare module "../op/tensor.js" {
  interface Operators {
    /** `x Wᵀ + b` on the last axis: `[..., inFeatures]` to `[..., outFeatures]`. */
    linear<S extends Shape, F extends number>(
      this: HasShape<S>,
      outFeatures: At<Rule<S, F>, "outFeatures", F>,
      options?: LinearOptions,
    ): Tensor<Out<Rule<S, F>>>;
  }
}
