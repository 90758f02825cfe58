/** maxPool1d-3d and avgPool1d-3d: the largest or the mean element of every window. */
import type * as z from "zod";
import {
  attributes,
  axes,
  type BackwardCall,
  type Emit,
  flag,
  layerOf,
  type Op,
  op,
  pads,
  perAxis,
  type Value,
} from "../op/index.js";
import type { Random } from "../random.js";
import {
  axisNames,
  needsSpatial,
  product,
  type Rank,
  remainder,
  type Shape,
  ShapeMismatch,
  slideAll,
  type Window,
} from "../shape/index.js";
import { grid } from "./conv-columns.js";
import type { AvgPoolMaker, AvgPoolMethod, MaxPoolMaker, MaxPoolMethod } from "./pool-types.js";

interface PoolAttrs {
  readonly kernelSize: readonly number[];
  /** The kernel's size unless told, as in PyTorch. */
  readonly stride: readonly number[];
  readonly padding: readonly number[];
}
export interface AvgPoolAttrs extends PoolAttrs {
  /** The mean is of the elements of the input alone; stands only where it is false. */
  readonly countIncludePad?: false;
}
export interface MaxPoolAttrs extends PoolAttrs {
  readonly dilation: readonly number[];
}

const fields = (rank: Rank) => ({
  kernelSize: perAxis("kernelSize", rank, 1),
  stride: perAxis("stride", rank, 1).optional(),
  padding: perAxis("padding", rank, 0).prefault(0),
});
const strideFromKernel = <A extends { kernelSize: readonly number[]; stride?: readonly number[] | undefined }>(
  a: A,
) => ({
  ...a,
  stride: a.stride ?? a.kernelSize,
});

/** Average pooling does not dilate. */
const window = (a: PoolAttrs | MaxPoolAttrs): Window => ({ dilation: a.kernelSize.map(() => 1), ...a });

const onnxAttrs = (a: PoolAttrs | MaxPoolAttrs) => ({
  kernel_shape: a.kernelSize,
  strides: a.stride,
  pads: pads(a.padding),
});

function outputShape(name: string, rank: Rank, input: Shape, attrs: PoolAttrs | MaxPoolAttrs): Shape {
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
  return [input[0]!, ...slideAll(name, rank, input.slice(1), window(attrs))];
}

/** What max and average pooling share. */
interface Pooling<A extends PoolAttrs> extends Pick<Op<A>, "attrs" | "forward" | "backward" | "pytorch"> {
  readonly name: string;
  readonly rank: Rank;
  readonly extra: (random: Random) => Omit<A, keyof PoolAttrs>;
}

function pool<A extends PoolAttrs>({ rank, extra, ...record }: Pooling<A>): Op<A> {
  return op<A>({
    ...record,
    args: (kernelSize: unknown, options?: object) => ({ kernelSize, ...options }),
    arity: 1,
    shape: ([x], attrs) => outputShape(record.name, rank, x!, attrs),
    weights: () => [],
    cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "own" }),
    sample: (random, [x], { output }) => {
      if (x!.length !== rank + 1 || output) return undefined;
      const kernelSize = x!.slice(1).map(size => random.int(1, Math.min(size, 4)));
      const stride = kernelSize.map(k => random.int(1, k + 1));
      const padding = kernelSize.map(k => random.int(0, Math.floor(k / 2)));
      return { kernelSize, stride, padding, ...extra(random) } as unknown as A;
    },
  });
}

function maxPool(rank: Rank): Op<MaxPoolAttrs> {
  const name = `maxPool${rank}d`;
  const attrs: z.ZodType<MaxPoolAttrs> = attributes({
    ...fields(rank),
    dilation: perAxis("dilation", rank, 1).prefault(1),
  }).transform(strideFromKernel);
  return pool<MaxPoolAttrs>({
    name,
    rank,
    extra: () => ({ dilation: Array(rank).fill(1) }),
    attrs,
    forward: (emit, { x, attrs: a, training }) => {
      const onnx = { ...onnxAttrs(a), dilations: a.dilation };
      if (!training) return { y: emit.op("MaxPool", [x[0]!], onnx) };
      const [y, indices] = emit.ops("MaxPool", [x[0]!], 2, onnx) as [Value, Value];
      return { y, saved: { indices } };
    },
    backward: maxPoolBackward,
    pytorch: ({ attrs: a }) => ({
      module: `nn.MaxPool${rank}d((${a.kernelSize},), stride=(${a.stride},), padding=(${a.padding},), dilation=(${a.dilation},))`,
    }),
  });
}

