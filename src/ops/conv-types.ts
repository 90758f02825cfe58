/** The rule of conv1d, conv2d and conv3d in types: the twin of `schema` and `outputShape` in conv.ts. */
import type { In, Layer, Tensor } from "../op/index.js";
import type {
  AnySpatial,
  At,
  Divides,
  FirstWrong,
  HasShape,
  NeedsSpatial,
  Out,
  PerAxis,
  PerAxisArg,
  Rank,
  Shape,
  Sizes,
  SlideAll,
  Unranked,
  Whole,
  WholeArg,
  Wrong,
} from "../shape/index.js";

/** Output shape for input shape `S` and the attributes in the schema's order. */
export type ConvRule<
  R extends Rank,
  S extends Shape,
  F extends number,
  K extends Sizes,
  St extends Sizes,
  P extends Sizes,
  D extends Sizes,
  G extends number,
> =
  WrongAttrs<`conv${R}d`, R, F, K, St, P, D, G> extends infer W
    ? [W] extends [never]
      ? Unranked<S> extends true
        ? [F, ...AnySpatial[R]]
        : S extends readonly [infer C extends number, ...infer Spatial extends Shape]
          ? Spatial["length"] extends R
            ? WrongGroups<`conv${R}d`, G, C, F> extends infer W2
              ? [W2] extends [never]
                ? SlideAll<`conv${R}d`, R, F, Spatial, K, St, P, D>
                : W2
              : never
            : NeedsSpatial<`conv${R}d`, R, S, "outChannels">
          : NeedsSpatial<`conv${R}d`, R, S, "outChannels">
      : W
    : never;

type WrongAttrs<
  Op extends string,
  R extends Rank,
  F extends number,
  K extends Sizes,
  St extends Sizes,
  P extends Sizes,
  D extends Sizes,
  G extends number,
> = FirstWrong<
  [
    Whole<Op, "outChannels", F>,
    PerAxis<Op, "kernelSize", R, 1, K>,
    PerAxis<Op, "stride", R, 1, St>,
    PerAxis<Op, "padding", R, 0, P>,
    PerAxis<Op, "dilation", R, 1, D>,
    Whole<Op, "groups", G>,
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
interface ConvOptions<St, P, D, G> {
  /** Step from one window to the next; 1 unless told. */
  readonly stride?: St;
  /** Zeros on both sides; 0 unless told. */
  readonly padding?: P;
  /** Step from one tap of the window to the next; 1 unless told. */
  readonly dilation?: D;
  /** Into how many groups, convolved apart, the channels fall; must divide both. 1 unless told. */
  readonly groups?: G;
  readonly bias?: boolean;
}

export type ConvMethod<R extends Rank> = <
  S extends Shape,
  F extends number,
  const K extends Sizes,
  const St extends Sizes = 1,
  const P extends Sizes = 0,
  const D extends Sizes = 1,
  G extends number = 1,
  W = ConvRule<R, S, F, K, St, P, D, G>,
>(
  this: HasShape<S>,
  outChannels: At<W, "outChannels", F>,
  kernelSize: At<W, "kernelSize", K>,
  options?: ConvOptions<At<W, "stride", St>, At<W, "padding", P>, At<W, "dilation", D>, At<W, "groups", G>>,
) => Tensor<Out<W>>;

export interface ConvLayer<
  R extends Rank,
  F extends number,
  K extends Sizes,
  St extends Sizes,
  P extends Sizes,
  D extends Sizes,
  G extends number,
> extends Layer {
  readonly out: ConvRule<R, In<this>, F, K, St, P, D, G>;
}

export type ConvMaker<R extends Rank> = <
  F extends number,
  const K extends Sizes,
  const St extends Sizes = 1,
  const P extends Sizes = 0,
  const D extends Sizes = 1,
  G extends number = 1,
>(
  outChannels: WholeArg<`conv${R}d`, "outChannels", F>,
  kernelSize: PerAxisArg<`conv${R}d`, "kernelSize", R, 1, K>,
  options?: ConvOptions<
    PerAxisArg<`conv${R}d`, "stride", R, 1, St>,
    PerAxisArg<`conv${R}d`, "padding", R, 0, P>,
    PerAxisArg<`conv${R}d`, "dilation", R, 1, D>,
    WholeArg<`conv${R}d`, "groups", G>
  >,
) => ConvLayer<R, F, K, St, P, D, G>;
