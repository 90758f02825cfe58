/**
 * Where the batch stands in ONNX's tensors. A graph's tensors have it before all axes; ONNX's anywhere, and with axes of
 * a sample in one: [steps, batch · heads, size]. So a tensor of ONNX is the graph's, and a cell for each of its axes.
 */
import type { Shape } from "../../shape/index.js";

/** A size; or the batch, with what of a sample is counted slower and faster in the same axis. */
export type Cell = number | { readonly outer: number; readonly inner: number };
export type Cells = readonly Cell[];

/** What stands for the batch while shapes are worked out, where its size is open: a prime that no size of a network is. */
export const openBatch = 65_521;

export const alone: Cell = { outer: 1, inner: 1 };
export const isBatch = (cell: Cell | undefined): cell is { readonly outer: number; readonly inner: number } =>
  typeof cell === "object";
export const isAlone = (cell: Cell | undefined): boolean => isBatch(cell) && cell.outer === 1 && cell.inner === 1;

const partsOf = (cell: Cell): number[] => (isBatch(cell) ? [cell.outer, cell.inner].filter(size => size > 1) : [cell]);

/** Shape of a sample. */
export const sampleShape = (cells: Cells): number[] => cells.flatMap(partsOf);

/** Sizes as ONNX has them, with so many samples. */
export const onnxDims = (cells: Cells, batch: number): number[] =>
  cells.map(cell => (isBatch(cell) ? cell.outer * batch * cell.inner : cell));

/** Axes of a sample that an axis of ONNX holds. */
export function sampleAxes(cells: Cells, axis: number): number[] {
  const first = sampleShape(cells.slice(0, axis)).length;
  return partsOf(cells[axis]!).map((_, i) => first + i);
}

/** The cells of a result that has the same axes but for those that are gone, in sizes of `shape`; more stand behind. */
export function resized(cells: Cells, shape: Shape, gone: readonly number[] = []): Cell[] {
  let at = 0;
  const kept = cells.flatMap((cell, axis): Cell[] => {
    if (gone.includes(axis)) return [];
    if (!isBatch(cell)) return [shape[at++]!];
    const [outer, inner] = [cell.outer > 1 ? shape[at++]! : 1, cell.inner > 1 ? shape[at++]! : 1];
    return [{ outer, inner }];
  });
  return [...kept, ...shape.slice(at)];
}

/** A sample with the batch in another axis. */
export const withBatch = (shape: Shape, axis: number): Cell[] => [...shape.slice(0, axis), alone, ...shape.slice(axis)];

/** The cells of the same elements in other sizes `dims`; undefined where the batch would be torn apart. */
export function reshaped(cells: Cells, dims: readonly number[], batch: number): Cell[] | undefined {
  const at = cells.findIndex(isBatch);
  if (at < 0) return [...dims];
  const own = cells[at] as { outer: number; inner: number };
  const before = sampleShape(cells.slice(0, at)).reduce((a, b) => a * b, own.outer);
  const possible = dims.flatMap((dim, axis) => {
    const outer = before / dims.slice(0, axis).reduce((a, b) => a * b, 1);
    const inner = dim / (outer * batch);
    return Number.isInteger(outer) && Number.isInteger(inner) && inner > 0 ? [{ axis, cell: { outer, inner } }] : [];
  });
  // With a batch of fixed size several axes may hold it: rather alone, then rather heads than places, last the last one.
  const cost = ({ axis, cell }: (typeof possible)[number]): number =>
    (axis === dims.length - 1 && axis > 0 ? 4 : 0) + (cell.outer > 1 ? 2 : 0) + (cell.inner > 1 ? 1 : 0);
  const [best] = possible.sort((a, b) => cost(a) - cost(b));
  return best && dims.map((dim, axis) => (axis === best.axis ? best.cell : dim));
}

/** One cell of several that stand side by side. */
export function joined(cells: Cells): Cell {
  const at = cells.findIndex(isBatch);
  const size = (part: Cells): number => sampleShape(part).reduce((a, b) => a * b, 1);
  if (at < 0) return size(cells);
  const own = cells[at] as { outer: number; inner: number };
  return { outer: size(cells.slice(0, at)) * own.outer, inner: own.inner * size(cells.slice(at + 1)) };
}
