/** The rules of maxPool1d-3d and avgPool1d-3d in types: the twin of the schemas and `outputShape` in pool.ts. */
import type { In, Layer, Tensor } from "../op/index.js";
import type {
  Along,
  AnySpatial,
  At,
  AxisName,
  FirstWrong,
  Fits,
  HasShape,
  NeedsSpatial,
  Out,
  PerAxis,
  PerAxisArg,
  Rank,
  Shape,
  Sizes,
  SlideAll,
  SlideAllBeyond,
  StepsOver,
  Unranked,
  Wrong,
} from "../shape/index.js";

/** Output shape for input shape `S` and the attributes in the schema's order. */
export type PoolRule<
  Op extends string,
  R extends Rank,
  S extends Shape,
  K extends Sizes,
  St extends Sizes,
  P extends Sizes,
  D extends Sizes,
  Ceil extends boolean = false,
> =
  FirstWrong<
    [
      PerAxis<Op, "kernelSize", R, 1, K>,
      PerAxis<Op, "stride", R, 1, St>,
      PerAxis<Op, "padding", R, 0, P>,
      PerAxis<Op, "dilation", R, 1, D>,
    ]
  > extends infer W
    ? [W] extends [never]
      ? Unranked<S> extends true
        ? [number, ...AnySpatial[R]]
        : S extends readonly [infer C, ...infer Spatial extends Shape]
          ? Spatial["length"] extends R
            ? FirstWrong<[WrongPadding<Op, Spatial, K, P>, WrongDilation<Op, R, Spatial, P, D>]> extends infer W2
              ? [W2] extends [never]
                ? Slid<Op, R, C, Spatial, K, St, P, D, Ceil>
                : W2
              : never
            : NeedsSpatial<Op, R, S, "kernelSize">
          : NeedsSpatial<Op, R, S, "kernelSize">
      : W
    : never;

type Slid<Op extends string, R extends Rank, C, Spatial extends Shape, K, St, P, D, Ceil> = [Ceil] extends [false]
  ? SlideAll<Op, R, C, Spatial, K, St, P, D>
  : [Ceil] extends [true]
    ? SlideAllBeyond<Op, R, C, Spatial, K, St, P, D>
    : [C, ...AnySpatial[R]];

/** A window that lies in the padding alone has no largest element: padding is at most half the kernel. */
type WrongPadding<Op extends string, Spatial extends Shape, K, P> = P extends 0
  ? never
  : FirstWrong<{ [I in keyof Spatial]: WrongPaddingAlong<Op, Along<K, I>, Along<P, I>> }>;
type WrongPaddingAlong<Op extends string, K, P> =
  Fits<P, K> extends true
    ? never
    : Wrong<
        "padding",
        `${Op}: padding must be at most half of kernel ${K & number}, got ${P & number}; use less padding or a larger kernel`
      >;

/** A window whose taps step over the whole input lies in the padding alone, too. */
type WrongDilation<Op extends string, R extends Rank, Spatial extends Shape, P, D> = P extends 0
  ? never
  : D extends 1
    ? never
    : FirstWrong<{
        [I in keyof Spatial]: WrongDilationAlong<Op, Spatial[I], Along<P, I>, Along<D, I>, AxisName<R, I>>;
      }>;
type WrongDilationAlong<Op extends string, Size, P, D, Axis extends string> =
  StepsOver<P, D, Size> extends true
    ? Wrong<
        "dilation",
        `${Op}: dilation with padding must be at most ${Axis} ${Size & number}, got ${D & number}; use less dilation or no padding`
      >
    : never;

/** What may follow the kernel's size. */
interface PoolOptions<St, P, Ceil> {
  /** Step from one window to the next; the kernel's size unless told. */
  readonly stride?: St;
  /** Padding on both sides, at most half the kernel; 0 unless told. */
  readonly padding?: P;
  /** Let the last window reach beyond the end, rather than leave elements out; false unless told. */
  readonly ceilMode?: Ceil;
}
interface AvgPoolOptions<St, P, Ceil> extends PoolOptions<St, P, Ceil> {
  /** Whether padding counts as elements of 0, or the mean is of the input's alone; true unless told. */
  readonly countIncludePad?: boolean;
}
interface MaxPoolOptions<St, P, D, Ceil> extends PoolOptions<St, P, Ceil> {
  /** Step from one tap of the window to the next; 1 unless told. */
  readonly dilation?: D;
}

export type MaxPoolMethod<R extends Rank> = <
  S extends Shape,
  const K extends Sizes,
  const St extends Sizes = K,
  const P extends Sizes = 0,
  const D extends Sizes = 1,
  Ceil extends boolean = false,
  W = PoolRule<`maxPool${R}d`, R, S, K, St, P, D, Ceil>,
>(
  this: HasShape<S>,
  kernelSize: At<W, "kernelSize", K>,
  options?: MaxPoolOptions<At<W, "stride", St>, At<W, "padding", P>, At<W, "dilation", D>, Ceil>,
) => Tensor<Out<W>>;
export type AvgPoolMethod<R extends Rank> = <
  S extends Shape,
  const K extends Sizes,
  const St extends Sizes = K,
  const P extends Sizes = 0,
  Ceil extends boolean = false,
  W = PoolRule<`avgPool${R}d`, R, S, K, St, P, 1, Ceil>,
>(
  this: HasShape<S>,
  kernelSize: At<W, "kernelSize", K>,
  options?: AvgPoolOptions<At<W, "stride", St>, At<W, "padding", P>, Ceil>,
) => Tensor<Out<W>>;

export interface PoolLayer<
  Op extends string,
  R extends Rank,
  K extends Sizes,
  St extends Sizes,
  P extends Sizes,
  D extends Sizes,
  Ceil extends boolean,
> extends Layer {
  readonly out: PoolRule<Op, R, In<this>, K, St, P, D, Ceil>;
}

export type MaxPoolMaker<R extends Rank> = <
  const K extends Sizes,
  const St extends Sizes = K,
  const P extends Sizes = 0,
  const D extends Sizes = 1,
  Ceil extends boolean = false,
>(
  kernelSize: PerAxisArg<`maxPool${R}d`, "kernelSize", R, 1, K>,
  options?: MaxPoolOptions<
    PerAxisArg<`maxPool${R}d`, "stride", R, 1, St>,
    PerAxisArg<`maxPool${R}d`, "padding", R, 0, P>,
    PerAxisArg<`maxPool${R}d`, "dilation", R, 1, D>,
    Ceil
  >,
) => PoolLayer<`maxPool${R}d`, R, K, St, P, D, Ceil>;
export type AvgPoolMaker<R extends Rank> = <
  const K extends Sizes,
  const St extends Sizes = K,
  const P extends Sizes = 0,
  Ceil extends boolean = false,
>(
  kernelSize: PerAxisArg<`avgPool${R}d`, "kernelSize", R, 1, K>,
  options?: AvgPoolOptions<
    PerAxisArg<`avgPool${R}d`, "stride", R, 1, St>,
    PerAxisArg<`avgPool${R}d`, "padding", R, 0, P>,
    Ceil
  >,
) => PoolLayer<`avgPool${R}d`, R, K, St, P, 1, Ceil>;
