/**
 * Tensors whose batch does not stand in front: in the graph it does, and what the source calls by axes is called so there.
 */
import { ArgumentError, type FromPyTorch, type Op, type PyTorchArgs } from "../../op/index.js";
import { product } from "../../shape/index.js";
import type { Bound } from "./arguments.js";
import type { Core } from "./core.js";
import {
  type Args,
  describe,
  isList,
  isSpecial,
  isTensor,
  type Known,
  type Tensor,
  tupleOf,
  type Value,
} from "./values.js";

/** Where the batch stands; 0 where there is no tensor. */
export function batchOf(tensors: readonly Tensor[], name: string): number {
  const places = [...new Set(tensors.map(({ batchAt = 0 }) => batchAt))];
  if (places.length <= 1) return places[0] ?? 0;
  throw new ArgumentError(
    `${name}: the batch must stand in one axis of all tensors, got ${places.join(" and ")}; exchange axes of one`,
  );
}

/** Where it must stand, if not where it does: as the arguments say, or in front. */
export function batchWanted({ op, reading }: Known, args: PyTorchArgs, found: number, rank: number): number {
  if (typeof reading.batch === "function") return reading.batch(args);
  // Behind it there is something of a sample, which the last axis is for many.
  return found > 0 && found < rank - 1 && actsAlike(op, reading) ? found : 0;
}

/** What does the same along all axes that it does not name. */
const actsAlike = ({ fromOnnx }: Op, { batch }: FromPyTorch): boolean =>
  batch === "anywhere" || fromOnnx?.some(one => one.batch === "anywhere") === true;

const axes = new Set(["dim", "dims"]);

/** Arguments that name axes, as if the batch stood in front. */
export function withBatchFirst(bound: Bound, batchAt: number, rank: number): Bound {
  const moved = (dim: unknown): unknown => {
    if (typeof dim !== "number") return dim;
    const from = dim < 0 ? dim + rank : dim;
    if (from === batchAt) return 0;
    return from < batchAt ? from + 1 : dim;
  };
  return new Map(
    [...bound].map(([name, value]) => {
      if (!axes.has(name)) return [name, value];
      if (isList(value)) return [name, tupleOf(value.items.map(moved) as Value[])];
      return [name, Array.isArray(value) ? value.map(moved) : moved(value)];
    }),
  );
}

/** Where the batch stands afterwards: axes before it may be gone, or one more. */
export function batchAfter(bound: Bound, batchAt: number, before: number, after: number): number {
  if (batchAt === 0 || before === after) return batchAt;
  const named = [...axes].flatMap(name => {
    const value = bound.get(name);
    return isList(value) ? value.items : Array.isArray(value) ? value : value === undefined ? [] : [value];
  });
  const rank = Math.max(before, after) + 1;
  const places = named.map(dim => place(dim, rank));
  if (after > before) return batchAt + places.filter(place => place <= batchAt).length;
  return batchAt - places.filter(place => place < batchAt).length;
}

const orders: Readonly<Record<string, (given: readonly Value[], rank: number) => number[] | undefined>> = {
  transpose: ([a, b], rank) => exchanged(a, b, rank),
  swapaxes: ([a, b], rank) => exchanged(a, b, rank),
  permute: (given, rank) => {
    const [first] = given;
    const list = given.length === 1 && isList(first) ? first.items : given;
    return list.length === rank ? list.map(dim => place(dim, rank)) : undefined;
  },
};
const place = (dim: unknown, rank: number): number => (Number(dim) < 0 ? Number(dim) + rank : Number(dim));
function exchanged(a: Value | undefined, b: Value | undefined, rank: number): number[] {
  const order = Array.from({ length: rank }, (_, axis) => axis);
  const [one, other] = [place(a, rank), place(b, rank)];
  [order[one], order[other]] = [other, one];
  return order;
}

/**
 * `x.permute(1, 0, 2)` and its like, where they move the batch or find it elsewhere: a look at the tensor that says so, and
 * a node where the axes of a sample change their order. Undefined for what is something else.
 */
export function movedBatch(name: string, { positional, keywords }: Args, at: number, core: Core): Value | undefined {
  const [x, ...given] = positional;
  const order = orders[name.slice(name.lastIndexOf(".") + 1)];
  if (!order || !isTensor(x) || x.open !== undefined) return undefined;
  const rank = core.graph.shape(x).length + 1;
  const axes = order([...given, ...keywords.values()], rank);
  const { batchAt = 0 } = x;
  const isOrder =
    axes?.length === rank && axes.every((axis, i) => axes.indexOf(axis) === i && axis >= 0 && axis < rank);
  if (!axes || !isOrder || (batchAt === 0 && axes[0] === 0)) return undefined;
  // Axes of a sample, as the graph counts them behind the batch.
  const inner = axes.filter(axis => axis !== batchAt).map(axis => (axis < batchAt ? axis + 1 : axis));
  const same = inner.every((axis, i) => axis === i + 1);
  const settled = core.graph.settled(x);
  const first: Tensor = { kind: "tensor", name: settled.name };
  const turned = same ? first : (core.graph.function("Tensor.permute", [first, 0, ...inner], at, core) as Tensor);
  return { ...turned, batchAt: axes.indexOf(batchAt) };
}

/** `x.view(length, batch, heads, -1)` where the batch does not stand in front; undefined for what is something else. */
export function viewedBatch(name: string, { positional }: Args, at: number, core: Core): Value | undefined {
  const [x, ...given] = positional;
  if (!/\.(view|reshape)$/.test(name) || !isTensor(x) || !x.batchAt) return undefined;
  const [list] = given;
  const sizes = given.length === 1 && isList(list) ? list.items : given;
  const shape = core.graph.shape(x);
  const before = product(shape.slice(0, x.batchAt));
  const told = sizes.findIndex(size => isSpecial(size, "batch"));
  const batchAt = told < 0 ? sizes.indexOf(-1) : told;
  const others = sizes.filter((_, i) => i !== batchAt);
  const known = product(others.filter(size => size !== -1) as number[]);
  const inner = others.map(size => (size === -1 ? product(shape) / known : size));
  const fits =
    batchAt >= 0 && inner.every(size => Number.isSafeInteger(size)) && product(inner as number[]) === product(shape);
  if (!fits || product(inner.slice(0, batchAt) as number[]) !== before) {
    return core.at(at, () => {
      const got = sizes.map(size => describe(size)).join(", ");
      throw new ArgumentError(
        `view: the batch must keep an axis of its own, got (${got}); bring it to the front before`,
      );
    });
  }
  const first: Tensor = { kind: "tensor", name: core.graph.settled(x).name };
  const made = core.graph.function("Tensor.reshape", [first, -1, ...inner], at, core) as Tensor;
  return { ...made, batchAt };
}
