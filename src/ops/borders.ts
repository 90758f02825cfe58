/** Borders around the spatial axes: zeros, the image mirrored in its edge, its edge repeated, or its other end. */
import { axes, type Emit, padsAlong, type Value } from "../op/index.js";
import type { Edges, Shape } from "../shape/index.js";

export type PaddingMode = "zeros" | "reflect" | "replicate";
export type BorderMode = PaddingMode | "circular";

const onnxMode = { zeros: "constant", reflect: "reflect", replicate: "edge" } as const;

/** Elements before and behind. */
export const bothEnds = (edges: Edges): readonly [number, number] =>
  typeof edges === "number" ? [edges, edges] : edges;

/** `x` of samples [C, ...spatial] with its border. */
export const padded = (emit: Emit, x: Value, padding: readonly Edges[], mode: PaddingMode): Value =>
  filled(emit, x, padding, { mode: onnxMode[mode] });

/** As `Pad` of ONNX: a negative number takes off; `value` in place of 0. */
export function filled(
  emit: Emit,
  x: Value,
  padding: readonly Edges[],
  attrs: { mode?: string } = {},
  value = 0,
): Value {
  const ends = padding.map(bothEnds);
  const amounts = [0, 0, ...ends.map(([begin]) => begin), 0, 0, ...ends.map(([, end]) => end)];
  const filling = value === 0 ? [] : [emit.float(value)];
  const y = emit.op("Pad", [x, emit.ints(amounts), ...filling], attrs);
  // To the same shape: else ONNX Runtime 1.30 joins the Pad to a convolution or pool behind it, and that makes an
  // invalid model where `x` is an output of the graph, too.
  return emit.op("Reshape", [y, emit.ints(Array(ends.length + 2).fill(0))]);
}

/** `x` of samples of shape [C, ...spatial]: the end before the beginning, and the beginning behind the end; one axis after the other, so that corners follow. */
export const wrapped = (emit: Emit, x: Value, [, ...spatial]: Shape, padding: readonly Edges[]): Value =>
  padding.map(bothEnds).reduce((y, [begin, end], axis) => {
    const size = spatial[axis]!;
    const before = begin === 0 ? [] : [part(emit, y, axis, size - begin, size)];
    const behind = end === 0 ? [] : [part(emit, y, axis, 0, end)];
    return emit.op("Concat", [...before, y, ...behind], { axis: axis + 2 });
  }, x);

const part = (emit: Emit, x: Value, axis: number, start: number, end: number): Value =>
  emit.op("Slice", [x, ...[[start], [end], [axis + 2]].map(emit.ints)]);

/** Shape with the border. */
export const paddedShape = ([channels, ...spatial]: Shape, padding: readonly Edges[]): number[] => [
  channels!,
  ...spatial.map((size, axis) => bothEnds(padding[axis]!).reduce((sum, count) => sum + count, size)),
];

/** Gradient of what was padded, whose shape is `shape`: that of the border is dropped, or goes where it was taken from. */
export function unpadded(emit: Emit, dy: Value, shape: Shape, padding: readonly Edges[], mode: BorderMode): Value {
  const [, ...spatial] = shape;
  const ends = padding.map(bothEnds);
  if (mode === "zeros") {
    const starts = ends.map(([begin]) => begin);
    const stops = starts.map((start, axis) => start + spatial[axis]!);
    return emit.op("Slice", [dy, ...[starts, stops, axes(2, spatial.length)].map(emit.ints)]);
  }
  // The last axis was wrapped last; for the other modes the order is the same either way.
  return ends.reduceRight((gradient, edges, axis) => folded(emit, gradient, axis, spatial, edges, mode), dy);
}

/** The gradient along one axis: that of the border is laid over that of the elements it was taken from. */
function folded(
  emit: Emit,
  dy: Value,
  axis: number,
  spatial: Shape,
  [begin, end]: readonly [number, number],
  mode: Exclude<BorderMode, "zeros">,
): Value {
  const { turn, first, last } = origin[mode];
  const size = spatial[axis]!;
  const laid = (from: number, count: number, at: number): Value[] => {
    if (count === 0) return [];
    const border = turn(emit, part(emit, dy, axis, from, from + count), axis);
    const length = mode === "replicate" ? 1 : count;
    return [emit.op("Pad", [border, emit.ints(padsAlong(spatial.length + 2, axis + 2, at, size - length - at))])];
  };
  const inside = part(emit, dy, axis, begin, begin + size);
  const all = [inside, ...laid(0, begin, first(size, begin)), ...laid(begin + size, end, last(size, end))];
  return all.length === 1 ? inside : emit.op("Sum", all);
}

/** How a border's gradient is turned to where it was taken from, and the place of that, before and behind. */
const origin = {
  reflect: {
    turn: (emit: Emit, border: Value, axis: number): Value =>
      emit.op("Slice", [border, ...[[-1], [Number.MIN_SAFE_INTEGER], [axis + 2], [-1]].map(emit.ints)]),
    first: () => 1,
    last: (size: number, count: number) => size - 1 - count,
  },
  replicate: {
    turn: (emit: Emit, border: Value, axis: number): Value => emit.op("ReduceSum", [border, emit.ints([axis + 2])]),
    first: () => 0,
    last: (size: number) => size - 1,
  },
  circular: {
    turn: (_: Emit, border: Value): Value => border,
    first: (size: number, count: number) => size - count,
    last: () => 0,
  },
} as const;
