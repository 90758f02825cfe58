/**
 * Shapes in the type system: what every type-level rule answers and how an answer becomes a parameter or a result.
 * A rule gives either a shape or `Wrong<Where, Sentence>`: the sentence of the run-time error and the argument it is about.
 */
import type { Mul } from "./nat.js";
import type { Dim, Shape } from "./shape.js";

declare const because: unique symbol;
/**
 * A type that no value has; its message is what the editor shows. It brands `symbol` because that has no properties to
 * compare: the compiler then says "Argument of type ... is not assignable to ShapeError<...>" and nothing else.
 */
export type ShapeError<Message extends string> = symbol & { readonly [because]: Message };

/** A rule's refusal: the argument at which it is shown, and the sentence. */
export interface Wrong<Where extends string, Sentence extends string> {
  readonly where: Where;
  readonly sentence: Sentence;
}

/**
 * The type of the parameter `Where`: `Ok`, or the error that the rule puts there.
 *
 * `Result` must not stand bare in a branch: it would be a place to infer from, and the compiler would follow the rule's
 * recursion into it until "excessively deep". And nothing may be inferred in `At` itself, and `Refuses` must say no to
 * `any`: then the compiler accepts a type parameter where it cannot resolve `At` yet, so that ops can be called in
 * functions that are generic in a shape or a size.
 */
export type At<Result, Where extends string, Ok> =
  Refuses<Result, Where> extends true ? ShapeError<SentenceOf<Result>> : Ok;
type Refuses<Result, Where extends string> = [Result] extends [Shape]
  ? false
  : [Result] extends [Wrong<Where, string>]
    ? true
    : false;
type SentenceOf<Result> = [Result] extends [Wrong<string, infer Sentence>] ? Sentence : never;
/** `Ok`, or the error wherever the rule puts it. */
export type Check<Result, Ok> = At<Result, string, Ok>;
/** The shape that a rule gave, or any shape after an error, so that one mistake is reported once. */
export type Out<Result> = [Result] extends [infer S extends Shape] ? S : Shape;

/** `const` type parameters infer `readonly` tuples; shapes are shown without the word. */
export type Plain<S> = { -readonly [I in keyof S]: S[I] };

/** What an op needs to know of an operand. */
export interface HasShape<S extends Shape = Shape> {
  readonly shape: S;
}

/** True for `Shape` itself: a shape whose rank is not known while type checking. */
export type Unranked<S extends Shape> = number extends S["length"] ? true : false;

/** `[20, 24, 24]` as text. */
export type Show<S extends Shape> = `[${Join<S, ", ">}]`;
export type Join<S extends Shape, Between extends string> = S extends readonly [infer D extends Dim]
  ? `${D}`
  : S extends readonly [infer D extends Dim, ...infer R extends Shape]
    ? `${D}${Between}${Join<R, Between>}`
    : "";

/** The first of several rules' refusals; `never` when there is none. */
export type FirstWrong<Rules extends readonly unknown[]> = [Rules[number]] extends [never]
  ? never
  : Rules extends readonly [infer First, ...infer Rest]
    ? [First] extends [never]
      ? FirstWrong<Rest>
      : First
    : never;

export type Product<S extends Shape> = S extends readonly [infer D]
  ? D
  : S extends readonly [infer D, infer E, ...infer R extends Shape]
    ? Product<[Mul<D, E>, ...R]>
    : S extends readonly []
      ? 1
      : number;

/** Whether two sizes may be equal: a size not known while type checking is checked when the program runs. */
export type SameDim<A, B> = number extends A | B ? true : [A, B] extends [B, A] ? true : false;
export type SameShape<A extends Shape, B extends Shape> = true extends Unranked<A> | Unranked<B>
  ? true
  : [A, B] extends [readonly [infer X, ...infer AR extends Shape], readonly [infer Y, ...infer BR extends Shape]]
    ? SameDim<X, Y> extends true
      ? SameShape<AR, BR>
      : false
    : [A, B] extends [readonly [], readonly []]
      ? true
      : false;