/** Every window's gradient goes to the element that won, the first of equals; where windows overlap, gradients add up. */
function maxPoolBackward(emit: Emit, { attrs: a, x, dy, saved, inputs }: BackwardCall<MaxPoolAttrs>) {
  const flat = (value: Value): Value => emit.op("Reshape", [value, emit.ints([-1])]);
  const zeros = emit.op("Mul", [flat(x[0]!), emit.float(0)]);
  const apart = a.stride.every((s, axis) => s > a.dilation[axis]! * (a.kernelSize[axis]! - 1));
  const dx = emit.op("ScatterElements", [zeros, flat(saved.indices!), flat(dy)], {
    axis: 0,
    reduction: apart ? "none" : "add",
  });
  return { inputs: [emit.op("Reshape", [dx, emit.ints([-1, ...inputs[0]!])])] };
}

function avgPool(rank: Rank): Op<AvgPoolAttrs> {
  const name = `avgPool${rank}d`;
  const attrs: z.ZodType<AvgPoolAttrs> = attributes({
    ...fields(rank),
    countIncludePad: flag("countIncludePad").default(true),
    // What is so by itself is not written down, so that graphs from before there was a choice keep their hash.
  }).transform(({ countIncludePad, ...read }) => ({
    ...strideFromKernel(read),
    ...(countIncludePad ? {} : { countIncludePad }),
  }));
  return pool<AvgPoolAttrs>({
    name,
    rank,
    extra: random => (random.chance(0.3) ? { countIncludePad: false } : {}),
    attrs,
    forward: (emit, { x, attrs: a }) => ({
      y: emit.op("AveragePool", [x[0]!], { ...onnxAttrs(a), count_include_pad: a.countIncludePad === false ? 0 : 1 }),
    }),
    // Each element of a window gets an equal share: a transposed convolution of every channel alone with a constant kernel.
    backward: (emit, { attrs: a, dy, inputs: [shape], output }) => {
      const share = a.countIncludePad === false ? emit.op("Mul", [dy, withoutPadding(emit, a, shape!, output)]) : dy;
      const single = emit.op("Reshape", [share, emit.ints([-1, 1, ...output.slice(1)])]);
      const kernel = emit.float(1 / product(a.kernelSize), [1, 1, ...a.kernelSize]);
      const dx = emit.op("ConvTranspose", [single, kernel], {
        ...onnxAttrs(a),
        output_padding: axes(0, rank).map(axis => remainder(shape![axis + 1]!, axis, window(a))),
      });
      return { inputs: [emit.op("Reshape", [dx, emit.ints([-1, ...shape!])])] };
    },
    pytorch: ({ attrs: a }) => ({
      module: `nn.AvgPool${rank}d((${a.kernelSize},), stride=(${a.stride},), padding=(${a.padding},), count_include_pad=${a.countIncludePad === false ? "False" : "True"})`,
    }),
  });
}

/** For every window its taps over those of them that lie in the input. */
function withoutPadding(emit: Emit, a: AvgPoolAttrs, [, ...spatial]: Shape, [, ...positions]: Shape): Value {
  const inside = (axis: number, at: number): number => {
    const start = at * a.stride[axis]! - a.padding[axis]!;
    return Math.min(start + a.kernelSize[axis]!, spatial[axis]!) - Math.max(start, 0);
  };
  const ratios = grid(positions).map(place =>
    place.reduce((ratio, at, axis) => (ratio * a.kernelSize[axis]!) / inside(axis, at), 1),
  );
  return emit.floats(ratios, [1, 1, ...positions]);
}

export const maxPool1d = maxPool(1);
export const maxPool2d = maxPool(2);
export const maxPool3d = maxPool(3);
export const avgPool1d = avgPool(1);
export const avgPool2d = avgPool(2);
export const avgPool3d = avgPool(3);

export const MaxPool1d: MaxPoolMaker<1> = layerOf(maxPool1d);
export const MaxPool2d: MaxPoolMaker<2> = layerOf(maxPool2d);
export const MaxPool3d: MaxPoolMaker<3> = layerOf(maxPool3d);
export const AvgPool1d: AvgPoolMaker<1> = layerOf(avgPool1d);
export const AvgPool2d: AvgPoolMaker<2> = layerOf(avgPool2d);
export const AvgPool3d: AvgPoolMaker<3> = layerOf(avgPool3d);

declare module "../op/tensor.js" {
  interface Operators {
    /** Largest element of every window over length. */
    readonly maxPool1d: MaxPoolMethod<1>;
    /** Largest element of every window over height and width. */
    readonly maxPool2d: MaxPoolMethod<2>;
    /** Largest element of every window over depth, height and width. */
    readonly maxPool3d: MaxPoolMethod<3>;
    /** Mean of every window over length. */
    readonly avgPool1d: AvgPoolMethod<1>;
    /** Mean of every window over height and width. */
    readonly avgPool2d: AvgPoolMethod<2>;
    /** Mean of every window over depth, height and width. */
    readonly avgPool3d: AvgPoolMethod<3>;
  }
}
