/**
 * localResponseNorm: every element divided by (k + alpha / size * sum of squares)^beta, the sum over `size` neighbouring
 * channels (Krizhevsky et al. 2012; the mean of the squares, as in PyTorch).
 */
import {
  attributes,
  type Emit,
  type In,
  type Layer,
  layerOf,
  op,
  positive,
  sameButAlong,
  type Tensor,
  type Value,
  whole,
} from "../op/index.js";
import {
  type At,
  type FirstWrong,
  type HasShape,
  type Out,
  type Positive,
  type PositiveArg,
  product,
  type Shape,
  ShapeMismatch,
  type Show,
  show,
  type Whole,
  type WholeArg,
  type Wrong,
} from "../shape/index.js";

export interface LocalResponseNormAttrs {
  /** Number of neighbouring channels. */
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;
}

/** Mean over `size` channels, of which `before` stand in front; channels that there are not count as 0. */
function meanOfChannels(emit: Emit, x: Value, shape: Shape, size: number, before: number): Value {
  // The batch, one plane of channels by space: what the pooling wants.
  const plane = emit.op("Reshape", [x, emit.ints([-1, 1, shape[0]!, product(shape.slice(1))])]);
  const mean = emit.op("AveragePool", [plane], {
    kernel_shape: [size, 1],
    pads: [before, 0, size - 1 - before, 0],
    count_include_pad: 1,
  });
  return emit.op("Reshape", [mean, emit.ints([-1, ...shape])]);
}

export const localResponseNorm = op<LocalResponseNormAttrs>({
  name: "localResponseNorm",
  attrs: attributes({
    size: whole("size", 1),
    alpha: positive("alpha").default(1e-4),
    beta: positive("beta").default(0.75),
    k: positive("k").default(1),
  }),
  args: (size: unknown, options?: object) => ({ size, ...options }),
  arity: 1,
  shape: ([x]) => {
    if (x!.length < 2) {
      throw new ShapeMismatch(
        `localResponseNorm: input must be channels and spatial axes, got ${show(x!)}; reshape it first`,
      );
    }
    return x!;
  },
  weights: () => [],
  // PyTorch reshapes what has more than one spatial axis.
  cost: ({ output }) => ({
    macs: 0,
    autogradOps: output.length === 2 ? 9 : 11,
    saved: product(output),
    storage: "own",
  }),
  forward: (emit, { x, inputs: [shape], attrs: { size, alpha, beta, k } }) => {
    const squares = emit.op("Mul", [x[0]!, x[0]!]);
    const mean = meanOfChannels(emit, squares, shape!, size, size >> 1);
    const divisor = emit.op("Add", [emit.op("Mul", [mean, emit.float(alpha)]), emit.float(k)]);
    const factor = emit.op("Pow", [divisor, emit.float(-beta)]);
    return { y: emit.op("Mul", [x[0]!, factor]), saved: { divisor, factor } };
  },
  // dy factor - 2 alpha beta x * mean(dy y / divisor), the mean over the channels whose sums the element is in.
  backward: (emit, { x, y, dy, saved, inputs: [shape], attrs: { size, alpha, beta } }) => {
    const shares = emit.op("Mul", [dy, emit.op("Div", [y, saved.divisor!])]);
    const mean = meanOfChannels(emit, shares, shape!, size, (size - 1) >> 1);
    const through = emit.op("Mul", [emit.op("Mul", [x[0]!, emit.float(2 * alpha * beta)]), mean]);
    return { inputs: [emit.op("Sub", [emit.op("Mul", [dy, saved.factor!]), through])] };
  },
  channels: sameButAlong(() => [0]),
  sample: (random, [x]) =>
    x!.length < 2
      ? undefined
      : { size: random.int(1, 7), alpha: random.int(1, 20) / 10, beta: random.int(1, 20) / 10, k: random.int(1, 3) },
  fromOnnx: [
    {
      operators: ["LRN"],
      read: site => {
        const size = site.int("size", 0);
        // An even window has one more before its channel here, and behind it there.
        if (size % 2 === 0) return undefined;
        return {
          attrs: { size, alpha: site.float("alpha", 1e-4), beta: site.float("beta", 0.75), k: site.float("bias", 1) },
        };
      },
    },
  ],
  fromPytorch: [
    {
      signatures: ["nn.LocalResponseNorm(", "F.local_response_norm(input, "].map(
        call => `${call}size, alpha=0.0001, beta=0.75, k=1)`,
      ),
      attrs: ({ size, alpha, beta, k }) => ({ size, alpha, beta, k }),
    },
  ],
  pytorch: ({ attrs: { size, alpha, beta, k }, inputs: [x] }) => ({
    module: `nn.LocalResponseNorm(${size}, ${alpha}, ${beta}, ${k})`,
    // It looks at maps in another shape, which PyTorch cannot do to what was transposed.
    ...(x!.length > 2 && { before: (input: string) => `${input}.contiguous()` }),
  }),
});

type Op = "localResponseNorm";
type Rule<S extends Shape, N extends number, A extends number, B extends number, K extends number> =
  FirstWrong<
    [Whole<Op, "size", N>, Positive<Op, "alpha", A>, Positive<Op, "beta", B>, Positive<Op, "k", K>]
  > extends infer W
    ? [W] extends [never]
      ? S extends readonly [] | readonly [number]
        ? Wrong<"size", `localResponseNorm: input must be channels and spatial axes, got ${Show<S>}; reshape it first`>
        : S
      : W
    : never;

interface LocalResponseNormOptions<A, B, K> {
  /** Factor of the mean square; 1e-4 unless told. */
  readonly alpha?: A;
  /** Exponent; 0.75 unless told. */
  readonly beta?: B;
  /** What the mean square is added to; 1 unless told. */
  readonly k?: K;
}
export interface LocalResponseNormLayer<N extends number, A extends number, B extends number, K extends number>
  extends Layer {
  readonly out: Rule<In<this>, N, A, B, K>;
}
export const LocalResponseNorm: <N extends number, A extends number = 1, B extends number = 1, K extends number = 1>(
  size: WholeArg<Op, "size", N>,
  options?: LocalResponseNormOptions<PositiveArg<Op, "alpha", A>, PositiveArg<Op, "beta", B>, PositiveArg<Op, "k", K>>,
) => LocalResponseNormLayer<N, A, B, K> = layerOf(localResponseNorm);

declare module "../op/tensor.js" {
  interface Operators {
    /** Every element divided by a power of the mean square over `size` neighbouring channels. */
    localResponseNorm<
      S extends Shape,
      N extends number,
      A extends number = 1,
      B extends number = 1,
      K extends number = 1,
    >(
      this: HasShape<S>,
      size: At<Rule<S, N, A, B, K>, "size", N>,
      options?: LocalResponseNormOptions<
        At<Rule<S, N, A, B, K>, "alpha", A>,
        At<Rule<S, N, A, B, K>, "beta", B>,
        At<Rule<S, N, A, B, K>, "k", K>
      >,
    ): Tensor<Out<Rule<S, N, A, B, K>>>;
  }
}
