/**
 * lpPool1d-3d: the p-th root of the sum of the p-th powers of every window, as PyTorch has it: with p = 1 the sum, with
 * p = 2 the length of the window as a vector. The elements themselves are raised, not their amounts, so that an odd p
 * other than 1 wants inputs that are not negative. A window beyond the end (ceilMode) counts as if it were whole.
 */
import {
  attributes,
  type Emit,
  type In,
  type Layer,
  layerOf,
  type Op,
  op,
  positive,
  sameFirstAxis,
  type Tensor,
  type Value,
} from "../op/index.js";
import {
  type At,
  type HasShape,
  type Out,
  type PerAxisArg,
  type Positive,
  type PositiveArg,
  product,
  type Rank,
  type Shape,
  type Sizes,
} from "../shape/index.js";
import { python } from "./normalising.js";
import type { PoolRule } from "./pool-types.js";
import {
  ceilField,
  completed,
  type Means,
  type PoolAttrs,
  pooledShape,
  sampledWindow,
  sizeFields,
  spreadMeans,
  windowMeans,
} from "./pool-windows.js";

export interface LpPoolAttrs extends Omit<PoolAttrs, "padding" | "dilation"> {
  /** The power p. */
  readonly normType: number;
}

const padless = (a: LpPoolAttrs): PoolAttrs => ({ ...a, padding: a.kernelSize.map(() => 0) });
const means = (a: LpPoolAttrs, shape: Shape, output: Shape): Means => ({
  attrs: padless(a),
  shape,
  output,
  countPadding: true,
});

const power = (emit: Emit, x: Value, exponent: number): Value =>
  exponent === 1 ? x : emit.op("Pow", [x, emit.float(exponent)]);

function lpPool(rank: Rank): Op<LpPoolAttrs> {
  const name = `lpPool${rank}d`;
  return op<LpPoolAttrs>({
    name,
    attrs: attributes({ normType: positive("normType"), ...sizeFields(rank), ...ceilField }).transform(completed),
    args: (normType: unknown, kernelSize: unknown, options?: object) => ({ normType, kernelSize, ...options }),
    arity: 1,
    shape: ([x], attrs) => pooledShape(name, rank, x!, padless(attrs)),
    weights: () => [],
    // PyTorch's power, mean (in 1-d between two squeezes), sign, amount, relu, two products and root; it has none in 3-d.
    cost: ({ output }) => ({ macs: 0, autogradOps: [10, 8, 4][rank - 1]!, saved: product(output), storage: "own" }),
    forward: (emit, { x, attrs, inputs: [shape], output }) => {
      const mean = windowMeans(emit, power(emit, x[0]!, attrs.normType), means(attrs, shape!, output));
      const sum = emit.op("Mul", [mean, emit.float(product(attrs.kernelSize))]);
      return { y: power(emit, sum, 1 / attrs.normType), saved: { sum } };
    },
    // x^(p-1) times the windows' dy sum^(1/p - 1); 0 where a sum is 0, as PyTorch's.
    backward: (emit, { x, dy, saved, attrs, inputs: [shape], output }) => {
      const { normType, kernelSize } = attrs;
      const sum = saved.sum!;
      const isZero = emit.op("Equal", [sum, emit.float(0)]);
      const slope = power(emit, emit.op("Where", [isZero, emit.float(1), sum]), 1 / normType - 1);
      const shares = emit.op("Mul", [dy, emit.op("Mul", [slope, emit.float(product(kernelSize))])]);
      const some = emit.op("Where", [isZero, emit.float(0), shares]);
      const spread = spreadMeans(emit, some, means(attrs, shape!, output));
      return { inputs: [normType === 1 ? spread : emit.op("Mul", [spread, power(emit, x[0]!, normType - 1)])] };
    },
    channels: sameFirstAxis,
    sample: (random, [x], { output }) => {
      if (x!.length !== rank + 1 || output) return undefined;
      return { normType: random.pick([1, 2, 4]), ...sampledWindow(random, x!) };
    },
    fromPytorch: [
      {
        signatures: [`nn.LPPool${rank}d(`, `F.lp_pool${rank}d(input, `].map(
          call => `${call}norm_type, kernel_size, stride=kernel_size, ceil_mode=False)`,
        ),
        attrs: ({ norm_type, kernel_size, stride, ceil_mode }) => ({
          ...{ normType: norm_type, kernelSize: kernel_size, stride, ceilMode: ceil_mode },
        }),
      },
    ],
    pytorch: ({ attrs: { normType, kernelSize, stride, ceilMode } }) => {
      const ceil = python(ceilMode === true);
      if (rank < 3) {
        const [kernel, step] = rank === 1 ? [kernelSize, stride] : [`(${kernelSize})`, `(${stride})`];
        return { module: `nn.LPPool${rank}d(${normType}, ${kernel}, stride=${step}, ceil_mode=${ceil})` };
      }
      const mean = (x: string) => `torch.nn.functional.avg_pool3d(${x}, (${kernelSize},), (${stride},), 0, ${ceil})`;
      const sum = (x: string) => `(${mean(`${x}.pow(${normType})`)} * ${product(kernelSize)})`;
      return { expression: ([x]) => `${sum(x!)}.pow(${1 / normType})` };
    },
  });
}

