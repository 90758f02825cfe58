/** Augmentations that move pixels: every sample by index maps of its own, one for each axis behind the channels. */
import type { Emit, Value } from "../op/index.js";
import { product, type Shape } from "../shape/index.js";

/** What stands where nothing was: a value, the nearest pixel, or the picture mirrored at its edge. */
export type Fill = { readonly value: number } | "edge" | "reflect";

const int64 = 7;

/** `x` [batch, ...shape] moved along every axis behind the channels by -amount to amount; `drawn` [batch, axes] decides. */
export function moved(emit: Emit, x: Value, shape: Shape, amounts: readonly number[], drawn: Value, fill: Fill): Value {
  const maps = amounts.map((amount, axis) => {
    const u = emit.op("Slice", [drawn, emit.ints([axis]), emit.ints([axis + 1]), emit.ints([1])]);
    return emit.op("Add", [placesOf(emit, shape[axis + 1]!), uniformWhole(emit, u, -amount, amount)]);
  });
  const inside = maps.map((map, axis) => bounded(emit, map, shape[axis + 1]!, fill));
  const taken = gathered(emit, x, shape, inside);
  if (typeof fill === "string") return taken;
  const valid = maps.map((map, axis) => along(emit, isWithin(emit, map, shape[axis + 1]!), shape, axis));
  return emit.op("Where", [all(emit, valid), taken, emit.float(fill.value)]);
}

/** `x` [batch, ...shape] mirrored along an axis of the shape where `drawn` [batch, 1] is at most `p`. */
export function flipped(
  emit: Emit,
  x: Value,
  shape: Shape,
  axis: number,
  { p, drawn }: { readonly p: number; readonly drawn: Value },
): Value {
  const chosen = emit.op("LessOrEqual", [drawn, emit.float(p)]);
  const maps = shape.slice(1).map((size, i) => {
    const places = placesOf(emit, size);
    if (i !== axis - 1) return emit.op("Unsqueeze", [places, emit.ints([0])]);
    return emit.op("Where", [chosen, emit.op("Sub", [emit.ints(size - 1), places]), places]);
  });
  return gathered(emit, x, shape, maps);
}

/** Numbers from 0 to 1 for every sample of `x`: [batch, count]. */
export function drawnCells(emit: Emit, x: Value, count: number, seed: number): Value {
  const batch = emit.op("Slice", [emit.op("Shape", [x]), emit.ints([0]), emit.ints([1])]);
  const zeros = emit.op("ConstantOfShape", [emit.op("Concat", [batch, emit.ints([count])], { axis: 0 })]);
  return emit.op("RandomUniformLike", [zeros], { seed: { float: seed } });
}

/** Whole numbers from low to high, equally likely, of numbers from 0 to 1. */
function uniformWhole(emit: Emit, u: Value, low: number, high: number): Value {
  const floor = emit.op("Floor", [emit.op("Mul", [u, emit.float(high - low + 1)])]);
  // A generator of floats may give 1 itself.
  const count = emit.op("Min", [floor, emit.float(high - low)]);
  return emit.op("Cast", [emit.op("Add", [count, emit.float(low)])], { to: int64 });
}

/** `[batch, size]` along axis `axis` behind the channels of `[batch, ...shape]`. */
export function along(emit: Emit, map: Value, shape: Shape, axis: number): Value {
  const others = shape.map((_, i) => i + 1).filter(i => i !== axis + 2);
  return emit.op("Unsqueeze", [map, emit.ints(others)]);
}

/** 0 to size - 1. */
export const placesOf = (emit: Emit, size: number): Value => emit.ints(Array.from({ length: size }, (_, i) => i));

const isWithin = (emit: Emit, map: Value, size: number): Value =>
  emit.op("And", [emit.op("GreaterOrEqual", [map, emit.ints(0)]), emit.op("LessOrEqual", [map, emit.ints(size - 1)])]);

const all = (emit: Emit, parts: readonly Value[]): Value => parts.reduce((both, part) => emit.op("And", [both, part]));

/** Indices made such as exist. */
function bounded(emit: Emit, map: Value, size: number, fill: Fill): Value {
  if (fill !== "reflect") {
    return emit.op("Min", [emit.op("Max", [map, emit.ints(0)]), emit.ints(size - 1)]);
  }
  // |i|, and the same from the other end: last - |last - |i||.
  const last = emit.ints(size - 1);
  const over = emit.op("Abs", [emit.op("Sub", [last, emit.op("Abs", [map])])]);
  return emit.op("Sub", [last, over]);
}

/** x[b, c, maps[0][b, i], maps[1][b, j], ...] in the shape of `x`; maps are [batch or 1, size]. */
function gathered(emit: Emit, x: Value, shape: Shape, maps: readonly Value[]): Value {
  const [channels, ...sizes] = shape as [number, ...number[]];
  const places = maps
    .map((map, axis) => {
      const stride = product(sizes.slice(axis + 1));
      return along(emit, stride === 1 ? map : emit.op("Mul", [map, emit.ints(stride)]), shape, axis);
    })
    .reduce((sum, part) => emit.op("Add", [sum, part]));
  const flat = (value: Value, rows: number): Value =>
    emit.op("Reshape", [value, emit.ints([-1, rows, product(sizes)])]);
  const rows = flat(x, channels);
  const index = emit.op("Expand", [flat(places, 1), emit.op("Shape", [rows])]);
  const taken = emit.op("GatherElements", [rows, index], { axis: 2 });
  return emit.op("Reshape", [taken, emit.ints([-1, ...shape])]);
}
