/** The rules of pad1d-3d and crop1d-3d in types: the twin of the schemas and `shapeOf` in pad.ts. */
import type { In, Layer, Tensor } from "../op/index.js";
import type {
  Add,
  AllFit,
  Along,
  AnySpatial,
  At,
  AxisName,
  Difference,
  FirstWrong,
  GotEdges,
  HasShape,
  Known,
  NeedsSpatial,
  Ones,
  Out,
  Rank,
  Shape,
  ShapeError,
  ShowEdges,
  Unranked,
  Wrong,
} from "../shape/index.js";

export type PadMode = "constant" | "reflect" | "replicate" | "circular";
/** One number for all ends, or one or [begin, end] for each axis. */
export type Ends = number | readonly (number | readonly [number, number])[];

/** As the schema `ends`: `NoCount` is how numbers look that are refused. */
type NoEnds<R extends Rank, V, NoCount extends string> = [V] extends [never]
  ? false
  : [V] extends [readonly unknown[]]
    ? number extends V["length"]
      ? false
      : V["length"] extends R
        ? [Matching<`${EndsIn<V[number]>}`, NoCount>] extends [never]
          ? false
          : true
        : true
    : [`${V & number}`] extends [NoCount]
      ? true
      : false;
type EndsIn<Item> = Item extends readonly [infer A extends number, infer B extends number] ? A | B : Item & number;
type Matching<Text, NoCount> = Text extends NoCount ? true : never;
type NoWhole = `${string}.${string}` | `${string}e${string}`;

type NoPadding<R extends Rank, P> = NoEnds<R, P, NoWhole>;
type NotPadding<
  R extends Rank,
  P,
> = `pad${R}d: padding must be a whole number, or ${R} of them or of [begin, end], got ${GotEdges<P>}; give 1 or ${Ones[R]}`;
type NoCropping<R extends Rank, P> = NoEnds<R, P, NoWhole | `-${string}`>;
type NotCropping<
  R extends Rank,
  P,
> = `crop${R}d: cropping must be a whole number of at least 0, or ${R} of them or of [begin, end], got ${GotEdges<P>}; give 1 or ${Ones[R]}`;

/** A value is for mode constant alone. */
type NoValue<M extends PadMode, V extends number> = "constant" extends M
  ? false
  : [Known<V>, V] extends [true, infer N]
    ? N extends 0
      ? false
      : true
    : false;
type NotValue<
  R extends Rank,
  M extends PadMode,
  V extends number,
> = `pad${R}d: value is for mode constant, got mode ${M} and ${V}; leave it out`;

type PadRule<R extends Rank, S extends Shape, P extends Ends, M extends PadMode, V extends number> =
  FirstWrong<
    [
      NoPadding<R, P> extends true ? Wrong<"padding", NotPadding<R, P>> : never,
      NoValue<M, V> extends true ? Wrong<"value", NotValue<R, M, V>> : never,
    ]
  > extends infer W
    ? [W] extends [never]
      ? Bordered<`pad${R}d`, R, S, P, M>
      : W
    : never;
type CropRule<R extends Rank, S extends Shape, P extends Ends> =
  NoCropping<R, P> extends true ? Wrong<"cropping", NotCropping<R, P>> : Bordered<`crop${R}d`, R, S, P, "cropped">;

type Bordered<Op extends string, R extends Rank, S extends Shape, P extends Ends, M> =
  Unranked<S> extends true
    ? [number, ...AnySpatial[R]]
    : S extends readonly [infer C extends number, ...infer Spatial extends Shape]
      ? Spatial["length"] extends R
        ? { [I in keyof Spatial]: OnAxis<Op, M, Spatial[I], Along<P, I>, AxisName<R, I>> } extends infer Sizes extends
            readonly unknown[]
          ? AllFit<Sizes, [C, ...Sizes]>
          : never
        : NeedsSpatial<Op, R, S, Word<M>>
      : NeedsSpatial<Op, R, S, Word<M>>;
