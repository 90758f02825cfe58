/** Type-level twin of window.ts: sizes after a window slides over the spatial axes, or the sentence that refuses it. */
import type { AddN, Digits, DivN, MulN, Print, SubN } from "./nat.js";
import type { Dim, Rank, Shape } from "./shape.js";
import type { Plain, Show, Wrong } from "./types.js";

type Axes = { 1: ["length"]; 2: ["height", "width"]; 3: ["depth", "height", "width"] };
type AxisNames = { 1: "length"; 2: "height, width"; 3: "depth, height, width" };

/** Spatial sizes that are not known while type checking. */
export type AnySpatial = { 1: [number]; 2: [number, number]; 3: [number, number, number] };

/** The sentence of `needsSpatial`. */
export type NeedsSpatial<Op extends string, R extends Rank, S extends Shape, Where extends string> = Wrong<
  Where,
  `${Op}: input must be [channels, ${AxisNames[R]}], got ${Show<S>}; reshape it first`
>;

/** `3` and `[3, 3]` both mean 3 along every axis. */
export type Along<V, I> = V extends readonly unknown[] ? V[I & keyof V] : V;

/** Sizes of all axes, from one for all or one for each. */
export type OnEachAxis<R extends Rank, V extends Shape | Dim> = [V] extends [Shape]
  ? number extends V["length"]
    ? AnySpatial[R]
    : Plain<V>
  : { 1: [V]; 2: [V, V]; 3: [V, V, V] }[R];

/** `[First, ...sizes after the window]`, or the refusal of the first axis that it does not fit. */
export type SlideAll<Op extends string, R extends Rank, First, Spatial extends Shape, K, S, P, D> = {
  [I in keyof Spatial]: Slide<Op, Spatial[I], Along<K, I>, Along<S, I>, Along<P, I>, Along<D, I>, AxisName<R, I>>;
} extends infer Sizes extends readonly unknown[]
  ? AllFit<Sizes, [First, ...Sizes]>
  : never;
export type AllFit<Sizes, Ok> = Sizes extends readonly [infer Size, ...infer Rest]
  ? Size extends Wrong<infer Where, infer Sentence>
    ? Wrong<Where, Sentence>
    : AllFit<Rest, Ok>
  : Ok;

/** floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1. */
export type Slide<Op extends string, Size, K, S, P, D, Axis extends string> = [
  Digits<Size>,
  Digits<K>,
  Digits<S>,
  BothEnds<P>,
  Digits<D>,
] extends [
  infer SizeN extends string,
  infer KN extends string,
  infer SN extends string,
  infer PN extends string,
  infer DN extends string,
]
  ? Places<SubN<AddN<SizeN, PN>, Reach<KN, DN>>, SN> extends infer N extends number
    ? N
    : NoFit<Op, K, Axis, Size>
  : number;

/** As `SlideAll`, but the last window may reach beyond the end. */
export type SlideAllBeyond<Op extends string, R extends Rank, First, Spatial extends Shape, K, S, P, D> = {
  [I in keyof Spatial]: SlideBeyond<Op, Spatial[I], Along<K, I>, Along<S, I>, Along<P, I>, Along<D, I>, AxisName<R, I>>;
} extends infer Sizes extends readonly unknown[]
  ? AllFit<Sizes, [First, ...Sizes]>
  : never;

/** As `slideBeyond`. */
type SlideBeyond<Op extends string, Size, K, S, P, D, Axis extends string> = [
  Digits<Size>,
  Digits<K>,
  Digits<S>,
  Digits<P>,
  Digits<D>,
] extends [
  infer SizeN extends string,
  infer KN extends string,
  infer SN extends string,
  infer PN extends string,
  infer DN extends string,
]
  ? SubN<AddN<AddN<SizeN, AddN<PN, PN>>, SN>, AddN<Reach<KN, DN>, "2">> extends infer Room extends string
    ? Print<AddN<DivN<Smaller<Room, SubN<AddN<SizeN, PN>, "1">>, SN>, "1">>
    : NoFit<Op, K, Axis, Size>
  : number;
