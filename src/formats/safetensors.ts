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

/** The file in parts that stand one behind another: what it says of the tensors, and the tensors' own bytes. */
export function safetensorsParts({ tensors, metadata }: Safetensors): readonly Uint8Array[] {
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
  const front = new Uint8Array(8 + json.length + padding).fill(32);
  new DataView(front.buffer).setBigUint64(0, BigInt(json.length + padding), true);
  front.set(json, 8);
  const own = Object.values(tensors).map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return [front, ...own];
}

/** The file as a whole; one of more than 2 GB stands in its parts alone. */
export const encodeSafetensors = (content: Safetensors): Uint8Array => joinedParts(safetensorsParts(content));

/** Parts one behind another. */
export function joinedParts(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(bytesIn(parts));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
export const bytesIn = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0);

/** A file of any size, of which parts can be had. */
export interface FileParts {
  readonly length: number;
  /** A copy of so many bytes from a place on. */
  part(at: number, length: number): Uint8Array<ArrayBuffer>;
}

/** Bytes that are all there. */
const partsOf = (bytes: Uint8Array): FileParts => ({
  length: bytes.length,
  // The place in the file need not be aligned to four bytes, and slice on Node's Buffer would not copy.
  part: (at, length) => new Uint8Array(bytes.subarray(at, at + length)),
});

const size = z.int().nonnegative();
const headerSchema = z.record(
  z.string(),
  z.strictObject({ dtype: z.literal("F32"), shape: z.array(size), data_offsets: z.tuple([size, size]) }),
);
const metadataSchema = z.record(z.string(), z.string());
const largestHeader = 100_000_000;

export function decodeSafetensors(content: Uint8Array | FileParts): Safetensors {
  const file = content instanceof Uint8Array ? partsOf(content) : content;
  const refuse = (what: string, got: unknown): never => {
    throw new SafetensorsError(`safetensors: ${what}, got ${got}; the file is damaged or no safetensors file`);
  };
  if (file.length < 8) refuse("a file has at least 8 bytes", file.length);
  const length = Number(new DataView(file.part(0, 8).buffer).getBigUint64(0, true));
  if (length > largestHeader || 8 + length > file.length)
    refuse("the header must lie inside the file", `${length} bytes`);
  let parsed: Record<string, unknown> = {};
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(file.part(8, length)));
  } catch {
    refuse("the header must be JSON", "something else");
  }
  const { __metadata__: notes = {}, ...places } = parsed;
  const metadata = metadataSchema.safeParse(notes);
  const header = headerSchema.safeParse(places);
  if (!metadata.success || !header.success) return refuse("the header must list float32 tensors", "something else");
  const entries = Object.entries(header.data);
  for (const [name, { shape, data_offsets }] of entries) {
    const [start, end] = data_offsets;
    if (end - start !== 4 * product(shape) || 8 + length + end > file.length) {
      refuse(`${name} must have the bytes of its shape inside the file`, `${start} to ${end}`);
    }
  }
  // Before any is read: tensors that overlap would be more than the file.
  const held = entries.reduce((sum, [, { data_offsets }]) => sum + data_offsets[1] - data_offsets[0], 0);
  if (held !== file.length - 8 - length) {
    refuse("the tensors must fill the file", `${held} of ${file.length - 8 - length} bytes`);
  }
  const tensors = Object.fromEntries(
    entries.map(([name, { shape, data_offsets }]): [string, NamedTensor] => {
      const [start, end] = data_offsets;
      return [name, { shape, data: new Float32Array(file.part(8 + length + start, end - start).buffer) }];
    }),
  );
  return { tensors, metadata: metadata.data };
}
