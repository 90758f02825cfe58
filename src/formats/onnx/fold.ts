/** Operators on tensors that stand in the file: shapes being worked out, and weights brought into place. */
import { type Constant, listOf } from "../../op/index.js";
import { product } from "../../shape/index.js";
import type { NodeAttributes } from "./attributes.js";
import { isFloat, type Known } from "./tensors.js";

/** Most elements of a result; beyond, a constant is one number in every place, or not worked out. */
const mostElements = 2 ** 22;

type Inputs = readonly (Known | undefined)[];
type Fold = (inputs: Inputs, attributes: NodeAttributes, opset: number) => Known[] | undefined;

const int64 = 7;
const bool = 9;

export const integers = (values: readonly number[]): Known => ({ dims: [values.length], type: int64, data: values });
const strides = (dims: readonly number[]): number[] => dims.map((_, axis) => product(dims.slice(axis + 1)));
/** An axis counted from the first one. */
export const fromFront = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);
/** It holds a number for each element. */
const isFull = ({ dims, data }: Constant): boolean => data.length === product(dims);

/** A result of these sizes whose element at each place is that of `from` at the place's source. */
function moved(from: Known, dims: readonly number[], source: (place: readonly number[]) => number): Known | undefined {
  const count = product(dims);
  if (!isFull(from)) return { ...from, dims };
  if (count > mostElements) return undefined;
  const data = isFloat(from.type) ? new Float32Array(count) : new Float64Array(count);
  const place = dims.map(() => 0);
  for (let i = 0; i < count; i++) {
    data[i] = from.data[source(place)]!;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      if (++place[axis]! < dims[axis]!) break;
      place[axis] = 0;
    }
  }
  return { dims, type: from.type, data };
}

/** Sizes of what is broadcast to one shape. */
export function broadcastDims(all: readonly (readonly number[])[]): number[] | undefined {
  const rank = Math.max(0, ...all.map(dims => dims.length));
  const aligned = all.map(dims => [...Array<number>(rank - dims.length).fill(1), ...dims]);
  const result = Array.from({ length: rank }, (_, axis) => {
    const sizes = [...new Set(aligned.map(dims => dims[axis]!))].filter(size => size !== 1);
    return sizes.length > 1 ? Number.NaN : (sizes[0] ?? 1);
  });
  return result.some(Number.isNaN) ? undefined : result;
}

function expanded(from: Known, dims: readonly number[]): Known | undefined {
  if (from.data.length === 1) {
    return product(dims) <= 65536
      ? { dims, type: from.type, data: Array<number>(product(dims)).fill(from.data[0]!) }
      : { dims, type: from.type, data: [from.data[0]!] };
  }
  const behind = dims.length - from.dims.length;
  const own = strides(from.dims).map((stride, axis) => (from.dims[axis] === 1 ? 0 : stride));
  return moved(from, dims, place => own.reduce((sum, stride, axis) => sum + stride * place[axis + behind]!, 0));
}

/** Element by element. */
const each =
  (f: (...values: number[]) => number, type?: number): Fold =>
  inputs => {
    const all = inputs as Known[];
    if (all.length === 0 || all.some(one => one === undefined || !isFull(one))) return undefined;
    const dims = broadcastDims(all.map(one => one.dims));
    if (!dims || product(dims) > mostElements) return undefined;
    const whole = all.map(one => expanded(one, dims));
    if (whole.some(one => one === undefined)) return undefined;
    const count = product(dims);
    const of = type ?? all.at(-1)!.type;
    const data = isFloat(of) ? new Float32Array(count) : new Float64Array(count);
    for (let i = 0; i < count; i++) data[i] = f(...whole.map(one => one!.data[i]!));
    return [{ dims, type: of, data }];
  };

/** The same elements in other sizes. */
const viewed =
  (sizes: (from: Known, inputs: Inputs, attributes: NodeAttributes) => number[] | undefined): Fold =>
  (inputs, attributes) => {
    const dims = sizes(inputs[0]!, inputs, attributes);
    return dims && product(dims) === product(inputs[0]!.dims) ? [{ ...inputs[0]!, dims }] : undefined;
  };

const axesOf = (inputs: Inputs, attributes: NodeAttributes): readonly number[] | undefined =>
  listOf(inputs[1]) ?? attributes.ints("axes");

