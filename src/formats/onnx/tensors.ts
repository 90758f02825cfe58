/** Tensors that stand in ONNX files, as numbers. */
import type { Constant, ElementType } from "../../op/index.js";
import { OnnxError } from "./read.js";
import type { OnnxGraph, OnnxTensor } from "./schema.js";

/** A constant with ONNX's number for its element type. */
export interface Known extends Constant {
  readonly type: number;
}

/** Fetches bytes that lie outside of the file: by location, from an offset, so many. */
export type External = (location: string, offset: number, length: number) => Uint8Array;

const bytes = (view: DataView, at: number): number => view.getUint8(at);
/** Bytes of an element, and how one is read, by ONNX's number for the type. */
const types: Readonly<Record<number, readonly [number, (view: DataView, at: number) => number]>> = {
  1: [4, (view, at) => view.getFloat32(at, true)],
  2: [1, bytes],
  3: [1, (view, at) => view.getInt8(at)],
  4: [2, (view, at) => view.getUint16(at, true)],
  5: [2, (view, at) => view.getInt16(at, true)],
  6: [4, (view, at) => view.getInt32(at, true)],
  7: [8, (view, at) => Number(view.getBigInt64(at, true))],
  9: [1, bytes],
  10: [2, (view, at) => half(view.getUint16(at, true))],
  11: [8, (view, at) => view.getFloat64(at, true)],
  12: [4, (view, at) => view.getUint32(at, true)],
  13: [8, (view, at) => Number(view.getBigUint64(at, true))],
  16: [2, (view, at) => brain(view.getUint16(at, true))],
};
const floating = new Set([1, 10, 11, 16]);
/** Whether numbers of the type are no whole numbers. */
export const isFloat = (type: number): boolean => floating.has(type);

/** Sixteen bits: a sign, five of exponent, ten of fraction (IEEE 754). */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The upper half of a float32. */
function brain(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits * 65536);
  return view.getFloat32(0);
}

const writers = {
  ...{ float32: Float32Array, float64: Float64Array, bool: Uint8Array, int8: Int8Array, int16: Int16Array },
  ...{ int32: Int32Array, uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array },
} as const;

/** Whole numbers as 64-bit ones; `BigInt64Array.from` takes ten times as long. */
export function wide(numbers: ArrayLike<number>): BigInt64Array<ArrayBuffer> {
  const wider = new BigInt64Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) wider[i] = BigInt(numbers[i]!);
  return wider;
}

/** The numbers as ONNX has them in little-endian order; none of 16-bit floats are written. */
export function bytesOfNumbers(type: ElementType, numbers: readonly number[]): ArrayBufferView {
  if (type === "int64" || type === "uint64") {
    // What is written as the last number of all was rounded up beyond it.
    const last = 2n ** (type === "int64" ? 63n : 64n) - 1n;
    const whole = numbers.map(one => (BigInt(one) > last ? last : BigInt(one)));
    return type === "int64" ? BigInt64Array.from(whole) : BigUint64Array.from(whole);
  }
  if (type === "float16" || type === "bfloat16") {
    throw new OnnxError(
      `onnx: constants of ${type} are not written, got ${numbers.length}; convert the model to float32`,
    );
  }
  return writers[type].from(numbers);
}

/** The numbers of a tensor; refuses one whose bytes are not those of its shape. */
export function constantOf(tensor: OnnxTensor, external?: External): Known {
  const { name, dims, dataType: type = 0 } = tensor;
  const refuse = (what: string, got: unknown): never => {
    throw new OnnxError(`onnx: ${what}, got ${got} in tensor ${name || "without a name"}; the file is damaged`);
  };
  const [size, read] = types[type] ?? refuse("elements must be numbers", `type ${type}`);
  const wrong = dims.find(dim => !Number.isSafeInteger(dim) || dim < 0);
  if (wrong !== undefined) refuse("sizes must be whole numbers", wrong);
  const count = dims.reduce((a, b) => a * b, 1);
  const list = listed(tensor, type);
  if (list) {
    if (list.length !== count) refuse(`there must be ${count} numbers`, list.length);
    return { dims, type, data: numbers(list, type) };
  }
  const raw = tensor.dataLocation === 1 ? outside(tensor, external, count * size) : tensor.rawData;
  const length = raw?.length ?? 0;
  if (length !== count * size) refuse(`there must be ${count * size} bytes`, length);
  if (!raw) return { dims, type, data: [] };
  // A copy where the place in the file is not aligned.
  if (type === 1) {
    const whole = raw.byteOffset % 4 === 0 ? raw : new Uint8Array(raw);
    return { dims, type, data: new Float32Array(whole.buffer, whole.byteOffset, count) };
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const data = isFloat(type) ? new Float32Array(count) : new Float64Array(count);
  for (let i = 0; i < count; i++) data[i] = read(view, i * size);
  return { dims, type, data };
}

/** The tensors that stand in a graph, by name; each is read when it is first asked for, and the very same again. */
export function storedTensors({ initializer }: OnnxGraph, external?: External): (name: string) => Known | undefined {
  const tensors = new Map(initializer.map(tensor => [tensor.name, tensor]));
  const read = new Map<string, Known>();
  return name => {
    const tensor = tensors.get(name);
    if (!tensor || read.has(name)) return read.get(name);
    read.set(name, constantOf(tensor, external));
    return read.get(name);
  };
}

/** Numbers that stand in a list and not as bytes. */
function listed(
  { floatData, int32Data, int64Data, doubleData }: OnnxTensor,
  type: number,
): readonly number[] | undefined {
  const list = [floatData, int32Data, int64Data, doubleData].find(one => one !== undefined && one.length > 0);
  if (!list) return undefined;
  if (type === 10) return list.map(half);
  return type === 16 ? list.map(brain) : list;
}

const numbers = (list: readonly number[], type: number): ArrayLike<number> =>
  isFloat(type) ? Float32Array.from(list) : list;

function outside({ name, externalData = [] }: OnnxTensor, external: External | undefined, length: number): Uint8Array {
  const told = Object.fromEntries(externalData.map(({ key, value }) => [key, value]));
  if (!external || told.location === undefined) {
    throw new OnnxError(
      `onnx: tensor ${name} lies in another file, got ${told.location ?? "no name of it"}; give the files beside the model`,
    );
  }
  const offset = Number(told.offset ?? 0);
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new OnnxError(
      `onnx: an offset must be a whole number, got ${told.offset} of tensor ${name}; the file is damaged`,
    );
  }
  if (told.length !== undefined && Number(told.length) !== length) {
    throw new OnnxError(
      `onnx: there must be ${length} bytes in ${told.location}, got ${told.length} of tensor ${name}; the file is damaged`,
    );
  }
  return external(ownFolder(told.location), offset, length);
}

/** A place in the model's own folder or below it, whatever the system; refuses all others. */
function ownFolder(location: string): string {
  const parts = location.split(/[/\\]/);
  const isInside = parts.every(part => part !== ".." && part !== "" && !/[:\0]/.test(part));
  if (isInside) return parts.filter(part => part !== ".").join("/");
  throw new OnnxError(`onnx: numbers must lie in the model's own folder, got ${location}; put the file there`);
}