type Word<M> = M extends "cropped" ? "cropping" : "padding";

/** `P` as [begin, end]. */
type Pair<P> = P extends readonly [infer B extends number, infer E extends number] ? [B, E] : [P & number, P & number];
type OnAxis<Op extends string, M, Size, P, Axis extends string> =
  Pair<P> extends [infer B extends number, infer E extends number]
    ? M extends "cropped"
      ? Resized<Op, M, Size, P, Axis, Difference<Size, Add<B, E>>, 0, 0>
      : Resized<Op, M, Size, P, Axis, Difference<Size, Add<Less<B>, Less<E>>>, More<B>, More<E>>
    : number;
type Less<N extends number> = `${N}` extends `-${infer A extends number}` ? A : 0;
type More<N extends number> = `${N}` extends `-${string}` ? 0 : N;

type Resized<Op extends string, M, Size, P, Axis extends string, Left, B, E> = Left extends null | 0
  ? Wrong<Word<M>, `${Op}: ${Word<M>} ${ShowEdges<P>} leaves nothing, got ${Axis} ${Size & number}; take less off`>
  : [M] extends ["reflect"]
    ? Reaches<Size, B, E> extends true
      ? Wrong<
          "padding",
          `${Op}: reflected padding must be below ${Axis} ${Size & number}, got ${ShowEdges<P>}; use less padding`
        >
      : Add<Left, Add<B, E>>
    : [M] extends ["circular"]
      ? Exceeds<Left, B, E> extends true
        ? Wrong<
            "padding",
            `${Op}: circular padding must be at most the ${Left & number} that are left of ${Axis} ${Size & number}, got ${ShowEdges<P>}; use less padding`
          >
        : Add<Left, Add<B, E>>
      : Add<Left, Add<B, E>>;
/** Whether an end is at least as large as the size. */
type Reaches<Size, B, E> = [Extract<Difference<Size, B> | Difference<Size, E>, null | 0>] extends [never]
  ? false
  : true;
/** Whether an end is larger than what is left. */
type Exceeds<Left, B, E> = [Extract<Difference<Left, B> | Difference<Left, E>, null>] extends [never] ? false : true;

interface PadOptions<M, V> {
  /** What stands in the border: `value` unless told, the image mirrored in its edge, its edge repeated, or its other end. */
  readonly mode?: M;
  /** Of mode constant; 0 unless told. */
  readonly value?: V;
}
export type PadMethod<R extends Rank> = <
  S extends Shape,
  const P extends Ends,
  M extends PadMode = "constant",
  V extends number = 0,
  W = PadRule<R, S, P, M, V>,
>(
  this: HasShape<S>,
  padding: At<W, "padding", P>,
  options?: PadOptions<M, At<W, "value", V>>,
) => Tensor<Out<W>>;
export interface PadLayer<R extends Rank, P extends Ends, M extends PadMode, V extends number> extends Layer {
  readonly out: PadRule<R, In<this>, P, M, V>;
}
export type PadMaker<R extends Rank> = <const P extends Ends, M extends PadMode = "constant", V extends number = 0>(
  padding: NoPadding<R, P> extends true ? ShapeError<NotPadding<R, P>> : P,
  options?: PadOptions<M, NoValue<M, V> extends true ? ShapeError<NotValue<R, M, V>> : V>,
) => PadLayer<R, P, M, V>;

export type CropMethod<R extends Rank> = <S extends Shape, const P extends Ends, W = CropRule<R, S, P>>(
  this: HasShape<S>,
  cropping: At<W, "cropping", P>,
) => Tensor<Out<W>>;
export interface CropLayer<R extends Rank, P extends Ends> extends Layer {
  readonly out: CropRule<R, In<this>, P>;
}
export type CropMaker<R extends Rank> = <const P extends Ends>(
  cropping: NoCropping<R, P> extends true ? ShapeError<NotCropping<R, P>> : P,
) => CropLayer<R, P>;
