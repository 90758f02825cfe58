/**
 * Natural-number arithmetic on literal types.
 *
 * A number is worked on as a string of decimal digits, least significant first
 * (128 is "821", zero is ""), so the cost grows with the digit count and not
 * with the value. Whatever is not a known natural literal — `number`, a union,
 * a fraction — has digits `null`, and every result made from it is plain `number`.
 */

type Digit = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9";
type Bit = "0" | "1";

/** `Sum[x][y]` is x + y as "carry digit". */
type Sum = {
  "0": ["00", "01", "02", "03", "04", "05", "06", "07", "08", "09"];
  "1": ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10"];
  "2": ["02", "03", "04", "05", "06", "07", "08", "09", "10", "11"];
  "3": ["03", "04", "05", "06", "07", "08", "09", "10", "11", "12"];
  "4": ["04", "05", "06", "07", "08", "09", "10", "11", "12", "13"];
  "5": ["05", "06", "07", "08", "09", "10", "11", "12", "13", "14"];
  "6": ["06", "07", "08", "09", "10", "11", "12", "13", "14", "15"];
  "7": ["07", "08", "09", "10", "11", "12", "13", "14", "15", "16"];
  "8": ["08", "09", "10", "11", "12", "13", "14", "15", "16", "17"];
  "9": ["09", "10", "11", "12", "13", "14", "15", "16", "17", "18"];
  "10": ["10", "11", "12", "13", "14", "15", "16", "17", "18", "19"];
};
/** `Carried[c][x]` is x + c. */
type Carried = [
  ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
  ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"],
];
type Before = ["", "0", "1", "2", "3", "4", "5", "6", "7", "8"];
type NinesComplement = ["9", "8", "7", "6", "5", "4", "3", "2", "1", "0"];

export type AddN<
  A extends string,
  B extends string,
  C extends Bit = "0",
  Out extends string = "",
> = A extends `${infer X extends Digit}${infer AR}`
  ? B extends `${infer Y extends Digit}${infer BR}`
    ? Sum[Carried[C][X]][Y] extends `${infer C2 extends Bit}${infer D}`
      ? AddN<AR, BR, C2, `${Out}${D}`>
      : never
    : C extends "1"
      ? AddN<A, "1", "0", Out>
      : `${Out}${A}`
  : C extends "1"
    ? AddN<B, "1", "0", Out>
    : `${Out}${B}`;

/** A - B, or `null` when B is larger: adds the nines' complement of B, plus one, and drops the last carry. */
export type SubN<
  A extends string,
  B extends string,
  C extends Bit = "1",
  Out extends string = "",
> = A extends `${infer X extends Digit}${infer AR}`
  ? B extends `${infer Y extends Digit}${infer BR}`
    ? Sum[Carried[C][X]][NinesComplement[Y]] extends `${infer C2 extends Bit}${infer D}`
      ? SubN<AR, BR, C2, `${Out}${D}`>
      : never
    : C extends "1"
      ? Trim<`${Out}${A}`>
      : SubN<A, "1", "1", Out>
  : B extends ""
    ? C extends "1"
      ? Trim<Out>
      : null
    : null;

/** A * B, from the most significant digit of B: shift the sum, add A times that digit. */
export type MulN<A extends string, B extends string> = A extends "" ? "" : MulRev<A, Reverse<B>>;
type MulRev<
  A extends string,
  B extends string,
  Out extends string = "",
> = B extends `${infer Y extends Digit}${infer R}`
  ? MulRev<A, R, AddN<Out extends "" ? "" : `0${Out}`, Times<A, Y>>>
  : Out;
type Times<A extends string, Y extends string> = Y extends "0"
  ? ""
  : Y extends Digit
    ? AddN<A, Times<A, Before[Y]>>
    : "";

/** A / B rounded down: long division, from the most significant digit of A. */
export type DivN<A extends string, B extends string> = DivRev<Reverse<A>, B>;
type DivRev<
  A extends string,
  B extends string,
  Rem extends string = "",
  Out extends string = "",
> = A extends `${infer D}${infer R}`
  ? Take<`${D}${Rem}` extends "0" ? "" : `${D}${Rem}`, B> extends [infer Q extends number, infer Rem2 extends string]
    ? DivRev<R, B, Rem2, `${Q}${Out}`>
    : never
  : Trim<Out>;
/** How many times B fits in A (at most nine), and what is left. */
type Take<A extends string, B extends string, Count extends 1[] = []> =
  SubN<A, B> extends infer R extends string ? Take<R, B, [...Count, 1]> : [Count["length"], A];

/** Drop leading zeros, which are at the end. */
type Trim<A extends string> = A extends `${infer R}0` ? Trim<R> : A;
type Reverse<S extends string, Out extends string = ""> = S extends `${infer D}${infer R}`
  ? Reverse<R, `${D}${Out}`>
  : Out;

export type Digits<A> = IsUnion<A> extends true ? null : A extends number ? Parse<`${A}`> : null;
type Parse<S extends string, Out extends string = ""> = S extends `${infer D extends Digit}${infer R}`
  ? Parse<R, `${D}${Out}`>
  : S extends ""
    ? Out extends "0"
      ? ""
      : Out
    : null;
type IsUnion<T, U = T> = T extends U ? ([U] extends [T] ? false : true) : never;

export type Print<A extends string> = Reverse<A> extends `${infer N extends number}` ? N : 0;

export type Add<A, B> = [Digits<A>, Digits<B>] extends [infer X extends string, infer Y extends string]
  ? Print<AddN<X, Y>>
  : number;
export type Mul<A, B> = [Digits<A>, Digits<B>] extends [infer X extends string, infer Y extends string]
  ? Print<MulN<X, Y>>
  : number;
/** Whether A divides B; true where either is not known. */
export type Divides<A, B> = A extends 1
  ? true
  : [Digits<A>, Digits<B>] extends [infer X extends string, infer Y extends string]
    ? MulN<DivN<Y, X>, X> extends Y
      ? true
      : false
    : true;
/** A - B, `null` where B is larger; `number` where either is not known. */
export type Difference<A, B> = [Digits<A>, Digits<B>] extends [infer X extends string, infer Y extends string]
  ? SubN<X, Y> extends infer R extends string
    ? Print<R>
    : null
  : number;
/** A / B rounded up, for A from 1. */
export type Divided<A, B> = [Digits<A>, Digits<B>] extends [infer X extends string, infer Y extends string]
  ? SubN<X, "1"> extends infer R extends string
    ? Print<AddN<DivN<R, Y>, "1">>
    : 0
  : number;
/** A times the decimal B, rounded down; `number` where either is not known. */
export type Scaled<A, B extends number> =
  Digits<A> extends infer X extends string
    ? `${B}` extends `${string}e-${string}`
      ? 0
      : `${B}` extends `${infer Whole}.${infer Part}`
        ? Print<DropLow<MulN<X, Trim<Reverse<`${Whole}${Part}`>>>, Part>>
        : Digits<B> extends infer Y extends string
          ? Print<MulN<X, Y>>
          : number
    : number;
/** A without as many of its lowest digits as Part has. */
type DropLow<A extends string, Part extends string> = Part extends `${infer _}${infer R}`
  ? A extends `${infer _}${infer AR}`
    ? DropLow<AR, R>
    : ""
  : A;