/** Sizes with new axes of size 1. */
export function unsqueezed<Size>(dims: readonly Size[], axes: readonly number[]): (Size | 1)[] {
  const rank = dims.length + axes.length;
  const rest = [...dims];
  const places = axes.map(axis => fromFront(axis, rank));
  return Array.from({ length: rank }, (_, axis) => (places.includes(axis) ? 1 : rest.shift()!));
}

/** What stands for 0 and -1 in the sizes of a reshape. */
export function resolvedDims(
  from: readonly number[],
  told: readonly number[],
  keepZero: boolean,
): number[] | undefined {
  const dims = told.map((size, i) => (size === 0 && !keepZero ? from[i]! : size));
  const open = dims.indexOf(-1);
  if (open < 0) return dims;
  const rest = product(from) / product(dims.filter(size => size !== -1));
  return Number.isInteger(rest) && dims.lastIndexOf(-1) === open ? dims.with(open, rest) : undefined;
}

const slice: Fold = (inputs, attributes) => {
  const [from] = inputs as [Known];
  const [starts, ends] = [listOf(inputs[1]) ?? attributes.ints("starts"), listOf(inputs[2]) ?? attributes.ints("ends")];
  if (!starts || !ends) return undefined;
  const axes = listOf(inputs[3]) ?? attributes.ints("axes") ?? starts.map((_, i) => i);
  const steps = listOf(inputs[4]) ?? starts.map(() => 1);
  const dims = [...from.dims];
  const begins = dims.map(() => 0);
  const step = dims.map(() => 1);
  for (const [i, told] of axes.entries()) {
    const axis = fromFront(told, dims.length);
    const size = from.dims[axis];
    if (size === undefined || !steps[i]) return undefined;
    const [low, high] = steps[i]! > 0 ? [0, size] : [-1, size - 1];
    const place = (value: number): number => Math.min(Math.max(value < 0 ? value + size : value, low), high);
    [begins[axis], step[axis]] = [place(starts[i]!), steps[i]!];
    dims[axis] = Math.max(0, Math.ceil((place(ends[i]!) - begins[axis]!) / steps[i]!));
  }
  const own = strides(from.dims);
  const made = moved(from, dims, place =>
    own.reduce((sum, stride, axis) => sum + stride * (begins[axis]! + step[axis]! * place[axis]!), 0),
  );
  return made && [made];
};

const concat: Fold = (inputs, attributes) => {
  const all = inputs as Known[];
  const rank = all[0]!.dims.length;
  const axis = fromFront(attributes.int("axis", 0), rank);
  const size = all.reduce((sum, one) => sum + one.dims[axis]!, 0);
  const dims = all[0]!.dims.with(axis, size);
  if (all.some(one => !isFull(one)) || product(dims) > mostElements) return undefined;
  const inner = product(dims.slice(axis + 1));
  const data = isFloat(all[0]!.type) ? new Float32Array(product(dims)) : new Float64Array(product(dims));
  let before = 0;
  for (const one of all) {
    const width = one.dims[axis]! * inner;
    for (let i = 0; i < one.data.length; i++) {
      data[Math.floor(i / width) * size * inner + before + (i % width)] = one.data[i]!;
    }
    before += width;
  }
  return [{ dims, type: all[0]!.type, data }];
};

const gather: Fold = (inputs, attributes) => {
  const [from, indices] = inputs as [Known, Known];
  const axis = fromFront(attributes.int("axis", 0), from.dims.length);
  const size = from.dims[axis];
  if (size === undefined || !isFull(indices)) return undefined;
  const dims = [...from.dims.slice(0, axis), ...indices.dims, ...from.dims.slice(axis + 1)];
  const [own, inIndices] = [strides(from.dims), strides(indices.dims)];
  const rank = indices.dims.length;
  const made = moved(from, dims, place => {
    const at = inIndices.reduce((sum, stride, i) => sum + stride * place[axis + i]!, 0);
    return own.reduce((sum, stride, i) => {
      const index = i < axis ? place[i]! : i === axis ? fromFront(indices.data[at]!, size) : place[i + rank - 1]!;
      return sum + stride * index;
    }, 0);
  });
  return made && [made];
};

const transpose: Fold = (inputs, attributes) => {
  const [from] = inputs as [Known];
  const perm = attributes.ints("perm") ?? from.dims.map((_, axis) => from.dims.length - 1 - axis);
  const own = strides(from.dims);
  const made = moved(
    from,
    perm.map(axis => from.dims[axis]!),
    place => perm.reduce((sum, axis, i) => sum + own[axis]! * place[i]!, 0),
  );
  return made && [made];
};

