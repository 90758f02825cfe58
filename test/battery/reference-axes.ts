/** References of ops that join tensors or move, pick and reduce axes: plain loops over every index. */
import type { Shape } from "../../src/shape/index.js";
import { indices, offset, type Reference } from "./reference.js";

/** The element at an index; an axis of size 1 is repeated. */
const at = (x: Float32Array, shape: Shape, index: readonly number[]): number =>
  x[
    offset(
      shape,
      index.map((i, axis) => (shape[axis] === 1 ? 0 : i)),
    )!
  ]!;

export const elementwise =
  (f: (a: number, b: number) => number): Reference =>
  ({ inputs: [a, b], output, x: [xa, xb] }) =>
    indices(output).map(index => f(at(xa!, a!, index), at(xb!, b!, index)));

export const matmul: Reference = ({ inputs: [a, b], output, x: [xa, xb] }) =>
  indices(output).map(index => {
    const leading = index.slice(0, -2);
    let sum = 0;
    for (let k = 0; k < a!.at(-1)!; k++) {
      // k stands last in one and second to last in the other; neither is ever a size of 1 that is repeated.
      sum += at(xa!, a!, [...leading, index.at(-2)!, k]) * at(xb!, b!, [...leading, k, index.at(-1)!]);
    }
    return sum;
  });

/** Every element of the output stands somewhere in the input. */
const moved =
  (from: (index: number[], call: Parameters<Reference>[0]) => number[]): Reference =>
  call =>
    indices(call.output).map(index => call.x[0]![offset(call.inputs[0]!, from(index, call))!]!);

const front = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

export const transpose = moved((index, { attrs, inputs: [shape] }) => {
  const [a, b] = [front(attrs.axis0, shape!.length), front(attrs.axis1, shape!.length)];
  const swapped = [...index];
  [swapped[a], swapped[b]] = [index[b]!, index[a]!];
  return swapped;
});

export const permute = moved((index, { attrs }) => {
  const before: number[] = [];
  attrs.order.forEach((axis: number, place: number) => {
    before[axis] = index[place]!;
  });
  return before;
});

export const slice = moved((index, { attrs, inputs: [shape] }) =>
  index.map((i, axis) =>
    axis === front(attrs.axis, shape!.length) ? front(attrs.start, shape![axis]!) + i * attrs.step : i,
  ),
);

export const gather = moved((index, { attrs, inputs: [shape] }) =>
  index.map((i, axis) => (axis === front(attrs.axis, shape!.length) ? attrs.indices[i] : i)),
);

/** Axes to be reduced, from the front. */
const reduced = (axes: readonly number[] | undefined, rank: number): number[] =>
  axes === undefined ? Array.from({ length: rank }, (_, axis) => axis) : axes.map(axis => front(axis, rank));

export const reduce =
  (f: (values: number[]) => number): Reference =>
  ({ attrs, inputs: [shape], x: [x] }) => {
    const gone = reduced(attrs.axes, shape!.length);
    const kept = shape!.map((dim, axis) => (gone.includes(axis) ? 1 : dim));
    const within = shape!.map((dim, axis) => (gone.includes(axis) ? dim : 1));
    return indices(kept).map(index =>
      f(
        indices(within).map(
          inner =>
            x![
              offset(
                shape!,
                index.map((i, axis) => i + inner[axis]!),
              )!
            ]!,
        ),
      ),
    );
  };

/** Along an axis that is there. */
export const concat: Reference = ({ attrs, inputs, output, x }) => {
  const axis = front(attrs.axis, output.length);
  return indices(output).map(index => {
    const inside = [...index];
    const which = inputs.findIndex(shape => {
      if (inside[axis]! < shape[axis]!) return true;
      inside[axis]! -= shape[axis]!;
      return false;
    });
    return x[which]![offset(inputs[which]!, inside)!]!;
  });
};

/** Along a new axis. */
export const stack: Reference = ({ attrs, inputs, output, x }) => {
  const axis = front(attrs.axis, output.length);
  return indices(output).map(index => x[index[axis]!]![offset(inputs[0]!, index.toSpliced(axis, 1))!]!);
};
