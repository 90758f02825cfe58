/** Ops written out as plain loops in double precision, from their textbook definitions and not from src/. */
import type { Shape } from "../../src/shape/index.js";

export interface ReferenceCall {
  /** As read by the op's schema. */
  // biome-ignore lint/suspicious/noExplicitAny: every op has attributes of its own
  readonly attrs: any;
  /** Shapes of one sample. */
  readonly inputs: readonly Shape[];
  readonly output: Shape;
  /** Values of one sample, per input. */
  readonly x: readonly Float32Array[];
  readonly w: Readonly<Record<string, Float32Array>>;
}
/** Output values of one sample. */
export type Reference = (call: ReferenceCall) => number[];

/** Every index of a shape, row by row. */
export function indices(shape: Shape): number[][] {
  return shape.reduce<number[][]>((heads, size) => heads.flatMap(head => range(size).map(i => [...head, i])), [[]]);
}

const range = (size: number): number[] => Array.from({ length: size }, (_, i) => i);

/** Where an index stands in row-major order; `undefined` outside the shape. */
export function offset(shape: Shape, index: readonly number[]): number | undefined {
  let at = 0;
  for (const [axis, size] of shape.entries()) {
    const i = index[axis]!;
    if (i < 0 || i >= size) return undefined;
    at = at * size + i;
  }
  return at;
}

interface Windowed {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly (number | readonly [number, number])[];
  readonly dilation?: readonly number[];
}
/** Where tap `tap` of the window at `position` looks. */
const look = ({ stride, padding, dilation }: Windowed, position: readonly number[], tap: readonly number[]): number[] =>
  position.map((p, axis) => p * stride[axis]! + tap[axis]! * (dilation?.[axis] ?? 1) - [padding[axis]!].flat()[0]!);

/** Where a place in the padding takes its value from: the edge, or as far inside it as the place is outside. */
const fold = (mode: string | undefined, index: number[], [, ...spatial]: Shape): number[] =>
  index.map((i, axis) => {
    const last = spatial[axis]! - 1;
    if (mode === "replicate") return i < 0 ? 0 : i > last ? last : i;
    return mode !== "reflect" ? i : i < 0 ? -i : i > last ? 2 * last - i : i;
  });

export const conv: Reference = ({ attrs, inputs: [shape], output, x: [x], w }) => {
  const inside = shape![0]! / attrs.groups;
  const perGroup = attrs.outChannels / attrs.groups;
  const kernel = [attrs.outChannels, inside, ...attrs.kernelSize];
  return indices(output).map(([out, ...position]) => {
    let sum = w.bias?.[out!] ?? 0;
    for (const [channel, ...tap] of indices([inside, ...attrs.kernelSize])) {
      const from = Math.floor(out! / perGroup) * inside + channel!;
      const at = offset(shape!, [from, ...fold(attrs.paddingMode, look(attrs, position, tap), shape!)]);
      if (at !== undefined) sum += x![at]! * w.weight![offset(kernel, [out!, channel!, ...tap])!]!;
    }
    return sum;
  });
};

/** Every element of the input lays its kernel down at the place where a convolution would have looked. */
export const convTranspose: Reference = ({ attrs, inputs: [shape], output, x: [x], w }) => {
  const inside = shape![0]! / attrs.groups;
  const perGroup = attrs.outChannels / attrs.groups;
  const kernel = [shape![0]!, perGroup, ...attrs.kernelSize];
  const y = indices(output).map(([out]) => w.bias?.[out!] ?? 0);
  for (const [from, ...position] of indices(shape!)) {
    for (const [channel, ...tap] of indices([perGroup, ...attrs.kernelSize])) {
      const to = Math.floor(from! / inside) * perGroup + channel!;
      const at = offset(output, [to, ...look(attrs, position, tap)]);
      const weight = w.weight![offset(kernel, [from!, channel!, ...tap])!]!;
      if (at !== undefined) y[at]! += x![offset(shape!, [from!, ...position])!]! * weight;
    }
  }
  return y;
};

/** Values of every window; `undefined` for padding. */
const windows = ({ attrs, inputs: [shape], output, x: [x] }: ReferenceCall): (number | undefined)[][] =>
  indices(output).map(([channel, ...position]) =>
    indices(attrs.kernelSize).map(tap => {
      const at = offset(shape!, [channel!, ...look(attrs, position, tap)]);
      return at === undefined ? undefined : x![at]!;
    }),
  );

export const maxPool: Reference = call =>
  windows(call).map(window => Math.max(...window.filter(value => value !== undefined)));

/** Padding counts as 0, in the number of elements too unless told; what lies beyond it does not count. */
export const avgPool: Reference = call => {
  const {
    attrs,
    inputs: [shape],
    output,
  } = call;
  const within = (index: number[]): boolean =>
    index.every((i, axis) => i < shape![axis + 1]! + (attrs.countIncludePad === false ? 0 : attrs.padding[axis]!));
  const before = (index: number[]): boolean => index.some(i => i < 0);
  const taps = indices(attrs.kernelSize);
  return windows(call).map((window, at) => {
    const position = indices(output)[at]!.slice(1);
    const counted = taps.filter(tap => {
      const index = look(attrs, position, tap);
      return within(index) && !(attrs.countIncludePad === false && before(index));
    });
    return window.reduce<number>((sum, value) => sum + (value ?? 0), 0) / counted.length;
  });
};

export const linear: Reference = ({ attrs, inputs: [shape], x: [x], w }) => {
  const features = shape!.at(-1)!;
  return indices([x!.length / features, attrs.outFeatures]).map(([row, out]) => {
    let sum = w.bias?.[out!] ?? 0;
    for (let i = 0; i < features; i++) sum += x![row! * features + i]! * w.weight![out! * features + i]!;
    return sum;
  });
};

/** Batch normalization in use: with the running statistics. */
export const batchNorm: Reference = ({ attrs, inputs: [shape], x: [x], w }) => {
  const space = x!.length / shape![0]!;
  return Array.from(x!, (value, i) => {
    const channel = Math.floor(i / space);
    const normal = (value - w.runningMean![channel]!) / Math.sqrt(w.runningVar![channel]! + attrs.eps);
    return normal * w.weight![channel]! + w.bias![channel]!;
  });
};

/** Along the first axis unless told. */
export const logSoftmax: Reference = ({ attrs: { axis = 0 }, inputs: [shape], x: [x] }) => {
  const along = axis < 0 ? axis + shape!.length : axis;
  return indices(shape!).map(index => {
    let sum = 0;
    for (let i = 0; i < shape![along]!; i++) sum += Math.exp(x![offset(shape!, index.with(along, i))!]!);
    return x![offset(shape!, index)!]! - Math.log(sum);
  });
};

export const add: Reference = ({ x }) => Array.from(x[0]!, (_, i) => x.reduce((sum, one) => sum + one[i]!, 0));

export const same: Reference = ({ x: [x] }) => [...x!];

export const pointwise =
  (f: (x: number) => number): Reference =>
  ({ x: [x] }) =>
    Array.from(x!, f);
