/**
 * Convolution as one matrix product over columns: for every tap of the kernel and every position the value that the tap
 * sees there, gathered once for the forward pass and the weight's gradient. The batch is the innermost axis, so that
 * a gathered piece is a whole batch of values, side by side; the runtime's own Conv copies value by value.
 *
 * The first axis may come late: its taps are not gathered, but give one product each (stacked in one matrix product over
 * all positions of that axis), and the products are added up, each shifted by its tap. That moves less for few outputs.
 */
import { axes, batchToFirst, batchToLast, type Call, type Emit, pads, reshape, type Value } from "../op/index.js";
import { product } from "../shape/index.js";
import type { PlainConvAttrs } from "./conv.js";

type Site = Pick<Call<PlainConvAttrs>, "attrs" | "inputs" | "output" | "batchLast">;

/** Below this, a single Conv node costs less than the handful of nodes here. */
const fewestMacs = 10_000;
/** In one and two dimensions the runtime's Conv is as fast where there are many positions. */
const mostPositions = 64;
/** Fewer channels have long columns only from large kernels, for which exchanged axes are faster. */
const fewestColumnChannels = 3;
/** Elements of a sample's columns: 40 MB for a batch of 25. */
const mostElements = 400_000;
/** Moving a value costs as much as so many multiply-accumulates. */
const moving = 30;

/** Where columns beat Conv, by shape alone. */
export function takesColumns(site: Site): boolean {
  const { attrs: a, inputs, output } = site;
  const [channels, first] = inputs[0] as [number, number];
  const [positions, taps] = [product(output.slice(1)), product(a.kernelSize)];
  const column = channels * taps;
  if (a.groups > 1 || taps === 1 || column < 16 || positions * column * a.outChannels < fewestMacs) return false;
  if (!comesLate(site)) {
    return positions * column <= mostElements && (a.kernelSize.length === 3 || positions <= mostPositions);
  }
  const late = a.kernelSize[0]!;
  const gathered = (positions / output[1]!) * (first + 2 * a.padding[0]!) * (column / late);
  if (gathered > mostElements) return false;
  return a.kernelSize.length === 3 || positions <= mostPositions || 2 * late * a.outChannels <= column / late;
}

/** Whether leaving the first axis out of the columns costs less, in moved values and multiply-accumulates. */
function comesLate({ attrs: a, inputs, output }: Site): boolean {
  if (a.kernelSize.length === 1 || a.stride[0] !== 1) return false;
  const [k, ...others] = a.kernelSize as [number, ...number[]];
  const column = inputs[0]![0]! * product(others);
  const depth = inputs[0]![1]! + 2 * a.padding[0]!;
  const products = k * a.outChannels;
  const gathered = column * k * output[1]! * (moving + a.outChannels);
  return depth * (column * (moving + products) + products * moving) < gathered;
}

/** [C, ..., N], where it does not stand so already. */
const lastOf = (emit: Emit, x: Value, { attrs, batchLast }: Site): Value =>
  batchLast ? x : batchToLast(emit, x, attrs.kernelSize.length + 1);

/** [C taps, positions N], where a late axis has one tap and all its positions. */
function gatherColumns(emit: Emit, x: Value, site: Site, late: boolean): Value {
  const { attrs: a, inputs, output } = site;
  const [channels, ...spatial] = inputs[0] as [number, ...number[]];
  const turned = lastOf(emit, x, site);
  const border = [0, ...a.padding, 0];
  const padded = a.padding.some(p => p > 0) ? emit.op("Pad", [turned, emit.ints(pads(border))]) : turned;
  const sizes = spatial.map((size, axis) => size + 2 * a.padding[axis]!);
  const taps = grid(a.kernelSize.map((k, axis) => (late && axis === 0 ? 1 : k)));
  const positions = grid(sizes.map((size, axis) => (late && axis === 0 ? size : output[axis + 1]!)));
  const tapsAt = taps.map(tap => offset(sizes, axis => tap[axis]! * a.dilation[axis]!));
  const positionsAt = positions.map(at => offset(sizes, axis => at[axis]! * a.stride[axis]!));
  const seen = tapsAt.flatMap(tap => positionsAt.map(at => at + tap));
  const flat = reshape(emit, padded, [channels, product(sizes), -1]);
  return reshape(emit, emit.op("Gather", [flat, emit.ints(seen)], { axis: 1 }), [channels * taps.length, -1]);
}

/** Every index of an array of these sizes, last axis fastest. */
export const grid = (sizes: readonly number[]): number[][] =>
  sizes.reduce<number[][]>(
    (heads, size) => heads.flatMap(head => Array.from({ length: size }, (_, i) => [...head, i])),
    [[]],
  );

/** Place of an element in an array of these sizes. */
export const offset = (sizes: readonly number[], index: (axis: number) => number): number =>
  sizes.reduce((sum, size, axis) => sum * size + index(axis), 0);

