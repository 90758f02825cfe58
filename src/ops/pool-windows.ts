/** What the windows of pooling share: attributes, output shape, and means over windows with their gradient. */
import { type Emit, flag, pads, perAxis, type Value } from "../op/index.js";
import type { Random } from "../random.js";
import {
  axisNames,
  needsSpatial,
  product,
  type Rank,
  type Shape,
  ShapeMismatch,
  slideAll,
  slideAllBeyond,
  type Window,
} from "../shape/index.js";
import { grid } from "./conv-columns.js";

export interface PoolAttrs {
  readonly kernelSize: readonly number[];
  /** The kernel's size unless told, as in PyTorch. */
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation?: readonly number[];
  /** The last window may reach beyond the end; stands only where it is true. */
  readonly ceilMode?: true;
}

export const sizeFields = (rank: Rank) => ({
  kernelSize: perAxis("kernelSize", rank, 1),
  stride: perAxis("stride", rank, 1).optional(),
});
export const ceilField = { ceilMode: flag("ceilMode").default(false) };

interface Read {
  readonly kernelSize: readonly number[];
  readonly stride?: readonly number[] | undefined;
  readonly ceilMode: boolean;
}
/** What is so by itself is not written down, so that graphs from before there was a choice keep their hash. */
export const completed = <A extends Read>({ ceilMode, ...a }: A) => ({
  ...a,
  stride: a.stride ?? a.kernelSize,
  ...(ceilMode ? { ceilMode } : {}),
});

/** Average pooling does not dilate. */
export const window = (a: PoolAttrs): Window => ({ ...a, dilation: a.dilation ?? a.kernelSize.map(() => 1) });

export const onnxWindow = (a: PoolAttrs) => ({ kernel_shape: a.kernelSize, strides: a.stride, pads: pads(a.padding) });

/** A window that fits, and its step. */
export function sampledWindow(
  random: Random,
  [, ...spatial]: Shape,
): Pick<PoolAttrs, "kernelSize" | "stride" | "ceilMode"> {
  const kernelSize = spatial.map(size => random.int(1, Math.min(size, 4)));
  const stride = kernelSize.map(k => random.int(1, k + 1));
  return { kernelSize, stride, ...(random.chance(0.3) ? { ceilMode: true } : {}) };
}

export function pooledShape(name: string, rank: Rank, input: Shape, attrs: PoolAttrs): Shape {
  needsSpatial(name, rank, input);
  attrs.padding.forEach((padding, axis) => {
    const kernel = attrs.kernelSize[axis]!;
    if (2 * padding > kernel) {
      throw new ShapeMismatch(
        `${name}: padding must be at most half of kernel ${kernel}, got ${padding}; use less padding or a larger kernel`,
      );
    }
  });
  const { dilation } = window(attrs);
  input.slice(1).forEach((size, axis) => {
    if (attrs.padding[axis]! > 0 && dilation[axis]! > size) {
      throw new ShapeMismatch(
        `${name}: dilation with padding must be at most ${axisNames(rank)[axis]} ${size}, got ${dilation[axis]}; use less dilation or no padding`,
      );
    }
  });
  const all = attrs.ceilMode ? slideAllBeyond : slideAll;
  return [input[0]!, ...all(name, rank, input.slice(1), window(attrs))];
}

/** Where means are taken: how many of a window's taps count is another matter. */
export interface Means {
  readonly attrs: PoolAttrs;
  readonly shape: Shape;
  readonly output: Shape;
  /** Whether padding counts as elements; what lies beyond it never does. */
  readonly countPadding: boolean;
}

/** Windows over a shape. */
type Windows = Pick<Means, "attrs" | "shape" | "output">;

/** Elements that the windows of an axis reach beyond the input: below 0 where they leave some out. */
function beyond({ attrs: a, shape, output }: Windows, axis: number): number {
  const length = window(a).dilation[axis]! * (a.kernelSize[axis]! - 1) + 1;
  return (output[axis + 1]! - 1) * a.stride[axis]! + length - a.padding[axis]! - shape[axis + 1]!;
}

/**
 * Windows that end where they end, or with the input. ONNX's `ceil_mode` stands only where dilated windows reach further
 * than padding may: with it ONNX Runtime 1.30 infers one window more than it computes where the last would begin beyond
 * the input.
 */
export function reaching(windows: Windows) {
  const { attrs } = windows;
  const over = attrs.padding.map((_, axis) => Math.max(0, beyond(windows, axis)));
  const ends = over.map((count, axis) => Math.min(count, attrs.kernelSize[axis]! - 1));
  const short = ends.some((end, axis) => end < over[axis]!);
  return { ...onnxWindow(attrs), pads: [...attrs.padding, ...ends], ...(short ? { ceil_mode: 1 } : {}) };
}

/** The mean of every window. */
export function windowMeans(emit: Emit, x: Value, means: Means): Value {
  const { attrs, countPadding } = means;
  if (!attrs.ceilMode)
    return emit.op("AveragePool", [x], { ...onnxWindow(attrs), count_include_pad: countPadding ? 1 : 0 });
  return counted(emit, emit.op("AveragePool", [x], { ...reaching(means), count_include_pad: 1 }), means);
}

/** The gradient: each element of a window gets an equal share, by a transposed convolution with a constant kernel. */
export function spreadMeans(emit: Emit, dy: Value, means: Means): Value {
  const { attrs: a, shape, output } = means;
  const single = emit.op("Reshape", [counted(emit, dy, means), emit.ints([-1, 1, ...output.slice(1)])]);
  const kernel = emit.float(1 / product(a.kernelSize), [1, 1, ...a.kernelSize]);
  const dx = emit.op("ConvTranspose", [single, kernel], {
    ...reaching(means),
    output_padding: a.stride.map((_, axis) => Math.max(0, -beyond(means, axis))),
  });
  return emit.op("Reshape", [dx, emit.ints([-1, ...shape])]);
}

/** What is shared out over all taps, shared out over those that count. */
function counted(emit: Emit, value: Value, { attrs: a, shape, output, countPadding }: Means): Value {
  const taps = (axis: number, at: number): number => {
    const start = at * a.stride[axis]! - a.padding[axis]!;
    const border = countPadding ? a.padding[axis]! : 0;
    return Math.min(start + a.kernelSize[axis]!, shape[axis + 1]! + border) - Math.max(start, -border);
  };
  const positions = output.slice(1);
  const ratios = grid(positions).map(place =>
    place.reduce((ratio, at, axis) => (ratio * a.kernelSize[axis]!) / taps(axis, at), 1),
  );
  if (ratios.every(ratio => ratio === 1)) return value;
  return emit.op("Mul", [value, emit.floats(ratios, [1, 1, ...positions])]);
}
