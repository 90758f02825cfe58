/**
 * Reads one IDX file, the format of MNIST: two zero bytes, a byte for the type of the elements, a byte for the number
 * of dimensions, each dimension as a big-endian 32-bit number, then the elements. Gzipped or not; told by content.
 *
 * The file is not trusted. Nothing is allocated and nothing is unpacked past what the header promises, and the header
 * may promise no more than a file of that size can hold.
 */

import { createReadStream, type Stats } from "node:fs";
import { open, stat } from "node:fs/promises";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { DataError, reasonOf } from "./data-error.js";

export interface IdxArray {
  /** `[N]` for labels, `[N, H, W]` or `[N, C, H, W]` for images; none is zero. */
  readonly dims: readonly number[];
  /** The elements, row by row, as many as the product of `dims`. */
  readonly data: Uint8Array;
}

interface Source {
  readonly name: string;
  /** Bytes as they lie in the file, packed or not. */
  readonly size: number;
  readonly gzipped: boolean;
  readonly chunks: Readable;
}

/** Deflate cannot make more than 1,032 bytes out of one (zlib's own documentation, "Maximum compression factor"). */
const maxUnpacking = 1032;
const maxElements = 2 ** 31;
/** Large enough that the trips through the thread pool do not count, small enough to stop soon. */
const partBytes = 2 ** 18;
const again = "download or copy the file again";

/**
 * Unsigned bytes with 1 dimension (labels), 3 (images) or 4 (images with channels), from a file or from memory.
 * @param source a path, or the bytes of such a file
 * @param name what messages call it: the path, if not given
 * @throws DataError with the name and the byte offset where the file goes wrong
 */
export async function readIdx(source: string | Uint8Array, name?: string): Promise<IdxArray> {
  const file =
    typeof source === "string" ? await fileSource(source, name ?? source) : bytesSource(source, name ?? "bytes");
  const array = new ArrayInParts(file);
  const unpack = file.gzipped ? createGunzip({ chunkSize: partBytes }) : undefined;
  let refusal: unknown;
  const consume = async (chunks: AsyncIterable<Uint8Array>) => {
    try {
      for await (const chunk of chunks) array.add(chunk);
    } catch (error) {
      // The streams before this one answer an early end with an AbortError, and that may be the one pipeline reports.
      refusal = error;
      throw error;
    }
  };
  try {
    await pipeline(file.chunks, unpack ?? new PassThrough(), consume);
  } catch (error) {
    throw explain(refusal ?? error, file, array.bytes, unpack?.bytesWritten);
  }
  return array.finish();
}

function explain(error: unknown, { name, size }: Source, unpacked: number, position: number | undefined): DataError {
  if (error instanceof DataError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "Z_BUF_ERROR")
    return new DataError(
      `data: ${name} ends inside its gzip data at byte ${size}, got ${unpacked} bytes unpacked; ${again}`,
    );
  if (code?.startsWith("Z_"))
    return new DataError(`data: ${name} is damaged gzip after byte ${position}, got "${message}"; ${again}`);
  return unreadable(name, error);
}

async function fileSource(path: string, name: string): Promise<Source> {
  let status: Stats;
  const start = new Uint8Array(2);
  try {
    status = await stat(path);
    // A pipe or a device has no size to hold the header against, and opening one may wait for ever.
    if (!status.isFile())
      throw new DataError(`data: ${name} is not a file, got a folder or a device; give an IDX file`);
    const file = await open(path);
    await file.read(start, 0, 2, 0).finally(() => file.close());
  } catch (error) {
    throw error instanceof DataError ? error : unreadable(name, error);
  }
  const chunks = createReadStream(path, { highWaterMark: partBytes });
  return { name, size: status.size, gzipped: isGzip(start), chunks };
}

function bytesSource(bytes: Uint8Array, name: string): Source {
  return { name, size: bytes.length, gzipped: isGzip(bytes), chunks: Readable.from([bytes]) };
}

const isGzip = (bytes: Uint8Array) => bytes[0] === 0x1f && bytes[1] === 0x8b;

function unreadable(name: string, error: unknown): DataError {
  return new DataError(`data: cannot read ${name}, got ${reasonOf(error)}; check that it exists and may be read`);
}

