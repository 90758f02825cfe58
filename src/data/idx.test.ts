import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DataError } from "./data-error.js";
import { readIdx } from "./idx.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "netpick-idx-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** An IDX file of unsigned bytes, as http://yann.lecun.com/exdb/mnist/ described the format. */
function idx(dims: number[], elements: ArrayLike<number>): Buffer {
  const header = Buffer.alloc(4 + 4 * dims.length);
  header.writeUInt8(8, 2);
  header.writeUInt8(dims.length, 3);
  for (const [axis, dim] of dims.entries()) header.writeUInt32BE(dim, 4 + 4 * axis);
  return Buffer.concat([header, Uint8Array.from(elements)]);
}

const images = idx([2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
const noise = (length: number) =>
  Uint8Array.from({ length }, (_, index) => (Math.imul(index, 2654435761) >>> 13) & 255);

describe("what is read", () => {
  test.each([
    ["labels", idx([3], [7, 0, 9]), [3], [7, 0, 9]],
    ["images", images, [2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
    ["images with channels", idx([1, 2, 1, 2], [1, 2, 3, 4]), [1, 2, 1, 2], [1, 2, 3, 4]],
  ])("%s, plain and gzipped, from memory and from a file", async (_, bytes, dims, data) => {
    for (const packed of [bytes, gzipSync(bytes)]) {
      const path = join(folder, "file");
      writeFileSync(path, packed);
      for (const source of [packed, path]) {
        const array = await readIdx(source);
        expect([array.dims, [...array.data]]).toEqual([dims, data]);
      }
    }
  });

  test("a file of several parts", async () => {
    const elements = noise(1_000_000);
    const path = join(folder, "large");
    for (const bytes of [idx([1000, 1000, 1], elements), gzipSync(idx([1000, 1000, 1], elements))]) {
      writeFileSync(path, bytes);
      expect(Buffer.from((await readIdx(path)).data).equals(elements)).toBe(true);
    }
  });

  test("any array of unsigned bytes comes back as it was written", async () => {
    const arrays = fc
      .tuple(fc.constantFrom(1, 3, 4), fc.infiniteStream(fc.integer({ min: 1, max: 5 })), fc.boolean())
      .map(([rank, sizes, packed]) => ({ dims: [...sizes.take(rank)], packed }));
    await fc.assert(
      fc.asyncProperty(arrays, async ({ dims, packed }) => {
        const elements = noise(dims.reduce((product, dim) => product * dim));
        const bytes = idx(dims, elements);
        expect(await readIdx(packed ? gzipSync(bytes) : bytes)).toEqual({ dims, data: elements });
      }),
      { numRuns: 50 },
    );
  });
});

describe("what is refused, from memory", () => {
  const changed = (at: number, ...bytes: number[]) => {
    const copy = Buffer.from(images);
    copy.set(bytes, at);
    return copy;
  };
  const packed = gzipSync(images);
  const damaged = (at: number) => {
    const copy = Buffer.from(packed);
    copy[at]! ^= 255;
    return copy;
  };
  const again = "download or copy the file again";

  test.each<[string, Uint8Array, string]>([
    ["nothing", Buffer.alloc(0), `data: x ends inside its header at byte 0, got 0 bytes; ${again}`],
    ["three bytes", images.subarray(0, 3), `data: x ends inside its header at byte 3, got 3 bytes; ${again}`],
    ["half a header", images.subarray(0, 9), `data: x ends inside its header at byte 9, got 9 bytes; ${again}`],
    [
      "a header alone",
      images.subarray(0, 16),
      `data: x promises more at byte 4 than the file can hold, got 2 x 2 x 3 elements in 16 bytes; ${again}`,
    ],
    [
      "a cut file",
      images.subarray(0, 27),
      `data: x promises more at byte 4 than the file can hold, got 2 x 2 x 3 elements in 27 bytes; ${again}`,
    ],
    [
      "a byte too many",
      Buffer.concat([images, Buffer.alloc(1)]),
      `data: x goes on past byte 28, got more than the 2 x 2 x 3 elements of its header; ${again}`,
    ],
    [
      "another format",
      Buffer.from("\x89PNG\r\n", "latin1"),
      "data: x is no IDX file at byte 0, got 0x89504e47; an IDX file begins with 0x0000",
    ],
    [
      "floats",
      changed(2, 0x0d),
      "data: x has an element type at byte 2 that is not read, got 0x0d; write unsigned bytes (0x08)",
    ],
    [
      "two dimensions",
      changed(3, 2),
      "data: x has a wrong number of dimensions at byte 3, got 2; write 1 for labels, 3 (N, H, W) or 4 (N, C, H, W) for images",
    ],
    [
      "255 dimensions",
      changed(3, 255),
      "data: x has a wrong number of dimensions at byte 3, got 255; write 1 for labels, 3 (N, H, W) or 4 (N, C, H, W) for images",
    ],
    [
      "no samples",
      changed(7, 0),
      "data: x has an empty dimension at byte 4, got 0 x 2 x 3; write at least one sample of at least one element",
    ],
    [
      "no columns",
      changed(15, 0),
      "data: x has an empty dimension at byte 12, got 2 x 2 x 0; write at least one sample of at least one element",
    ],
    [
      "a lying header",
      changed(4, 255, 255, 255, 255),
      `data: x promises more at byte 4 than the file can hold, got 4294967295 x 2 x 3 elements in 28 bytes; ${again}`,
    ],
    // 2^32 times 2^32 is 0 in 64 bits; 65536 x 65536 x 1 is 0 in 32.
    [
      "an overflowing header",
      changed(4, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1),
      `data: x promises more at byte 4 than the file can hold, got 65536 x 65536 x 1 elements in 28 bytes; ${again}`,
    ],
    [
      "a header that overflows 64 bits",
      idx([2 ** 31, 2 ** 31, 4, 1], [1]),
      `data: x promises more at byte 4 than the file can hold, got 2147483648 x 2147483648 x 4 x 1 elements in 21 bytes; ${again}`,
    ],
    ["gzip of nothing", gzipSync(""), `data: x ends inside its header at byte 0, got 0 bytes; ${again}`],
    [
      "gzip of a cut file",
      gzipSync(images.subarray(0, 27)),
      `data: x ends at byte 27, got 11 of the 2 x 2 x 3 elements of its header; ${again}`,
    ],
    [
      "gzip of a longer file",
      gzipSync(Buffer.concat([images, Buffer.alloc(1)])),
      `data: x goes on past byte 28, got more than the 2 x 2 x 3 elements of its header; ${again}`,
    ],
    [
      "gzip of a lying header",
      gzipSync(idx([2 ** 32 - 1, 100, 100], noise(4000))),
      `data: x promises more at byte 4 than the file can hold, got 4294967295 x 100 x 100 elements in ${gzipSync(idx([2 ** 32 - 1, 100, 100], noise(4000))).length} bytes; ${again}`,
    ],
    [
      "gzip without its last 8 bytes, checksum and length",
      packed.subarray(0, packed.length - 8),
      `data: x ends inside its gzip data at byte ${packed.length - 8}, got 28 bytes unpacked; ${again}`,
    ],
    [
      "gzip with a wrong checksum",
      damaged(packed.length - 8),
      `data: x is damaged gzip after byte 0, got "incorrect data check"; ${again}`,
    ],
    [
      "gzip with a wrong method",
      damaged(2),
      `data: x is damaged gzip after byte 0, got "unknown compression method"; ${again}`,
    ],
    [
      "gzip with something behind it",
      Buffer.concat([packed, Buffer.from("more")]),
      `data: x is damaged gzip after byte 0, got "incorrect header check"; ${again}`,
    ],
  ])("%s", async (_, bytes, message) => {
    const error = await readIdx(bytes, "x").catch(error => error);
    expect(error).toBeInstanceOf(DataError);
    expect(error.message).toBe(message);
  });

  test("a gzip bomb is left as soon as it passes its header's promise", async () => {
    const bomb = gzipSync(Buffer.concat([images, Buffer.alloc(50_000_000)]));
    const before = process.memoryUsage().arrayBuffers;
    await expect(readIdx(bomb, "x")).rejects.toThrow("data: x goes on past byte 28");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });

  test("whatever the bytes, the answer is an array or a DataError that names the file and a byte", async () => {
    const header = fc.tuple(fc.constantFrom(0, 8, 9), fc.nat(5), fc.uint8Array({ maxLength: 30 }));
    const files = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      header.map(([type, rank, rest]) => Uint8Array.of(0, 0, type, rank, ...rest)),
      fc.nat(packed.length - 1).map(damaged),
    );
    await fc.assert(
      fc.asyncProperty(files, fc.boolean(), async (bytes, pack) => {
        const answer = await readIdx(pack ? gzipSync(bytes) : bytes, "x").catch(error => error);
        if (answer instanceof Error) {
          expect(answer).toBeInstanceOf(DataError);
          expect(answer.message).toMatch(/^data: x .* byte \d+.*, got .+; .+/);
        } else expect(answer.data.length).toBe(answer.dims.reduce((a: number, b: number) => a * b));
      }),
      { numRuns: 300 },
    );
  });
});

describe("what is refused, from a file", () => {
  test("a file that is not there", async () => {
    const path = join(folder, "none");
    await expect(readIdx(path)).rejects.toThrow(
      `data: cannot read ${path}, got ENOENT: no such file or directory, stat '${path}'; check that it exists and may be read`,
    );
  });

  test("a folder", async () => {
    await expect(readIdx(folder)).rejects.toThrow(
      `data: ${folder} is not a file, got a folder or a device; give an IDX file`,
    );
  });

  test("a file of 4 GiB with an honest header for it, without taking memory", async () => {
    const path = join(folder, "sparse");
    writeFileSync(path, idx([2 ** 16, 2 ** 8, 2 ** 8], []));
    truncateSync(path, 16 + 2 ** 32); // sparse: takes no room on the disk
    await expect(readIdx(path)).rejects.toThrow(
      `data: ${path} promises too much at byte 4, got 65536 x 256 x 256 elements; split it into files below 2 GiB`,
    );
  });
});
