/** The rule of slice in types: the twin of its schema and shape rule. */
import type {
  AxisNumber,
  CutAt,
  Difference,
  Divided,
  FirstWrong,
  Known,
  PlaceNumber,
  Shape,
  Show,
  Unranked,
  Whole,
  Wrong,
} from "../shape/index.js";

/** Where a slice ends: behind the last place where it is not told. */
export type Place = number | undefined;

/** From `F` to before `E` along axis `A`, every `St`-th. */
export type SliceRule<S extends Shape, F extends number, E extends Place, A extends number, St extends number> =
  FirstWrong<
    [
      PlaceNumber<"slice", "start", F>,
      PlaceNumber<"slice", "end", E>,
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
  E extends Place,
  A extends number,
  St extends number,
> =
  FromFront<D, E> extends infer End
    ? End extends null
      ? NoPlace<S, D, "end", E & number, A>
      : FromFront<D, F> extends infer Start
        ? Start extends null
          ? NoPlace<S, D, "start", F, A>
          : Difference<End, Start> extends infer Length
            ? Length extends null | 0
              ? Wrong<
                  "start",
                  `slice: start must be before end ${E extends number ? E : D}, got ${F} along axis ${A} of ${Show<S>}; start earlier`
                >
              : Divided<Length, St>
            : never
        : never
    : never;
/** A place counted from the front; `null` where there is none. */
type FromFront<D extends number, V extends Place> = [V] extends [number]
  ? `${V}` extends `-${infer N extends number}`
    ? Difference<D, N>
    : Difference<D, V> extends null
      ? null
      : V
  : [V] extends [undefined]
    ? D
    : number;
type NoPlace<S extends Shape, D extends number, Name extends string, V extends number, A extends number> = Wrong<
  Name,
  `slice: ${Name} must be from -${D} to ${D}, got ${V} along axis ${A} of ${Show<S>}; choose a place of it`
>;