/** The convolution, and the columns for the weight's gradient. */
export function columnsForward(emit: Emit, call: Call<PlainConvAttrs>): { y: Value; columns: Value } {
  const { x, w, output } = call;
  const [out, ...positions] = output as [number, ...number[]];
  const columns = gatherColumns(emit, x[0]!, call, comesLate(call));
  const bias = w.bias === undefined ? [] : [reshape(emit, w.bias, [out, ...(comesLate(call) ? [1, 1] : []), 1])];
  const y = comesLate(call)
    ? addLate(emit, call, columns, bias)
    : emit.op("Gemm", [reshape(emit, w.weight!, [out, product(columnSizes(call))]), columns, ...bias]);
  const shaped = reshape(emit, y, [out, ...positions, -1]);
  return { y: call.batchLast ? shaped : batchToFirst(emit, shaped, output.length), columns };
}

/** [channels, ...taps] of a whole column. */
const columnSizes = ({ attrs: a, inputs }: Site): number[] => [inputs[0]![0]!, ...a.kernelSize];

/** One product per tap of the first axis, [taps, O, depth, rest N], each shifted by its tap and added up. */
function addLate(
  emit: Emit,
  { attrs: a, w, inputs, output }: Call<PlainConvAttrs>,
  columns: Value,
  bias: Value[],
): Value {
  const [k, ...others] = a.kernelSize as [number, ...number[]];
  const [out, positions, ...rest] = output as [number, number, ...number[]];
  const depth = inputs[0]![1]! + 2 * a.padding[0]!;
  const byTap = emit.op("Transpose", [w.weight!], { perm: [2, 0, 1, ...axes(3, others.length)] });
  const weight = reshape(emit, byTap, [k * out, inputs[0]![0]! * product(others)]);
  const products = reshape(emit, emit.op("MatMul", [weight, columns]), [k, out, depth, product(rest), -1]);
  const shifted = axes(0, k).map(tap => {
    const start = tap * a.dilation[0]!;
    const range = [
      [tap, start],
      [tap + 1, start + positions],
      [0, 2],
    ].map(list => emit.ints(list));
    return emit.op("Slice", [products, ...range]);
  });
  return emit.op("Sum", [...shifted, ...bias]);
}

/** Where columns that serve the weight's gradient alone beat a product per tap and Conv with axes exchanged. */
export function takesColumnsForWeight({ attrs: a, inputs, output, batchLast }: Site): boolean {
  const [channels] = inputs[0] as [number];
  const [positions, taps] = [product(output.slice(1)), product(a.kernelSize)];
  if (a.groups > 1 || taps === 1 || (!batchLast && channels < fewestColumnChannels)) return false;
  return positions * channels * taps <= mostElements && positions * channels * taps * a.outChannels >= fewestMacs;
}

/** Gradient of the weight [O, C, ...taps] from those of the output and columns of its own. */
export const weightByColumns = (emit: Emit, call: Site & { readonly x: readonly Value[]; readonly dy: Value }): Value =>
  columnsWeight(emit, call, gatherColumns(emit, call.x[0]!, call, false), call.dy, false);

/** Gradient of the weight [O, C, ...taps] from that of the output and the forward pass's columns. */
export function columnsWeight(emit: Emit, call: Site, columns: Value, dy: Value, late = comesLate(call)): Value {
  const { attrs: a, output } = call;
  const [out, first, ...rest] = output as [number, number, ...number[]];
  const [channels, k, ...others] = columnSizes(call) as [number, number, ...number[]];
  const turned = lastOf(emit, dy, call);
  if (!late) {
    const dw = byOutput(emit, columns, reshape(emit, turned, [out, -1]), [channels * k * product(others), out]);
    return reshape(emit, dw, [out, channels, k, ...others]);
  }
  const left = call.inputs[0]![1]! + 2 * a.padding[0]! - first;
  const apart = reshape(emit, turned, [out, 1, first, product(rest), -1]);
  const shifted = axes(0, k).map(tap => {
    const start = tap * a.dilation[0]!;
    return emit.op("Pad", [apart, emit.ints([0, 0, start, 0, 0, 0, 0, left - start, 0, 0])]);
  });
  const stacked = reshape(emit, emit.op("Concat", shifted, { axis: 1 }), [out * k, -1]);
  const dw = byOutput(emit, columns, stacked, [channels * product(others), out * k]);
  const tapsApart = reshape(emit, dw, [out, k, channels, product(others)]);
  return reshape(emit, emit.op("Transpose", [tapsApart], { perm: [0, 2, 1, 3] }), [out, channels, k, ...others]);
}

/**
 * Product [n, m] of dy [n, ...] and columns [m, ...]. The larger factor goes first, because the runtime copies the
 * second into order; the reshape keeps the runtime from joining transposition and product to one with the smaller first.
 */
function byOutput(emit: Emit, columns: Value, dy: Value, [m, n]: readonly [number, number]): Value {
  if (n >= m) return emit.op("Gemm", [dy, columns], { transB: 1 });
  const product = reshape(emit, emit.op("Gemm", [columns, dy], { transB: 1 }), [m, n, 1]);
  return emit.op("Transpose", [product], { perm: [1, 2, 0] });
}
