/** Type-level twin of axis.ts and of the schemas of axes, in their very words. */
import type { Dim, Shape } from "./shape.js";
import type { Join, SameDim, Show, Unranked, Wrong } from "./types.js";

/** False for `number` and for one of several numbers: then only the program knows. */
export type Known<A> = [A] extends [never] ? false : number extends A ? false : Single<A>;
type Single<A, B = A> = A extends B ? ([B] extends [A] ? true : false) : never;

/** As the schema `axis(name)`. */
export type AxisNumber<Op extends string, Name extends string, A> = [A] extends [never]
  ? never
  : [`${A & number}`] extends [`${string}.${string}` | `${string}e${string}`]
    ? Wrong<
        Name,
        `${Op}: ${Name} must be a whole number, got ${A & number}; give 0 for the first or -1 for the last axis`
      >
    : never;

/** As the schema `signedPlace(name)`. */
export type PlaceNumber<Op extends string, Name extends string, V> = [V] extends [undefined]
  ? never
  : [`${V & number}`] extends [`${string}.${string}` | `${string}e${string}`]
    ? Wrong<
        Name,
        `${Op}: ${Name} must be a whole number, got ${V & number}; give 0 for the first or -1 for the last place`
      >
    : never;

/** As the schema `axisList(name)`. */
export type AxisList<Op extends string, Name extends string, A> = [A] extends [never]
  ? never
  : A extends readonly []
    ? NoAxes<Op, Name, "[]">
    : A extends Shape
      ? true extends AnyNoAxis<`${A[number]}`>
        ? NoAxes<Op, Name, GotList<A>>
        : never
      : A extends number
        ? true extends AnyNoAxis<`${A}`>
          ? NoAxes<Op, Name, `${A}`>
          : never
        : never;
type AnyNoAxis<Text> = Text extends `${string}.${string}` | `${string}e${string}` ? true : never;
type NoAxes<Op extends string, Name extends string, Got extends string> = Wrong<
  Name,
  `${Op}: ${Name} must be an axis or a list of axes, got ${Got}; give e.g. 0 or [0, -1]`
>;

/** `[before, size, after]` of the axis, or the refusal of one that there is not; at `Needs` where there is none at all. */
export type CutAt<
  Op extends string,
  Name extends string,
  S extends Shape,
  A extends number,
  Needs extends string = Name,
> = S extends readonly []
  ? NeedsAxis<Op, Needs>
  : TryCut<S, A> extends infer Parts
    ? Parts extends null
      ? Wrong<
          Name,
          `${Op}: ${Name} must be from -${S["length"]} to ${Below<S>}, got ${A}; choose an axis of ${Show<S>}`
        >
      : Parts
    : never;
export type NeedsAxis<Op extends string, Where extends string> = Wrong<
  Where,
  `${Op}: input needs at least one axis, got []; reshape it to [1]`
>;

/** `[before, size, after]`; `never` where the shape has no such axis. */
export type Cut<S extends Shape, A extends number> = Exclude<TryCut<S, A>, null>;
/** As `Cut`, but `null` where there is no such axis: a question that stays open where `S` is. */
type TryCut<S extends Shape, A extends number> = `${A}` extends `-${infer N extends number}`
  ? CutBack<S, N>
  : CutFront<S, A>;
type CutFront<S extends Shape, A, Before extends Shape = []> = S extends readonly [
  infer D extends Dim,
  ...infer R extends Shape,
]
  ? Before["length"] extends A
    ? [Before, D, R]
    : CutFront<R, A, [...Before, D]>
  : null;
type CutBack<S extends Shape, N, After extends Shape = []> = S extends readonly [
  ...infer R extends Shape,
  infer D extends Dim,
]
  ? [D, ...After]["length"] extends N
    ? [R, D, After]
    : CutBack<R, N, [D, ...After]>
  : null;
/** The last axis. */
export type Below<S extends Shape> = S extends readonly [Dim, ...infer R extends Shape] ? R["length"] : never;

/** As the schema `whole(name, 0)`. */
export type WholeFrom0<Op extends string, Name extends string, V extends number> = [V] extends [never]
  ? never
  : [`${V}`] extends [NoPlace]
    ? Wrong<Name, `${Op}: ${Name} must be a whole number of at least 0, got ${V}; give 0 or more`>
    : never;
type NoPlace = `-${string}` | `${string}.${string}` | `${string}e${string}`;

/** As the schema `places(name)`. */
export type Places<Op extends string, Name extends string, V extends Shape> = [V] extends [never]
  ? never
  : V extends readonly []
    ? NoPlaces<Op, Name, V>
    : true extends AnyNoPlace<`${V[number]}`>
      ? NoPlaces<Op, Name, V>
      : never;
type AnyNoPlace<Text> = Text extends NoPlace ? true : never;
type NoPlaces<Op extends string, Name extends string, V extends Shape> = Wrong<
  Name,
  `${Op}: ${Name} must be a list of whole numbers from 0, got ${GotList<V>}; give e.g. [1, 0]`
>;

/** `[before, after]` of the place of a new axis, or the refusal of one that there cannot be. */
export type PlaceAt<Op extends string, S extends Shape, A extends number> =
  // Asked of `S` alone first, so that it stays open where `S` is: see `At`.
  S extends Shape
    ? TryCut<[...S, 1], A> extends readonly [infer Before extends Shape, infer D extends Dim, infer After extends Shape]
      ? [D, ...After] extends readonly [...infer Rest extends Shape, Dim]
        ? [Before, Rest]
        : never
      : Wrong<"axis", `${Op}: axis must be from -${More<S>} to ${S["length"]}, got ${A}; choose an axis of ${Show<S>}`>
    : never;

type More<S extends Shape> = [...S, 1] extends infer T extends Shape ? T["length"] : never;

/** As `broadcast`: the shape, or `never` where the two do not fit. */
export type Broadcast<A extends Shape, B extends Shape, Out extends Shape = []> = true extends Unranked<A> | Unranked<B>
  ? Shape
  : [A, B] extends [
        readonly [infer X extends Dim, ...infer AR extends Shape],
        readonly [infer Y extends Dim, ...infer BR extends Shape],
      ]
    ? Repeated<X, Y> extends infer D extends Dim
      ? [D] extends [never]
        ? never
        : Broadcast<AR, BR, [...Out, D]>
      : never
    : [A, B] extends [readonly [], readonly []]
      ? Out
      : never;
/** A size that is not known is 1 or the other, where that is not 1. */
type Repeated<X extends Dim, Y extends Dim> = X extends 1
  ? Y
  : Y extends 1
    ? X
    : SameDim<X, Y> extends true
      ? number extends X
        ? Y
        : X
      : never;

/** `[1, 2]` as the program prints a list that it refuses. */
export type GotList<V extends Shape> = `[${Join<V, ",">}]`;
