/** bilinear: yₒ = x1ᵀ Aₒ x2 + bₒ of two vectors, or of every two rows, as nn.Bilinear. */
import {
  alone,
  attributes,
  type BackwardCall,
  type Call,
  type Emit,
  flag,
  op,
  type Tensor,
  upFrom,
  upTo,
  type Value,
  whole,
} from "../op/index.js";
import {
  type At,
  type HasShape,
  type Out,
  product,
  type SameShape,
  type Shape,
  ShapeMismatch,
  type Show,
  sameShape,
  show,
  type Unranked,
  type Whole,
  type Wrong,
} from "../shape/index.js";

export interface BilinearAttrs {
  readonly outFeatures: number;
  readonly bias: boolean;
}

const fits = (a: Shape, b: Shape): boolean => a.length > 0 && b.length > 0 && sameShape(a.slice(0, -1), b.slice(0, -1));
const features = ([a, b]: readonly Shape[]): [number, number] => [a!.at(-1)!, b!.at(-1)!];

export const bilinear = op<BilinearAttrs>({
  name: "bilinear",
  attrs: attributes({ outFeatures: whole("outFeatures", 1), bias: flag("bias").default(true) }),
  args: (outFeatures: unknown, options?: object) => ({ outFeatures, ...options }),
  arity: 2,
  shape: ([a, b], { outFeatures }) => {
    if (fits(a!, b!)) return [...a!.slice(0, -1), outFeatures];
    throw new ShapeMismatch(
      `bilinear: shapes must be equal but for the last axis, got ${show(a!)} and ${show(b!)}; bring them to one size first`,
    );
  },
  weights: (inputs, { outFeatures, bias }) => {
    const [f1, f2] = features(inputs);
    const init = { kind: "uniform", bound: 1 / Math.sqrt(f1) } as const;
    const weight = { role: "weight", shape: [outFeatures, f1, f2], init, trainable: true };
    return bias ? [weight, { role: "bias", shape: [outFeatures], init, trainable: true }] : [weight];
  },
  cost: ({ inputs, attrs }) => {
    const pairs = product(inputs[0]!) * inputs[1]!.at(-1)!;
    return { macs: pairs * (1 + attrs.outFeatures), autogradOps: attrs.bias ? 2 : 1, saved: 0, storage: "own" };
  },
  forward,
  backward,
  channels: ({ inputs, output, attrs }) => {
    const [first, second] = features(inputs);
    const last = output.length - 1;
    const made = upFrom(first + second, output[last]!);
    return {
      inputs: [alone(inputs[0]!, last, upTo(first)), alone(inputs[1]!, last, upFrom(first, second))],
      output: alone(output, last, made),
      weights: {
        weight: [
          { of: "output", axis: last },
          { of: 0, axis: last },
          { of: 1, axis: last },
        ],
        bias: [{ of: "output", axis: last }],
      },
      attrs: next => ({ ...attrs, outFeatures: next.output[last]! }),
    };
  },
  sample: (random, [a, b], { output, maxChannels = 64 }) => {
    if (!fits(a!, b!) || (output && output.length !== a!.length)) return undefined;
    return { outFeatures: output?.at(-1) ?? random.int(1, maxChannels), bias: random.chance() };
  },
  fromPytorch: [
    {
      signatures: ["nn.Bilinear(in1_features, in2_features, out_features, bias=True)"],
      states: { parameter: "in1_features", axis: -1 },
      attrs: ({ in2_features, out_features, bias }, { inputs: [, second] }) =>
        in2_features === second?.at(-1) ? { outFeatures: out_features, bias } : undefined,
    },
  ],
  pytorch: ({ inputs, attrs }) => ({
    module: `nn.Bilinear(${features(inputs)}, ${attrs.outFeatures}, bias=${attrs.bias ? "True" : "False"})`,
  }),
});

