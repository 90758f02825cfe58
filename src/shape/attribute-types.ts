/**
 * Type-level twins of the attribute schemas (op/attributes.ts), in their very words. Each comes twice: as a part of a
 * rule (`never`, or the refusal) and as the parameter of a layer's maker (`...Arg`).
 *
 * A maker must take a type parameter, so that blocks can be written as `<F extends number>(channels: F) => ...`. For
 * this every question below is asked so that the answer for `any`, which takes the first branch, is "fine"; see `At`.
 */
import type { Rank, Shape } from "./shape.js";
import type { Join, ShapeError, Wrong } from "./types.js";

/** One number per spatial axis, or one for all. */
export type Sizes = number | readonly number[];

/** How numbers that are no sizes look when printed; `number` itself does not. */
type NoSize<Least extends 0 | 1> =
  | `-${string}`
  | `${string}.${string}`
  | `${string}e${string}`
  | (Least extends 1 ? "0" : never);
type AnyNoSize<Text, Least extends 0 | 1> = Text extends NoSize<Least> ? true : never;

/** As `whole(name, 1)`. */
export type Whole<Op extends string, Name extends string, V extends number> =
  RefusesWhole<V> extends true ? Wrong<Name, NotWhole<Op, Name, V>> : never;
export type WholeArg<Op extends string, Name extends string, V extends number> =
  RefusesWhole<V> extends true ? ShapeError<NotWhole<Op, Name, V>> : V;
type RefusesWhole<V extends number> = [V] extends [never] ? false : [`${V}`] extends [NoSize<1>] ? true : false;
type NotWhole<
  Op extends string,
  Name extends string,
  V extends number,
> = `${Op}: ${Name} must be a whole number of at least 1, got ${V}; give 1 or more`;

/** As `perAxis(name, rank, least)`. */
export type PerAxis<Op extends string, Name extends string, R extends Rank, Least extends 0 | 1, V extends Sizes> =
  RefusesPerAxis<R, Least, V> extends true ? Wrong<Name, NotPerAxis<Op, Name, R, Least, V>> : never;
export type PerAxisArg<Op extends string, Name extends string, R extends Rank, Least extends 0 | 1, V extends Sizes> =
  RefusesPerAxis<R, Least, V> extends true ? ShapeError<NotPerAxis<Op, Name, R, Least, V>> : V;
type RefusesPerAxis<R extends Rank, Least extends 0 | 1, V extends Sizes> = [V] extends [never]
  ? false
  : [V] extends [readonly number[]]
    ? number extends V["length"]
      ? false
      : V["length"] extends R
        ? [AnyNoSize<`${V[number]}`, Least>] extends [never]
          ? false
          : true
        : true
    : [`${V & number}`] extends [NoSize<Least>]
      ? true
      : false;
type NotPerAxis<
  Op extends string,
  Name extends string,
  R extends Rank,
  Least extends 0 | 1,
  V,
> = `${Op}: ${Name} must be a whole number of at least ${Least}, or ${R} of them, got ${Got<V>}; give 1 or ${Ones[R]}`;
type Got<V> = V extends number ? `${V}` : V extends Shape ? `[${Join<V, ",">}]` : never;
export type Ones = { 1: "[1]"; 2: "[1, 1]"; 3: "[1, 1, 1]" };

/** Padding per axis, also unequal at its two ends, or what keeps the size. */
export type PaddingSizes = number | "same" | readonly (number | readonly [number, number])[];
/** As `edges(name, rank)`. */
export type EdgesPerAxis<Op extends string, Name extends string, R extends Rank, V extends PaddingSizes> =
  RefusesEdges<R, V> extends true ? Wrong<Name, NotEdges<Op, Name, R, V>> : never;
export type EdgesArg<Op extends string, Name extends string, R extends Rank, V extends PaddingSizes> =
  RefusesEdges<R, V> extends true ? ShapeError<NotEdges<Op, Name, R, V>> : V;
type RefusesEdges<R extends Rank, V extends PaddingSizes> = [V] extends [never]
  ? false
  : [V] extends ["same"]
    ? false
    : [V] extends [readonly unknown[]]
      ? number extends V["length"]
        ? false
        : V["length"] extends R
          ? [AnyNoSize<`${AllIn<V[number]>}`, 0>] extends [never]
            ? false
            : true
          : true
      : [`${V & number}`] extends [NoSize<0>]
        ? true
        : false;
type AllIn<Item> = Item extends readonly [infer A extends number, infer B extends number] ? A | B : Item & number;
type NotEdges<
  Op extends string,
  Name extends string,
  R extends Rank,
  V,
> = `${Op}: ${Name} must be same, or a whole number of at least 0, or ${R} of them or of [begin, end], got ${GotEdges<V>}; give 1 or ${Ones[R]}`;
/** As JSON.stringify shows it at run time; equal ends are one number. */
export type ShowEdges<V> = V extends readonly [infer A, infer B]
  ? [A, B] extends [B, A]
    ? GotEdges<A>
    : GotEdges<V>
  : GotEdges<V>;
export type GotEdges<V> = V extends number ? `${V}` : V extends readonly unknown[] ? `[${JoinEdges<V>}]` : never;
type JoinEdges<V extends readonly unknown[]> = V extends readonly [infer A]
  ? GotEdges<A>
  : V extends readonly [infer A, ...infer R]
    ? `${GotEdges<A>},${JoinEdges<R>}`
    : "";

/** As `between(name, 0, 1)`. */
export type BelowOne<Op extends string, Name extends string, V extends number> =
  RefusesFraction<V> extends true ? Wrong<Name, NotBelowOne<Op, Name, V>> : never;
export type BelowOneArg<Op extends string, Name extends string, V extends number> =
  RefusesFraction<V> extends true ? ShapeError<NotBelowOne<Op, Name, V>> : V;
type RefusesFraction<V extends number> = [V] extends [never]
  ? false
  : number extends V
    ? false
    : [`${V}`] extends [`-${string}`]
      ? true
      : [`${V}`] extends ["0" | `0.${string}` | `${number}e-${number}`]
        ? false
        : true;
type NotBelowOne<
  Op extends string,
  Name extends string,
  V extends number,
> = `${Op}: ${Name} must be a number from 0 to below 1, got ${V}; give e.g. 0.5`;

/** As `positive(name)`. */
export type Positive<Op extends string, Name extends string, V extends number> =
  RefusesPositive<V> extends true ? Wrong<Name, NotPositive<Op, Name, V>> : never;
export type PositiveArg<Op extends string, Name extends string, V extends number> =
  RefusesPositive<V> extends true ? ShapeError<NotPositive<Op, Name, V>> : V;
type RefusesPositive<V extends number> = [V] extends [never]
  ? false
  : [`${V}`] extends ["0" | `-${string}`]
    ? true
    : false;
type NotPositive<
  Op extends string,
  Name extends string,
  V extends number,
> = `${Op}: ${Name} must be a number above 0, got ${V}; give e.g. 1`;

/** As `sizes(name)`. */
export type ListOfSizes<Op extends string, Name extends string, V extends Shape> =
  true extends NoSizeIn<V>
    ? Wrong<Name, `${Op}: ${Name} must be a list of whole numbers from 1, got [${Join<V, ",">}]; give e.g. [1, 28, 28]`>
    : never;
/** `true` when a size of the shape is none. */
export type NoSizeIn<S extends Shape> = AnyNoSize<`${S[number]}`, 1>;