export const lpPool1d = lpPool(1);
export const lpPool2d = lpPool(2);
export const lpPool3d = lpPool(3);

type Rule<R extends Rank, S extends Shape, N extends number, K extends Sizes, St extends Sizes, Ceil extends boolean> =
  Positive<`lpPool${R}d`, "normType", N> extends infer W
    ? [W] extends [never]
      ? PoolRule<`lpPool${R}d`, R, S, K, St, 0, 1, Ceil>
      : W
    : never;
interface LpPoolOptions<St, Ceil> {
  /** Step from one window to the next; the kernel's size unless told. */
  readonly stride?: St;
  /** Let the last window reach beyond the end, rather than leave elements out; false unless told. */
  readonly ceilMode?: Ceil;
}
export type LpPoolMethod<R extends Rank> = <
  S extends Shape,
  N extends number,
  const K extends Sizes,
  const St extends Sizes = K,
  Ceil extends boolean = false,
  W = Rule<R, S, N, K, St, Ceil>,
>(
  this: HasShape<S>,
  normType: At<W, "normType", N>,
  kernelSize: At<W, "kernelSize", K>,
  options?: LpPoolOptions<At<W, "stride", St>, Ceil>,
) => Tensor<Out<W>>;

export interface LpPoolLayer<R extends Rank, N extends number, K extends Sizes, St extends Sizes, Ceil extends boolean>
  extends Layer {
  readonly out: Rule<R, In<this>, N, K, St, Ceil>;
}
export type LpPoolMaker<R extends Rank> = <
  N extends number,
  const K extends Sizes,
  const St extends Sizes = K,
  Ceil extends boolean = false,
>(
  normType: PositiveArg<`lpPool${R}d`, "normType", N>,
  kernelSize: PerAxisArg<`lpPool${R}d`, "kernelSize", R, 1, K>,
  options?: LpPoolOptions<PerAxisArg<`lpPool${R}d`, "stride", R, 1, St>, Ceil>,
) => LpPoolLayer<R, N, K, St, Ceil>;

export const LPPool1d: LpPoolMaker<1> = layerOf(lpPool1d);
export const LPPool2d: LpPoolMaker<2> = layerOf(lpPool2d);
export const LPPool3d: LpPoolMaker<3> = layerOf(lpPool3d);

declare module "../op/tensor.js" {
  interface Operators {
    /** Root of the sum of powers of every window over length. */
    readonly lpPool1d: LpPoolMethod<1>;
    /** Root of the sum of powers of every window over height and width. */
    readonly lpPool2d: LpPoolMethod<2>;
    /** Root of the sum of powers of every window over depth, height and width. */
    readonly lpPool3d: LpPoolMethod<3>;
  }
}
