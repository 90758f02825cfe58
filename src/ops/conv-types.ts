/** The rule of conv1d, conv2d and conv3d in types: the twin of `schema` and `outputShape` in conv.ts. */

import type { In, Layer, Tensor } from "../op/index.js";
import type {
  Along,
  AnySpatial,
  At,
  AxisName,
  Divides,
  EdgesArg,
  EdgesPerAxis,
  FirstWrong,
  HasShape,
  Join,
  Mirrors,
  NeedsSpatial,
  OnEachAxis,
  Out,
  PaddingSizes,
  PerAxis,
  PerAxisArg,
  Rank,
  SamePadding,
  Shape,
  ShowEdges,
  Sizes,
  SlideAll,
  Unranked,
  Whole,
  WholeArg,
  Wrong,
} from "../shape/index.js";
import type { PaddingMode } from "./borders.js";

/** Output shape for input shape `S` and the attributes in the schema's order. */
export type ConvRule<
  R extends Rank,
  S extends Shape,
  F extends number,
  K extends Sizes,
  St extends Sizes,
  P extends PaddingSizes,
  D extends Sizes,
  G extends number,
  M extends PaddingMode = "zeros",
> =
  WrongAttrs<`conv${R}d`, R, F, K, St, P, D, G> extends infer W
    ? [W] extends [never]
      ? Unranked<S> extends true
        ? [F, ...AnySpatial[R]]
        : S extends readonly [infer C extends number, ...infer Spatial extends Shape]
          ? Spatial["length"] extends R
            ? WrongGroups<`conv${R}d`, G, C, F> extends infer W2
              ? [W2] extends [never]
                ? WrongMirror<`conv${R}d`, R, Spatial, K, P, D, M> extends infer W3
                  ? [W3] extends [never]
                    ? [P] extends ["same"]
                      ? [F, ...Spatial]
                      : SlideAll<`conv${R}d`, R, F, Spatial, K, St, P, D>
                    : W3
                  : never
                : W2
              : never
            : NeedsSpatial<`conv${R}d`, R, S, "outChannels">
          : NeedsSpatial<`conv${R}d`, R, S, "outChannels">
      : W
    : never;

/** What keeps the size with a stride would not be what PyTorch or Keras call so. */
type WrongSame<Op extends string, R extends Rank, St extends Sizes, P> = [P] extends ["same"]
  ? OnEachAxis<R, St> extends infer Steps extends Shape
    ? [Exclude<Steps[number], 1>] extends [never]
      ? never
      : number extends Steps[number]
        ? never
        : Wrong<"padding", `${Op}: padding same needs stride 1, got [${Join<Steps, ",">}]; give padding in numbers`>
    : never
  : never;

/** An edge mirrors no more than what is before it. */
type WrongMirror<Op extends string, R extends Rank, Spatial extends Shape, K, P, D, M extends PaddingMode> = [
  M,
] extends ["reflect"]
  ? FirstWrong<{
      [I in keyof Spatial]: WrongMirrorAlong<
        Op,
        Spatial[I],
        P extends "same" ? SamePadding<Along<K, I>, Along<D, I>> : Along<P, I>,
        AxisName<R, I>
      >;
    }>
  : never;
type WrongMirrorAlong<Op extends string, Size, P, Axis extends string> =
  Mirrors<P, Size> extends true
    ? never
    : Wrong<
        "padding",
        `${Op}: reflected padding must be below ${Axis} ${Size & number}, got ${ShowEdges<P>}; use less padding`
      >;

type WrongAttrs<
  Op extends string,
  R extends Rank,
  F extends number,
  K extends Sizes,
  St extends Sizes,
  P extends PaddingSizes,
  D extends Sizes,
  G extends number,
> = FirstWrong<
  [
    Whole<Op, "outChannels", F>,
    PerAxis<Op, "kernelSize", R, 1, K>,
    PerAxis<Op, "stride", R, 1, St>,
    EdgesPerAxis<Op, "padding", R, P>,
    PerAxis<Op, "dilation", R, 1, D>,
    Whole<Op, "groups", G>,
    WrongSame<Op, R, St, P>,
  ]
>;

export type WrongGroups<Op extends string, G extends number, C extends number, F extends number> =
  Divides<G, C> extends true
    ? Divides<G, F> extends true
      ? never
      : NoDivisor<Op, G, "output", F>
    : NoDivisor<Op, G, "input", C>;
type NoDivisor<Op extends string, G extends number, Side extends string, Count extends number> = Wrong<
  "groups",
  `${Op}: groups ${G} must divide ${Side} channels, got ${Count}; choose a divisor of ${Count}`
>;

/** What may follow the kernel's size. */
export interface WindowOptions<St, P, D, M> {
  /** Step from one window to the next; 1 unless told. */
  readonly stride?: St;
  /** On both sides, or [begin, end], or "same" to keep the size with stride 1; 0 unless told. */
  readonly padding?: P;
  /** Step from one tap of the window to the next; 1 unless told. */
  readonly dilation?: D;
  readonly bias?: boolean;
  /** What stands in the padding: zeros unless told, the image mirrored in its edge, or its edge repeated. */
  readonly paddingMode?: M;
}
interface ConvOptions<St, P, D, G, M> extends WindowOptions<St, P, D, M> {
  /** Into how many groups, convolved apart, the channels fall; must divide both. 1 unless told. */
  readonly groups?: G;
}

export type ConvMethod<R extends Rank> = <
  S extends Shape,
  F extends number,
  const K extends Sizes,
  const St extends Sizes = 1,
  const P extends PaddingSizes = 0,
  const D extends Sizes = 1,
  G extends number = 1,
  M extends PaddingMode = "zeros",
  W = ConvRule<R, S, F, K, St, P, D, G, M>,
>(
  this: HasShape<S>,
  outChannels: At<W, "outChannels", F>,
  kernelSize: At<W, "kernelSize", K>,
  options?: ConvOptions<At<W, "stride", St>, At<W, "padding", P>, At<W, "dilation", D>, At<W, "groups", G>, M>,
) => Tensor<Out<W>>;

export interface ConvLayer<
  R extends Rank,
  F extends number,
  K extends Sizes,
  St extends Sizes,
  P extends PaddingSizes,
  D extends Sizes,
  G extends number,
  M extends PaddingMode,
> extends Layer {
  readonly out: ConvRule<R, In<this>, F, K, St, P, D, G, M>;
}

export type ConvMaker<R extends Rank> = <
  F extends number,
  const K extends Sizes,
  const St extends Sizes = 1,
  const P extends PaddingSizes = 0,
  const D extends Sizes = 1,
  G extends number = 1,
  M extends PaddingMode = "zeros",
>(
  outChannels: WholeArg<`conv${R}d`, "outChannels", F>,
  kernelSize: PerAxisArg<`conv${R}d`, "kernelSize", R, 1, K>,
  options?: ConvOptions<
    PerAxisArg<`conv${R}d`, "stride", R, 1, St>,
    EdgesArg<`conv${R}d`, "padding", R, P>,
    PerAxisArg<`conv${R}d`, "dilation", R, 1, D>,
    WholeArg<`conv${R}d`, "groups", G>,
    M
  >,
) => ConvLayer<R, F, K, St, P, D, G, M>;
