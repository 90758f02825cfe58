/** Axes of a shape by number, and the one rule by which two shapes are broadcast. */
import { type Shape, ShapeMismatch, show } from "./shape.js";

/** The axis counted from the front; a negative one counts from the end. */
export function axisOf(op: string, name: string, shape: Shape, axis: number, needs = 1): number {
  if (shape.length === 0 && needs > 0) {
    throw new ShapeMismatch(`${op}: input needs at least one axis, got []; reshape it to [1]`);
  }
  // A new axis (`needs` 0) has one place more than there are axes.
  const places = shape.length + 1 - needs;
  if (axis < -places || axis >= places) {
    throw new ShapeMismatch(
      `${op}: ${name} must be from ${-places} to ${places - 1}, got ${axis}; choose an axis of ${show(shape)}`,
    );
  }
  return axis < 0 ? axis + places : axis;
}

/** Several axes, each counted from the front, in rising order. */
export function axesOf(op: string, name: string, shape: Shape, axes: readonly number[]): number[] {
  const found = axes.map(axis => axisOf(op, name, shape, axis));
  if (new Set(found).size < found.length) {
    throw new ShapeMismatch(`${op}: ${name} must be different axes, got [${axes.join(", ")}]; name each once`);
  }
  return found.sort((a, b) => a - b);
}

/** The shape with the sizes from `axis`, `removed` of them, replaced. */
export const replaced = (shape: Shape, axis: number, sizes: Shape, removed = 1): Shape => [
  ...shape.slice(0, axis),
  ...sizes,
  ...shape.slice(axis + removed),
];

/** Equally many axes, along each equal sizes or a 1 that is repeated; `undefined` where they do not fit. */
export const broadcast = (a: Shape, b: Shape): Shape | undefined =>
  a.length === b.length && a.every((dim, i) => dim === b[i] || dim === 1 || b[i] === 1)
    ? a.map((dim, i) => (dim === 1 ? b[i]! : dim))
    : undefined;
