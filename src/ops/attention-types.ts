/** The rule of attention in types: the twin of its schema and shape rule. */
import type { BelowOne, Divides, FirstWrong, SameDim, Shape, Show, Unranked, Whole, Wrong } from "../shape/index.js";

type Op = "multiHeadAttention";
type Attrs<H extends number, P extends number> = FirstWrong<[Whole<Op, "heads", H>, BelowOne<Op, "dropout", P>]>;

/** `[length, features]` to the same. */
export type SelfRule<S extends Shape, H extends number, P extends number> =
  Attrs<H, P> extends infer W
    ? [W] extends [never]
      ? Matrix<S, "input", "heads"> extends infer W2
        ? [W2] extends [never]
          ? Divided<S, H>
          : W2
        : never
      : W
    : never;

/** A query [length, features] to the same, from a key and a value of one length. */
export type CrossRule<S extends Shape, K extends Shape, V extends Shape, H extends number, P extends number> =
  Attrs<H, P> extends infer W
    ? [W] extends [never]
      ? FirstWrong<[Matrix<S, "input", "heads">, Matrix<K, "key", "key">, Matrix<V, "value", "value">]> extends infer W2
        ? [W2] extends [never]
          ? OneLength<K, V> extends infer W3
            ? [W3] extends [never]
              ? Divided<S, H>
              : W3
            : never
          : W2
        : never
      : W
    : never;

type Matrix<S extends Shape, Name extends string, Where extends string> =
  Unranked<S> extends true
    ? never
    : S extends readonly [number, number]
      ? never
      : Wrong<Where, `${Op}: ${Name} must be [length, features], got ${Show<S>}; reshape it`>;

type OneLength<K extends Shape, V extends Shape> = true extends Unranked<K> | Unranked<V>
  ? never
  : SameDim<K[0], V[0]> extends true
    ? never
    : Wrong<
        "value",
        `${Op}: key and value must be of one length, got ${Show<K>} and ${Show<V>}; give a value for every key`
      >;

type Divided<S extends Shape, H extends number> = [Unranked<S>] extends [true]
  ? S
  : [Divides<H, S[1]>] extends [true]
    ? S
    : Wrong<"heads", `${Op}: heads ${H} must divide the features, got ${S[1]}; choose a divisor of ${S[1]}`>;
