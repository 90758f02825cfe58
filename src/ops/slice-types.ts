/** The rule of slice in types: the twin of its schema and shape rule. */
import type {
  AxisNumber,
  CutAt,
  Difference,
  Divided,
  FirstWrong,
  Known,
  Shape,
  Show,
  Unranked,
  Whole,
  WholeFrom0,
  Wrong,
} from "../shape/index.js";

/** From `F` to before `E` along axis `A`, every `St`-th. */
export type SliceRule<S extends Shape, F extends number, E extends number, A extends number, St extends number> =
  FirstWrong<
    [
      WholeFrom0<"slice", "start", F>,
      Whole<"slice", "end", E>,
      AxisNumber<"slice", "axis", A>,
      Whole<"slice", "step", St>,
    ]
  > extends infer W
    ? [W] extends [never]
      ? [Unranked<S>, Known<A>] extends [false, true]
        ? CutAt<"slice", "axis", S, A, "start"> extends infer Parts
          ? Parts extends [infer Before extends Shape, infer D extends number, infer After extends Shape]
            ? Counted<S, D, F, E, A, St> extends infer Count
              ? Count extends number
                ? [...Before, Count, ...After]
                : Count
              : never
            : Parts
          : never
        : Shape
      : W
    : never;

type Counted<
  S extends Shape,
  D extends number,
  F extends number,
  E extends number,
  A extends number,
  St extends number,
> =
  Difference<D, E> extends null
    ? Wrong<"end", `slice: end must be at most ${D}, got ${E} along axis ${A} of ${Show<S>}; end earlier`>
    : Difference<E, F> extends infer Length
      ? Length extends null | 0
        ? Wrong<"start", `slice: start must be below end ${E}, got ${F}; start earlier`>
        : Divided<Length, St>
      : never;
