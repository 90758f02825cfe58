/** Elements of tensors by their places along every axis, before an edit and after it. */
import { product, type Shape } from "../../../src/shape/index.js";

/** For every axis, where each place stood before; -1 for a new one. */
export type Places = readonly Int32Array[];

/** Row-major number of every element of the new tensor in the old one, -1 where any axis says that it is new. */
export function sources(shape: Shape, places: Places): Int32Array {
  let found = Int32Array.of(0);
  places.forEach((axis, i) => {
    const stride = product(shape.slice(i + 1));
    const next = new Int32Array(found.length * axis.length);
    let at = 0;
    for (const from of found) for (const place of axis) next[at++] = from < 0 || place < 0 ? -1 : from + place * stride;
    found = next;
  });
  return found;
}

/** 1 for every element of the old tensor that is in the new one, 0 for the others. */
export function mask(shape: Shape, places: Places): Float32Array {
  const kept = new Float32Array(product(shape));
  for (const from of sources(shape, places)) if (from >= 0) kept[from] = 1;
  return kept;
}

/** The same for every sample of a batch. */
export const repeated = (one: Float32Array, batch: number): Float32Array =>
  Float32Array.from({ length: batch * one.length }, (_, i) => one[i % one.length]!);

/** Values of a batch of the new tensor: those of the old one, and `fill` where it is new. */
export function gathered(
  values: Float32Array,
  batch: number,
  from: Int32Array,
  fill: () => number = () => 0,
): Float32Array {
  const size = values.length / batch;
  return Float32Array.from({ length: batch * from.length }, (_, i) => {
    const place = from[i % from.length]!;
    return place < 0 ? fill() : values[Math.floor(i / from.length) * size + place]!;
  });
}

/** Whether any channel came or went. */
export const changed = (places: Places, shape: readonly number[]): boolean =>
  places.some((axis, i) => axis.length !== shape[i] || axis.some((place, at) => place !== at));
