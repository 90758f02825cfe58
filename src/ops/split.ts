/** split: the parts of one axis, of given sizes; each is a slice of its own. */
import { attributes, axis, composed, readAttrs, sizes, type Tensor } from "../op/index.js";
import {
  type Add,
  type At,
  type AxisNumber,
  axisOf,
  type CutAt,
  type FirstWrong,
  type HasShape,
  type Known,
  type ListOfSizes,
  type SameDim,
  type Shape,
  ShapeMismatch,
  type Show,
  show,
  type Unranked,
  type Wrong,
} from "../shape/index.js";

const name = "split";
const attrs = attributes({ sizes: sizes("sizes"), axis: axis("axis").default(0) });

export const split = composed(name, (x, parts, options) => {
  const read = readAttrs({ name, attrs }, { sizes: parts, ...(options as object | undefined) });
  const size = x.shape[axisOf(name, "axis", x.shape, read.axis)]!;
  if (read.sizes.reduce((sum, part) => sum + part, 0) !== size) {
    throw new ShapeMismatch(
      `split: sizes must add up to ${size}, got ${show(read.sizes)} along axis ${read.axis} of ${show(x.shape)}; name every part`,
    );
  }
  let start = 0;
  return read.sizes.map(part => {
    start += part;
    return x.slice(start - part, start, { axis: read.axis });
  });
});

/** `[before, after]` of the axis that is split, or the refusal; `Shape` where only the program knows. */
type Rule<S extends Shape, P extends Shape, A extends number> =
  FirstWrong<[ListOfSizes<"split", "sizes", P>, AxisNumber<"split", "axis", A>]> extends infer W
    ? [W] extends [never]
      ? [Unranked<S>, Unranked<P>, Known<A>] extends [false, false, true]
        ? CutAt<"split", "axis", S, A, "sizes"> extends infer Parts
          ? Parts extends [infer Before extends Shape, infer D extends number, infer After extends Shape]
            ? SameDim<D, Total<P>> extends true
              ? readonly [Before, After]
              : Wrong<
                  "sizes",
                  `split: sizes must add up to ${D}, got ${Show<P>} along axis ${A} of ${Show<S>}; name every part`
                >
            : Parts
          : never
        : Shape
      : W
    : never;
type Total<P extends Shape> = P extends readonly [infer A, infer B, ...infer Rest extends Shape]
  ? Total<[Add<A, B>, ...Rest]>
  : P extends readonly [infer A]
    ? A
    : 0;
type Parts<P extends Shape, W> = {
  -readonly [I in keyof P]: [W] extends [readonly [infer Before extends Shape, infer After extends Shape]]
    ? Tensor<[...Before, P[I] & number, ...After]>
    : Tensor;
};

declare module "../op/tensor.js" {
  interface Operators {
    /** The parts of an axis (the first unless told), of these sizes; together they are all of it. */
    split<S extends Shape, const P extends Shape, A extends number = 0, W = Rule<S, P, A>>(
      this: HasShape<S>,
      sizes: At<W, "sizes", P>,
      options?: { readonly axis?: At<W, "axis", A> },
    ): Parts<P, W>;
  }
}
