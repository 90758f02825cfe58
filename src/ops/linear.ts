/** linear: y = x Wᵀ + b on the last axis. */
import {
  attributes,
  type BackwardCall,
  contracted,
  type Emit,
  flag,
  type In,
  type Layer,
  layerOf,
  op,
  type Tensor,
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

export const linear = op<LinearAttrs>({
  name: "linear",
  attrs: attributes({ outFeatures: whole("outFeatures", 1), bias: flag("bias").default(true) }),
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
  sample: (random, [x], { output, maxChannels = 64 }) => {
    if (x!.length === 0 || (output && output.length !== x!.length)) return undefined;
    return { outFeatures: output?.at(-1) ?? random.int(1, maxChannels), bias: random.chance() };
  },
  fromPytorch: [
    {
      signatures: ["nn.Linear(in_features, out_features, bias=True)"],
      states: { parameter: "in_features", axis: -1 },
      attrs: ({ out_features, bias }) => ({ outFeatures: out_features, bias }),
    },
  ],
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