/** Takes the unpacked file in parts: first gathers the header, then fills one array of the size that it promises. */
class ArrayInParts {
  /** Bytes taken so far. */
  bytes = 0;
  #head = new Uint8Array(0);
  #array: IdxArray | undefined;
  readonly #file: Source;

  constructor(file: Source) {
    this.#file = file;
  }

  add(part: Uint8Array): void {
    let elements = part;
    if (!this.#array) {
      this.#head = Buffer.concat([this.#head, part]);
      const dims = readHeader(this.#head, this.#file.name);
      if (!dims) {
        this.bytes = this.#head.length;
        return;
      }
      this.bytes = headerLength(dims.length);
      this.#array = { dims, data: new Uint8Array(promisedElements(dims, this.#file)) };
      elements = this.#head.subarray(this.bytes);
    }
    const { dims, data } = this.#array;
    const end = headerLength(dims.length) + data.length;
    if (this.bytes + elements.length > end)
      throw new DataError(
        `data: ${this.#file.name} goes on past byte ${end}, got more than the ${list(dims)} elements of its header; ${again}`,
      );
    data.set(elements, this.bytes - headerLength(dims.length));
    this.bytes += elements.length;
  }

  finish(): IdxArray {
    const { name } = this.#file;
    if (!this.#array)
      throw new DataError(
        `data: ${name} ends inside its header at byte ${this.bytes}, got ${this.bytes} bytes; ${again}`,
      );
    const { dims, data } = this.#array;
    const got = this.bytes - headerLength(dims.length);
    if (got < data.length)
      throw new DataError(
        `data: ${name} ends at byte ${this.bytes}, got ${got} of the ${list(dims)} elements of its header; ${again}`,
      );
    return Object.freeze({ dims: Object.freeze(dims), data });
  }
}

const headerLength = (rank: number) => 4 + 4 * rank;
const list = (dims: readonly number[]) => dims.join(" x ");
const hex = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString("hex")}`;

/** The dimensions, or undefined if `head` does not reach far enough yet. */
function readHeader(head: Uint8Array, name: string): number[] | undefined {
  if (head.length < 4) return undefined;
  if (head[0] !== 0 || head[1] !== 0)
    throw new DataError(
      `data: ${name} is no IDX file at byte 0, got ${hex(head.subarray(0, 4))}; an IDX file begins with 0x0000`,
    );
  const type = head[2]!;
  if (type !== 0x08)
    throw new DataError(
      `data: ${name} has an element type at byte 2 that is not read, got ${hex(head.subarray(2, 3))}; write unsigned bytes (0x08)`,
    );
  const rank = head[3]!;
  if (rank !== 1 && rank !== 3 && rank !== 4)
    throw new DataError(
      `data: ${name} has a wrong number of dimensions at byte 3, got ${rank}; write 1 for labels, 3 (N, H, W) or 4 (N, C, H, W) for images`,
    );
  if (head.length < headerLength(rank)) return undefined;
  const view = new DataView(head.buffer, head.byteOffset);
  const dims = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const empty = dims.indexOf(0);
  if (empty >= 0)
    throw new DataError(
      `data: ${name} has an empty dimension at byte ${4 + 4 * empty}, got ${list(dims)}; write at least one sample of at least one element`,
    );
  return dims;
}

/** The product of the dimensions, if a file of this size can hold as much. */
function promisedElements(dims: readonly number[], { name, size, gzipped }: Source): number {
  // Four 32-bit factors overflow the 53 bits of a double: compare as bigint before there is a number.
  const elements = dims.reduce((product, dim) => product * BigInt(dim), 1n);
  const room = gzipped ? size * maxUnpacking : size - headerLength(dims.length);
  if (elements > BigInt(room))
    throw new DataError(
      `data: ${name} promises more at byte 4 than the file can hold, got ${list(dims)} elements in ${size} bytes; ${again}`,
    );
  if (elements > BigInt(maxElements))
    throw new DataError(
      `data: ${name} promises too much at byte 4, got ${list(dims)} elements; split it into files below 2 GiB`,
    );
  return Number(elements);
}
