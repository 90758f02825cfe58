/** The last axes of a sample, as many as told or all: what layer norm and RMS norm work over. Rule and its twin. */

import {
  ArgumentError,
  attributes,
  between,
  type FromPyTorch,
  flag,
  type In,
  type Layer,
  listed,
  type Tensor,
  whole,
} from "../op/index.js";
import type { Random } from "../random.js";
import {
  type At,
  type BelowOne,
  type BelowOneArg,
  type Cut,
  type FirstWrong,
  type HasShape,
  type Known,
  type Out,
  product,
  type Shape,
  ShapeMismatch,
  type Show,
  sameShape,
  show,
  type Unranked,
  type Whole,
  type WholeArg,
  type Wrong,
} from "../shape/index.js";
import type { NormAttrs } from "./normalising.js";

export interface LastAxesAttrs extends NormAttrs {
  /** How many axes are normalised together, the last ones; all of the sample unless told. */
  readonly lastAxes?: number | undefined;
}

export const lastAxesAttrs = (eps: number) =>
  attributes({
    lastAxes: whole("lastAxes", 1).optional(),
    eps: between("eps", 0, 1).default(eps),
    affine: flag("affine").default(true),
  });

export const lastAxesNeeded =
  (op: string) =>
  (shape: Shape, { lastAxes = 1 }: LastAxesAttrs): void => {
    if (shape.length === 0) throw new ShapeMismatch(`${op}: input needs at least one axis, got []; reshape it to [1]`);
    if (lastAxes > shape.length) {
      throw new ShapeMismatch(
        `${op}: lastAxes must be from 1 to ${shape.length}, got ${lastAxes}; choose at most the axes of ${show(shape)}`,
      );
    }
  };

/** Sizes before the axes that are normalised together, and theirs: PyTorch's `normalized_shape`. */
const split = (shape: Shape, { lastAxes = shape.length }: LastAxesAttrs): { before: Shape; last: Shape } => ({
  before: shape.slice(0, shape.length - lastAxes),
  last: shape.slice(shape.length - lastAxes),
});
export const rowsBefore = (shape: Shape, attrs: LastAxesAttrs): number => product(split(shape, attrs).before);
export const learnedLast = (shape: Shape, attrs: LastAxesAttrs) => {
  const { before, last } = split(shape, attrs);
  return { first: before.length, shape: last };
};

/** Some of the last axes, or all, which is what stands where none are named. */
export function someLastAxes(random: Random, shape: Shape): Pick<LastAxesAttrs, "lastAxes"> {
  const lastAxes = random.int(1, shape.length);
  return lastAxes === shape.length ? {} : { lastAxes };
}

/** PyTorch's module, which names the sizes of the axes. */
export const lastAxesCall = (signature: string): FromPyTorch => ({
  signatures: [signature],
  attrs: ({ normalized_shape, eps, elementwise_affine }, { inputs: [shape] }) => {
    const sizes = listed(normalized_shape) as Shape;
    if (!sameShape(shape!.slice(-sizes.length), sizes)) {
      throw new ArgumentError(
        `normalized_shape: it must be the last sizes of the input, got ${show(sizes)} of ${show(shape!)}; correct one of them`,
      );
    }
    const lastAxes = sizes.length === shape!.length ? {} : { lastAxes: sizes.length };
    return { ...lastAxes, ...(eps === null ? {} : { eps }), affine: elementwise_affine };
  },
});

type Rule<Op extends string, S extends Shape, K extends number, E extends number> =
  FirstWrong<[Whole<Op, "lastAxes", K>, BelowOne<Op, "eps", E>]> extends infer W
    ? [W] extends [never]
      ? S extends readonly []
        ? Wrong<"input", `${Op}: input needs at least one axis, got []; reshape it to [1]`>
        : Enough<Op, S, K>
      : W
    : never;
type Enough<Op extends string, S extends Shape, K extends number> = [Known<K>, Unranked<S>] extends [true, false]
  ? [Cut<S, Negative<K>>] extends [never]
    ? Wrong<
        "lastAxes",
        `${Op}: lastAxes must be from 1 to ${S["length"]}, got ${K}; choose at most the axes of ${Show<S>}`
      >
    : S
  : S;
type Negative<K extends number> = `-${K}` extends `${infer N extends number}` ? N : never;

export interface LastAxesOptions<K, E> {
  /** How many axes are normalised together, the last ones; all unless told. */
  readonly lastAxes?: K;
  /** Added to the variance. */
  readonly eps?: E;
  /** Learn a scale, and a shift where the mean is taken out; true unless told. */
  readonly affine?: boolean;
}
export interface LastAxesLayer<Op extends string, K extends number, E extends number> extends Layer {
  readonly out: Rule<Op, In<this>, K, E>;
}
export type LastAxesMaker<Op extends string> = <K extends number = 1, E extends number = 0.1>(
  options?: LastAxesOptions<WholeArg<Op, "lastAxes", K>, BelowOneArg<Op, "eps", E>>,
) => LastAxesLayer<Op, K, E>;
export type LastAxesMethod<Op extends string> = <S extends Shape, K extends number = 1, E extends number = 0.1>(
  this: At<Rule<Op, S, K, E>, "input", HasShape<S>>,
  options?: LastAxesOptions<At<Rule<Op, S, K, E>, "lastAxes", K>, At<Rule<Op, S, K, E>, "eps", E>>,
) => Tensor<Out<Rule<Op, S, K, E>>>;