const range: Fold = ([start, limit, delta]) => {
  const [from, to, by] = [start!.data[0]!, limit!.data[0]!, delta!.data[0]!];
  const count = Math.max(0, Math.ceil((to - from) / by));
  if (!(count <= mostElements)) return undefined;
  return [{ dims: [count], type: start!.type, data: Array.from({ length: count }, (_, i) => from + i * by) }];
};

const product1: Fold = ([from], attributes) => {
  const axes = attributes.ints("axes");
  if (from!.dims.length !== 1 || (axes && String(axes) !== "0")) return undefined;
  const dims = attributes.int("keepdims", 1) === 1 ? [1] : [];
  return [{ dims, type: from!.type, data: [product(listOf(from)!)] }];
};

const flag = (value: boolean): number => (value ? 1 : 0);

/** What an operator makes of constants; undefined where it is more than is worked out here. */
export const folds: Readonly<Record<string, Fold>> = {
  Identity: ([from]) => [from!],
  Constant: (_, attributes) => attributes.constant(),
  ConstantOfShape: ([dims], attributes) => {
    const value = attributes.tensor("value") ?? { dims: [1], type: 1, data: [0] };
    const made = expanded({ ...value, dims: [] }, listOf(dims)!);
    return made && [made];
  },
  Shape: ([from], attributes) => [
    integers(from!.dims.slice(attributes.int("start", 0), attributes.int("end", from!.dims.length))),
  ],
  Size: ([from]) => [{ dims: [], type: int64, data: [product(from!.dims)] }],
  Cast: ([from], attributes) => {
    const type = attributes.int("to", 1);
    const whole = isFloat(from!.type) && !isFloat(type);
    return [{ ...from!, type, data: whole ? listOf(from)!.map(Math.trunc) : from!.data }];
  },
  Reshape: viewed((from, inputs, attributes) =>
    resolvedDims(from.dims, listOf(inputs[1]) ?? attributes.ints("shape") ?? [], attributes.int("allowzero", 0) === 1),
  ),
  Flatten: viewed((from, _, attributes) => {
    const axis = fromFront(attributes.int("axis", 1), from.dims.length);
    return [product(from.dims.slice(0, axis)), product(from.dims.slice(axis))];
  }),
  Unsqueeze: viewed((from, inputs, attributes) => unsqueezed(from.dims, axesOf(inputs, attributes) ?? [])),
  Squeeze: viewed((from, inputs, attributes) => {
    const axes = axesOf(inputs, attributes)?.map(axis => fromFront(axis, from.dims.length));
    return from.dims.filter((size, axis) => !(axes ? axes.includes(axis) : size === 1));
  }),
  Expand: ([from, dims]) => {
    const all = broadcastDims([from!.dims, listOf(dims)!]);
    const made = all && expanded(from!, all);
    return made && [made];
  },
  Slice: slice,
  Concat: concat,
  Gather: gather,
  Transpose: transpose,
  Range: range,
  ReduceProd: product1,
  Add: each((a, b) => a! + b!),
  Sub: each((a, b) => a! - b!),
  Mul: each((a, b) => a! * b!),
  Div: (inputs, attributes, opset) =>
    each(isFloat(inputs[0]!.type) ? (a, b) => a! / b! : (a, b) => Math.trunc(a! / b!))(inputs, attributes, opset),
  Mod: each((a, b) => a! - b! * Math.floor(a! / b!)),
  Pow: each((a, b) => a! ** b!),
  Neg: each(a => -a!),
  Sqrt: each(a => Math.sqrt(a!)),
  Exp: each(a => Math.exp(a!)),
  Log: each(a => Math.log(a!)),
  Abs: each(a => Math.abs(a!)),
  Reciprocal: each(a => 1 / a!),
  Floor: each(a => Math.floor(a!)),
  Ceil: each(a => Math.ceil(a!)),
  Min: each((...all) => Math.min(...all)),
  Max: each((...all) => Math.max(...all)),
  Equal: each((a, b) => flag(a === b), bool),
  Less: each((a, b) => flag(a! < b!), bool),
  Greater: each((a, b) => flag(a! > b!), bool),
  Not: each(a => flag(!a), bool),
  And: each((a, b) => flag(Boolean(a && b)), bool),
  Or: each((a, b) => flag(Boolean(a || b)), bool),
  Where: each((condition, a, b) => (condition ? a! : b!)),
};
