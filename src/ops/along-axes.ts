/** Constant matrices along the spatial axes: interpolation, adaptive means and the gradients of borders are such. */
import type { Emit, Value } from "../op/index.js";
import { product, type Shape } from "../shape/index.js";

/** Row by row; the size of the axis before it is the length of a row. */
export type Matrix = readonly (readonly number[])[];

/** The matrix whose element in row `to` and column `from` is `share(to, from)`. */
export const matrix = (rows: number, columns: number, share: (to: number, from: number) => number): Matrix =>
  Array.from({ length: rows }, (_, to) => Array.from({ length: columns }, (_, from) => share(to, from)));

export const transposed = (m: Matrix): Matrix => matrix(m[0]!.length, m.length, (to, from) => m[from]![to]!);

const isIdentity = (m: Matrix): boolean =>
  m.length === m[0]!.length && m.every((row, i) => row.every((share, j) => share === (i === j ? 1 : 0)));

/** `x` of samples [C, ...spatial] with every spatial axis multiplied by its matrix: one product per axis, the shrinking first. */
export function alongAxes(emit: Emit, x: Value, shape: Shape, matrices: readonly Matrix[]): Value {
  const sizes = [...shape];
  const growth = (axis: number): number => matrices[axis]!.length / shape[axis + 1]!;
  const order = matrices.map((_, axis) => axis).filter(axis => !isIdentity(matrices[axis]!));
  let y = x;
  for (const axis of order.sort((a, b) => growth(a) - growth(b))) {
    const m = matrices[axis]!;
    const [rows, columns] = [m.length, m[0]!.length];
    const behind = product(sizes.slice(axis + 2));
    sizes[axis + 1] = rows;
    if (behind === 1) {
      const flat = emit.op("Reshape", [y, emit.ints([-1, columns])]);
      y = emit.op("MatMul", [flat, emit.floats(transposed(m).flat(), [columns, rows])]);
    } else {
      const planes = emit.op("Reshape", [y, emit.ints([-1, columns, behind])]);
      y = emit.op("MatMul", [emit.floats(m.flat(), [rows, columns]), planes]);
    }
  }
  return emit.op("Reshape", [y, emit.ints([-1, ...sizes])]);
}
