/** `x * y.expand_as(x)`: what was repeated to the size of the other, where sizes of 1 are repeated anyway. */
import { isRefusal, type Op } from "../../op/index.js";
import { type Shape, sameShape } from "../../shape/index.js";
import type { Tensor } from "./values.js";

/** The tensors with what was repeated as it was before, where the op takes it so beside the other. */
export function narrowed(
  given: readonly Tensor[],
  { shape }: Op,
  shapeOf: (tensor: Tensor) => Shape,
): readonly Tensor[] {
  const at = given.findIndex(({ repeated }) => repeated);
  const [repeated, other] = [given[at]?.repeated, given[1 - at]];
  if (!repeated || !other || other.repeated || given.length !== 2) return given;
  const shapes = [shapeOf(repeated.from), shapeOf(other)];
  if (!sameShape(shapes[1]!, repeated.shape)) return given;
  try {
    shape(at === 0 ? shapes : shapes.toReversed(), {});
    return given.with(at, repeated.from);
  } catch (error) {
    if (isRefusal(error)) return given;
    throw error;
  }
}