type Smaller<A extends string, B> = B extends string ? (SubN<A, B> extends string ? B : A) : A;
type NoFit<Op extends string, K, Axis extends string, Size> = Wrong<
  "kernelSize",
  `${Op}: kernel ${K & Dim} does not fit, got ${Axis} ${Size & Dim}; use a smaller kernel or dilation, or more padding`
>;

/** Digits of all padding of an axis: twice the number, or begin and end together. */
type BothEnds<P> = [P] extends [readonly [infer Begin, infer End]] ? SumOf<Begin, End> : SumOf<P, P>;
type SumOf<A, B> = [Digits<A>, Digits<B>] extends [infer X extends string, infer Y extends string] ? AddN<X, Y> : null;

/** The padding with which a window of stride 1 keeps the size; of an odd number the larger half is behind. */
export type SamePadding<K, D> = [Digits<K>, Digits<D>] extends [infer KN extends string, infer DN extends string]
  ? [Print<DivN<Reach<KN, DN>, "2">>, Print<DivN<AddN<Reach<KN, DN>, "1">, "2">>]
  : [number, number];

/** Whether all padding is below the size, so that the edge can be a mirror; true where one is not known. */
export type Mirrors<P, Size> = [P] extends [readonly [infer Begin, infer End]]
  ? BelowSize<Begin, Size> extends true
    ? BelowSize<End, Size>
    : false
  : BelowSize<P, Size>;
type BelowSize<A, Size> = [Digits<A>, Digits<Size>] extends [infer X extends string, infer Y extends string]
  ? IsBelow<X, Y>
  : true;

/** dilation (kernel - 1): how far the window's last tap is from its first. */
type Reach<K extends string, D extends string> = SubN<K, "1"> extends infer R extends string ? MulN<R, D> : "";
/** How many places there are for the first tap when only every S-th is taken; `null` when there is none. */
type Places<Room, S extends string> = Room extends string
  ? Room extends ""
    ? null
    : S extends "1"
      ? Print<Room>
      : SubN<Room, "1"> extends infer R extends string
        ? Print<AddN<DivN<R, S>, "1">>
        : null
  : null;

/** Name of an axis, by its place. */
export type AxisName<R extends Rank, I> = Along<Axes[R], I> & string;

/** The size after windows are laid down along one axis: transposed convolution. */
export type Spread<Op extends string, Size, K, S, P, OP, D, Axis extends string> = [
  Digits<Size>,
  Digits<K>,
  Digits<S>,
  Digits<P>,
  Digits<OP>,
  Digits<D>,
] extends [
  infer SizeN extends string,
  infer KN extends string,
  infer SN extends string,
  infer PN extends string,
  infer OPN extends string,
  infer DN extends string,
]
  ? true extends IsBelow<OPN, SN> | IsBelow<OPN, DN>
    ? SubN<AddN<AddN<Reach<SizeN, SN>, Reach<KN, DN>>, AddN<OPN, "1">>, AddN<PN, PN>> extends infer N extends string
      ? N extends ""
        ? NothingLeft<Op, P, Axis, Size>
        : Print<N>
      : NothingLeft<Op, P, Axis, Size>
    : Wrong<
        "outputPadding",
        `${Op}: outputPadding must be below stride ${S & Dim} or dilation ${D & Dim}, got ${OP & Dim}; use less`
      >
  : number;
type NothingLeft<Op extends string, P, Axis extends string, Size> = Wrong<
  "padding",
  `${Op}: padding ${P & Dim} leaves nothing, got ${Axis} ${Size & Dim}; use less padding`
>;
type IsBelow<A extends string, B extends string> = SubN<B, AddN<A, "1">> extends string ? true : false;

/** Whether padding P is at most half of kernel K; true where either is not known. */
export type Fits<P, K> = [Digits<P>, Digits<K>] extends [infer PN extends string, infer KN extends string]
  ? SubN<KN, AddN<PN, PN>> extends string
    ? true
    : false
  : true;

/** Whether there is padding and dilation D is larger than the size; false where one is not known. */
export type StepsOver<P, D, Size> = [Digits<P>, Digits<D>, Digits<Size>] extends [
  infer PN extends string,
  infer DN extends string,
  infer SizeN extends string,
]
  ? PN extends ""
    ? false
    : SubN<SizeN, DN> extends string
      ? false
      : true
  : false;
