/**
 * Safetensors: named float32 tensors in one file. Eight bytes of header length, a JSON header with every tensor's place,
 * then the data (https://github.com/huggingface/safetensors, format description).
 */
import * as z from "zod";
import { product } from "../shape/index.js";

export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}
export interface Safetensors {
  readonly tensors: Readonly<Record<string, NamedTensor>>;
  /** Text of the writer's own. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A file that is not what it says. */
export class SafetensorsError extends Error {
  override readonly name = "SafetensorsError";
}

/** The bytes of a file. */
export function encodeSafetensors(content: Safetensors): Uint8Array {
  const parts = safetensorsParts(content);
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The same, one behind another, the tensors where they lie: to write without a copy. */
export function safetensorsParts({ tensors, metadata }: Safetensors): Uint8Array[] {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    const start = end;
    end += data.byteLength;
    header[name] = { dtype: "F32", shape, data_offsets: [start, end] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  // Spaces keep the data aligned to its elements.
  const padding = -json.length & 7;
  const first = new Uint8Array(8 + json.length + padding).fill(32);
  new DataView(first.buffer).setBigUint64(0, BigInt(json.length + padding), true);
  first.set(json, 8);
  const data = Object.values(tensors).map(one => one.data);
  return [first, ...data.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength))];
}

const size = z.int().nonnegative();
const headerSchema = z.record(
  z.string(),
  z.strictObject({ dtype: z.literal("F32"), shape: z.array(size), data_offsets: z.tuple([size, size]) }),
);
const metadataSchema = z.record(z.string(), z.string());
const largestHeader = 100_000_000;

export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  const refuse = (what: string, got: unknown): never => {
    throw new SafetensorsError(`safetensors: ${what}, got ${got}; the file is damaged or no safetensors file`);
  };
  if (bytes.length < 8) refuse("a file has at least 8 bytes", bytes.length);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > largestHeader || 8 + length > bytes.length)
    refuse("the header must lie inside the file", `${length} bytes`);
  let parsed: Record<string, unknown> = {};
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + length)));
  } catch {
    refuse("the header must be JSON", "something else");
  }
  const { __metadata__: notes = {}, ...places } = parsed;
  const metadata = metadataSchema.safeParse(notes);
  const header = headerSchema.safeParse(places);
  if (!metadata.success || !header.success) return refuse("the header must list float32 tensors", "something else");
  const tensors: Record<string, NamedTensor> = {};
  let held = 0;
  for (const [
    name,
    {
      shape,
      data_offsets: [start, end],
    },
  ] of Object.entries(header.data)) {
    if (end - start !== 4 * product(shape) || 8 + length + end > bytes.length) {
      refuse(`${name} must have the bytes of its shape inside the file`, `${start} to ${end}`);
    }
    held += end - start;
    // A copy: the place in the file need not be aligned to four bytes, and slice on Node's Buffer would not copy.
    const data = new Uint8Array(bytes.subarray(8 + length + start, 8 + length + end));
    tensors[name] = { shape, data: new Float32Array(data.buffer) };
  }
  if (held !== bytes.length - 8 - length) {
    refuse("the tensors must fill the file", `${held} of ${bytes.length - 8 - length} bytes`);
  }
  return { tensors, metadata: metadata.data };
}