/** The weight as a matrix: a row for each output, a column for each pair of features. */
const matrix = (emit: Emit, weight: Value, { inputs, attrs }: Call<BilinearAttrs>): Value =>
  emit.op("Reshape", [weight, emit.ints([attrs.outFeatures, product(features(inputs))])]);

/** All products of two features as rows; then the op is linear. */
function forward(emit: Emit, call: Call<BilinearAttrs>) {
  const { x, w, inputs, output } = call;
  const [f1, f2] = features(inputs);
  const first = emit.op("Reshape", [x[0]!, emit.ints([-1, f1, 1])]);
  const second = emit.op("Reshape", [x[1]!, emit.ints([-1, 1, f2])]);
  const pairs = emit.op("Reshape", [emit.op("Mul", [first, second]), emit.ints([-1, f1 * f2])]);
  const bias = w.bias === undefined ? [] : [w.bias];
  const y = emit.op("Gemm", [pairs, matrix(emit, w.weight!, call), ...bias], { transB: 1 });
  return { y: emit.op("Reshape", [y, emit.ints([-1, ...output])]), saved: { first, second, pairs } };
}

function backward(emit: Emit, call: BackwardCall<BilinearAttrs>) {
  const { w, dy, inputs, attrs, needs } = call;
  const { first, second, pairs } = call.saved as Record<"first" | "second" | "pairs", Value>;
  const [f1, f2] = features(inputs);
  const rows = emit.op("Reshape", [dy, emit.ints([-1, attrs.outFeatures])]);
  const flat = emit.op("Gemm", [rows, pairs], { transA: 1 });
  const weight = emit.op("Reshape", [flat, emit.ints([attrs.outFeatures, f1, f2])]);
  const bias = w.bias === undefined ? {} : { bias: emit.op("ReduceSum", [rows, emit.ints([0])], { keepdims: 0 }) };
  const weights = { weight, ...bias };
  if (!needs.includes(true)) return { inputs: [undefined, undefined], weights };
  const products = emit.op("MatMul", [rows, matrix(emit, w.weight!, call)]);
  const dPairs = emit.op("Reshape", [products, emit.ints([-1, f1, f2])]);
  const summed = (other: Value, axis: number, shape: Shape): Value =>
    emit.op("Reshape", [
      emit.op("ReduceSum", [emit.op("Mul", [dPairs, other]), emit.ints([axis])]),
      emit.ints([-1, ...shape]),
    ]);
  return {
    inputs: [needs[0] ? summed(second, 2, inputs[0]!) : undefined, needs[1] ? summed(first, 1, inputs[1]!) : undefined],
    weights,
  };
}

type Rule<A extends Shape, B extends Shape, F extends number> =
  Whole<"bilinear", "outFeatures", F> extends infer W
    ? [W] extends [never]
      ? true extends Unranked<A> | Unranked<B>
        ? Shape
        : [A, B] extends [
              readonly [...infer AL extends Shape, infer _ extends number],
              readonly [...infer BL extends Shape, infer _ extends number],
            ]
          ? SameShape<AL, BL> extends true
            ? [...AL, F]
            : Refused<A, B>
          : Refused<A, B>
      : W
    : never;
type Refused<A extends Shape, B extends Shape> = Wrong<
  "other",
  `bilinear: shapes must be equal but for the last axis, got ${Show<A>} and ${Show<B>}; bring them to one size first`
>;

declare module "../op/tensor.js" {
  interface Operators {
    /** `x1ᵀ A x2 + b` on the last axes: `[..., features1]` and `[..., features2]` to `[..., outFeatures]`. */
    bilinear<S extends Shape, B extends HasShape, F extends number>(
      this: HasShape<S>,
      other: At<Rule<S, B["shape"], F>, "other", B>,
      outFeatures: At<Rule<S, B["shape"], F>, "outFeatures", F>,
      options?: { readonly bias?: boolean },
    ): Tensor<Out<Rule<S, B["shape"], F>>>;
  }
}
