/** Operators that leave the elements as they are, and those that ask for sizes: where the batch stands tells what they do. */
import type { NodeAttributes } from "./attributes.js";
import { folds, fromFront, integers, resolvedDims, unsqueezed } from "./fold.js";
import { alone, type Cell, type Cells, joined, reshaped, sampleAxes, sampleShape } from "./layout.js";
import { isFloat } from "./tensors.js";
import { type Computed, dimsOf, type Making, type OnnxValue } from "./values.js";

export interface ViewSite {
  readonly making: Making;
  readonly x: Computed;
  /** The other inputs, as lists. */
  readonly lists: readonly (readonly number[] | undefined)[];
  readonly attributes: NodeAttributes;
}
/** Undefined where it is not one that can be read. */
type View = (site: ViewSite) => OnnxValue | undefined;

/** The value in other cells of the same elements, in the same order. */
const inCells = ({ making, x }: ViewSite, cells: Cells): Computed => ({
  ...x,
  node: making.reshape(x.node, sampleShape(cells)),
  cells,
});

const axesOf = ({ lists, attributes }: ViewSite): readonly number[] | undefined => lists[1] ?? attributes.ints("axes");

const transpose: View = site => {
  const { making, x, attributes } = site;
  const perm = attributes.ints("perm") ?? x.cells.map((_, axis) => x.cells.length - 1 - axis);
  if ([...perm].sort((a, b) => a - b).some((axis, i) => axis !== i) || perm.length !== x.cells.length) return undefined;
  const order = perm.flatMap(axis => sampleAxes(x.cells, axis));
  const cells = perm.map(axis => x.cells[axis]!);
  if (order.every((from, at) => from === at)) return { ...x, cells };
  return { ...x, node: making.node("permute", [x.node], { order }, "permute_1"), cells };
};

const reshape: View = site => {
  const { making, x, lists, attributes } = site;
  const told = lists[1] ?? attributes.ints("shape");
  const dims = told && resolvedDims(dimsOf(x, making), told, attributes.int("allowzero", 0) === 1);
  const cells = dims && reshaped(x.cells, dims, making.batch);
  return cells && inCells(site, cells);
};

const flatten: View = site => {
  const { cells } = site.x;
  const axis = fromFront(site.attributes.int("axis", 1), cells.length);
  return inCells(site, [joined(cells.slice(0, axis)), joined(cells.slice(axis))]);
};

const squeeze: View = site => {
  const { cells } = site.x;
  const told = axesOf(site)?.map(axis => fromFront(axis, cells.length));
  const goes = (cell: Cell, axis: number): boolean => (told ? told.includes(axis) : cell === 1);
  if (cells.some((cell, axis) => goes(cell, axis) && cell !== 1)) return undefined;
  return inCells(
    site,
    cells.filter((cell, axis) => !goes(cell, axis)),
  );
};

const unsqueeze: View = site => {
  const axes = axesOf(site);
  return axes && inCells(site, unsqueezed(site.x.cells, axes));
};

/** Sizes are known: the batch's stands for itself. */
const sizes: View = ({ making, x, attributes }) => {
  const known = folds.Shape!([{ dims: dimsOf(x, making), type: 1, data: [] }], attributes, 0);
  return known && { kind: "stored", known: known[0]! };
};

const bool = 9;
/** Whole numbers of 32 and 64 bits. */
const wide = new Set([6, 7, 12, 13]);

export const views: Readonly<Record<string, View>> = {
  Transpose: transpose,
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Shape: sizes,
  Size: ({ making, x }) => ({
    kind: "stored",
    known: { ...integers([dimsOf(x, making).reduce((a, b) => a * b, 1)]), dims: [] },
  }),
  // All numbers are float32 here: whole ones stay whole where they fit, and what is true is 1.
  Cast: ({ x, attributes }) => {
    const type = attributes.int("to", 1);
    const isKept =
      isFloat(type) || type === x.type || (!isFloat(x.type) && (x.type === bool ? type !== bool : wide.has(type)));
    return isKept ? { ...x, type } : undefined;
  },
};

/** What a graph's input is in the file: the batch first, or where alone its size is open. */
export function inputCells(dims: readonly (number | undefined)[], batch: number): Cell[] {
  const open = dims.flatMap((dim, axis) => (dim === undefined ? [axis] : []));
  const at = open.length === 1 ? open[0]! : 0;
  return dims.map((dim, axis) => (axis === at ? alone : (dim ?? batch)));
}
