/** The rule of mean, sum, max and min over axes, in types: the twin of the schema and `kept` in reduce.ts. */
import type { In, Layer, Tensor } from "../op/index.js";
import type { At, AxisList, CutAt, Dim, HasShape, Known, Out, Shape, Show, Unranked, Wrong } from "../shape/index.js";

/** One axis, several, or all. */
export type Axes = number | readonly number[] | undefined;

export type ReduceRule<Op extends string, S extends Shape, A extends Axes, K extends boolean> =
  AxisList<Op, "axes", A> extends infer W
    ? [W] extends [never]
      ? [Unranked<S>, boolean extends K ? true : false] extends [false, false]
        ? A extends undefined
          ? Kept<S, number, K>
          : Listed<A> extends infer L extends readonly number[]
            ? AllKnown<L> extends true
              ? Places<Op, S, L, L> extends infer P
                ? P extends [infer Gone]
                  ? Kept<S, Gone, K>
                  : P
                : never
              : Shape
            : never
        : Shape
      : W
    : never;

type Listed<A> = A extends readonly number[] ? A : [A];
type AllKnown<L extends readonly number[]> = number extends L["length"]
  ? false
  : L extends readonly [infer A, ...infer R extends readonly number[]]
    ? Known<A> extends true
      ? AllKnown<R>
      : false
    : true;

/** The axes counted from the front as one union in a tuple, or the refusal; an axis that is named twice is refused last. */
type Places<
  Op extends string,
  S extends Shape,
  All extends readonly number[],
  L extends readonly number[],
  Found = never,
  Twice = false,
> = L extends readonly [infer A extends number, ...infer R extends readonly number[]]
  ? CutAt<Op, "axes", S, A> extends infer Parts
    ? Parts extends [infer Before extends Shape, Dim, Shape]
      ? Places<Op, S, All, R, Found | Before["length"], [Before["length"]] extends [Found] ? true : Twice>
      : Parts
    : never
  : Twice extends true
    ? Wrong<"axes", `${Op}: axes must be different axes, got ${Show<All>}; name each once`>
    : [Found];

type Kept<S extends Shape, Gone, K, Seen extends 1[] = [], Left extends Shape = []> = S extends readonly [
  infer D extends Dim,
  ...infer R extends Shape,
]
  ? Seen["length"] extends Gone
    ? Kept<R, Gone, K, [...Seen, 1], K extends true ? [...Left, 1] : Left>
    : Kept<R, Gone, K, [...Seen, 1], [...Left, D]>
  : Left;

export interface ReduceOptions<K> {
  /** Leave an axis of size 1 where one was reduced; not unless told. */
  readonly keepDims?: K;
}
export type ReduceMethod<Op extends string> = <
  S extends Shape,
  const A extends Axes = undefined,
  K extends boolean = false,
  W = ReduceRule<Op, S, A, K>,
>(
  this: HasShape<S>,
  axes?: At<W, "axes", A>,
  options?: ReduceOptions<K>,
) => Tensor<Out<W>>;

export interface ReduceLayer<Op extends string, A extends Axes, K extends boolean> extends Layer {
  readonly out: ReduceRule<Op, In<this>, A, K>;
}
export type ReduceMaker<Op extends string> = <
  const A extends Axes = undefined,
  K extends boolean = false,
  W = ReduceRule<Op, Shape, A, K>,
>(
  axes?: At<W, "axes", A>,
  options?: ReduceOptions<K>,
) => ReduceLayer<Op, A, K>;
