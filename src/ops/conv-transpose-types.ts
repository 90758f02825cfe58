/** The rule of convTranspose1d-3d in types: the twin of `schema` and `outputShape` in conv-transpose.ts. */
import type { In, Layer, Tensor } from "../op/index.js";
import type {
  AllFit,
  Along,
  AnySpatial,
  At,
  AxisName,
  FirstWrong,
  HasShape,
  NeedsSpatial,
  Out,
  PerAxis,
  PerAxisArg,
  Rank,
  Shape,
  Sizes,
  Spread,
  Unranked,
  Whole,
  WholeArg,
} from "../shape/index.js";
import type { WrongGroups } from "./conv-types.js";

/** Output shape for input shape `S` and the attributes in the schema's order. */
type Rule<
  R extends Rank,
  S extends Shape,
  F extends number,
  K extends Sizes,
  St extends Sizes,
  P extends Sizes,
  OP extends Sizes,
  D extends Sizes,
  G extends number,
> =
  WrongAttrs<`convTranspose${R}d`, R, F, K, St, P, OP, D, G> extends infer W
    ? [W] extends [never]
      ? Unranked<S> extends true
        ? [F, ...AnySpatial[R]]
        : S extends readonly [infer C extends number, ...infer Spatial extends Shape]
          ? Spatial["length"] extends R
            ? WrongGroups<`convTranspose${R}d`, G, C, F> extends infer W2
              ? [W2] extends [never]
                ? SpreadAll<`convTranspose${R}d`, R, F, Spatial, K, St, P, OP, D>
                : W2
              : never
            : NeedsSpatial<`convTranspose${R}d`, R, S, "outChannels">
          : NeedsSpatial<`convTranspose${R}d`, R, S, "outChannels">
      : W
    : never;

type WrongAttrs<
  Op extends string,
  R extends Rank,
  F extends number,
  K extends Sizes,
  St extends Sizes,
  P extends Sizes,
  OP extends Sizes,
  D extends Sizes,
  G extends number,
> = FirstWrong<
  [
    Whole<Op, "outChannels", F>,
    PerAxis<Op, "kernelSize", R, 1, K>,
    PerAxis<Op, "stride", R, 1, St>,
    PerAxis<Op, "padding", R, 0, P>,
    PerAxis<Op, "outputPadding", R, 0, OP>,
    PerAxis<Op, "dilation", R, 1, D>,
    Whole<Op, "groups", G>,
  ]
>;

type SpreadAll<Op extends string, R extends Rank, F, Spatial extends Shape, K, St, P, OP, D> = {
  [I in keyof Spatial]: Spread<
    Op,
    Spatial[I],
    Along<K, I>,
    Along<St, I>,
    Along<P, I>,
    Along<OP, I>,
    Along<D, I>,
    AxisName<R, I>
  >;
} extends infer Sizes extends readonly unknown[]
  ? AllFit<Sizes, [F, ...Sizes]>
  : never;

/** What may follow the kernel's size. */
interface ConvTransposeOptions<St, P, OP, D, G> {
  /** Step from one window of the output to the next; 1 unless told. */
  readonly stride?: St;
  /** What is taken off the output on both sides; 0 unless told. */
  readonly padding?: P;
  /** What is added to the output at its end, below stride or dilation; 0 unless told. */
  readonly outputPadding?: OP;
  /** Step from one tap of the window to the next; 1 unless told. */
  readonly dilation?: D;
  /** Into how many groups, convolved apart, the channels fall; must divide both. 1 unless told. */
  readonly groups?: G;
  readonly bias?: boolean;
}

export type ConvTransposeMethod<R extends Rank> = <
  S extends Shape,
  F extends number,
  const K extends Sizes,
  const St extends Sizes = 1,
  const P extends Sizes = 0,
  const OP extends Sizes = 0,
  const D extends Sizes = 1,
  G extends number = 1,
  W = Rule<R, S, F, K, St, P, OP, D, G>,
>(
  this: HasShape<S>,
  outChannels: At<W, "outChannels", F>,
  kernelSize: At<W, "kernelSize", K>,
  options?: ConvTransposeOptions<
    At<W, "stride", St>,
    At<W, "padding", P>,
    At<W, "outputPadding", OP>,
    At<W, "dilation", D>,
    At<W, "groups", G>
  >,
) => Tensor<Out<W>>;

export interface ConvTransposeLayer<
  R extends Rank,
  F extends number,
  K extends Sizes,
  St extends Sizes,
  P extends Sizes,
  OP extends Sizes,
  D extends Sizes,
  G extends number,
> extends Layer {
  readonly out: Rule<R, In<this>, F, K, St, P, OP, D, G>;
}

export type ConvTransposeMaker<R extends Rank> = <
  F extends number,
  const K extends Sizes,
  const St extends Sizes = 1,
  const P extends Sizes = 0,
  const OP extends Sizes = 0,
  const D extends Sizes = 1,
  G extends number = 1,
>(
  outChannels: WholeArg<`convTranspose${R}d`, "outChannels", F>,
  kernelSize: PerAxisArg<`convTranspose${R}d`, "kernelSize", R, 1, K>,
  options?: ConvTransposeOptions<
    PerAxisArg<`convTranspose${R}d`, "stride", R, 1, St>,
    PerAxisArg<`convTranspose${R}d`, "padding", R, 0, P>,
    PerAxisArg<`convTranspose${R}d`, "outputPadding", R, 0, OP>,
    PerAxisArg<`convTranspose${R}d`, "dilation", R, 1, D>,
    WholeArg<`convTranspose${R}d`, "groups", G>
  >,
) => ConvTransposeLayer<R, F, K, St, P, OP, D, G>;
