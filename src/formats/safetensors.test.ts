import { describe, expect, test } from "vitest";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.js";

const file = {
  tensors: {
    "conv1.weight": { shape: [2, 3], data: Float32Array.of(1, -2.5, 3e-20, Number.POSITIVE_INFINITY, 0, 7) },
    bias: { shape: [], data: Float32Array.of(4) },
    empty: { shape: [0, 5], data: new Float32Array() },
  },
  metadata: { note: "a text" },
};

/** A file by hand, from the format's description: header length, header, data. */
function byHand(header: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + header.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(new TextEncoder().encode(header), 8);
  bytes.set(data, 8 + header.length);
  return bytes;
}

describe("safetensors", () => {
  test("come back as they were written", () => {
    expect(decodeSafetensors(encodeSafetensors(file))).toEqual(file);
  });

  test("are read from a part of a larger buffer, as Node's files are", () => {
    const bytes = encodeSafetensors(file);
    const larger = Buffer.alloc(bytes.length + 13, 255);
    larger.set(bytes, 13);
    expect(decodeSafetensors(larger.subarray(13))).toEqual(file);
  });

  test("are fetched part by part, each tensor alone; none where they overlap", () => {
    const bytes = encodeSafetensors(file);
    const asked: [number, number][] = [];
    const part = (at: number, length: number) => {
      asked.push([at, length]);
      return new Uint8Array(bytes.slice(at, at + length));
    };
    expect(decodeSafetensors({ length: bytes.length, part })).toEqual(file);
    expect(asked.slice(2).map(([, length]) => length)).toEqual([24, 4, 0]);
    const twice =
      '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
    const lying = byHand(twice, new Uint8Array(8));
    const none = (at: number, length: number) =>
      at < 8 + twice.length ? new Uint8Array(lying.slice(at, at + length)) : expect.fail();
    expect(() => decodeSafetensors({ length: lying.length, part: none })).toThrow(
      "safetensors: the tensors must fill the file, got 16 of 8 bytes; the file is damaged or no safetensors file",
    );
  });

  test("are read as the format says, data not aligned", () => {
    const header = '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}  ';
    const read = decodeSafetensors(byHand(`${header} `, new Uint8Array([0, 0, 128, 63, 0, 0, 0, 192])));
    expect(read).toEqual({ tensors: { w: { shape: [2], data: Float32Array.of(1, -2) } }, metadata: {} });
  });

  test("are written as the format says", () => {
    const bytes = encodeSafetensors({ tensors: { w: { shape: [1], data: Float32Array.of(1) } }, metadata: {} });
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect((8 + length) % 8).toBe(0);
    expect(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))).toEqual({
      __metadata__: {},
      w: { dtype: "F32", shape: [1], data_offsets: [0, 4] },
    });
    expect([...bytes.subarray(8 + length)]).toEqual([0, 0, 128, 63]);
  });

  const whole = encodeSafetensors(file);
  test.each([
    ["nothing", new Uint8Array(), "a file has at least 8 bytes, got 0"],
    [
      "a header beyond the file",
      byHand("{}", new Uint8Array()).fill(255, 0, 8),
      "the header must lie inside the file, got 18446744073709552000 bytes",
    ],
    ["no JSON", byHand("hello", new Uint8Array()), "the header must be JSON, got something else"],
    [
      "another type",
      byHand('{"w":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}', new Uint8Array(4)),
      "the header must list float32 tensors, got something else",
    ],
    ["a cut file", whole.subarray(0, -1), "bias must have the bytes of its shape inside the file, got 24 to 28"],
    [
      "a shape that lies",
      byHand('{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}', new Uint8Array(8)),
      "w must have the bytes of its shape inside the file, got 0 to 8",
    ],
    [
      "what no tensor holds",
      byHand('{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', new Uint8Array(8)),
      "the tensors must fill the file, got 4 of 8 bytes",
    ],
    [
      "bytes that two tensors hold",
      byHand(
        '{"v":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
        new Uint8Array(4),
      ),
      "the tensors must fill the file, got 8 of 4 bytes",
    ],
  ])("refuse %s", (_, bytes, sentence) => {
    expect(() => decodeSafetensors(bytes)).toThrow(
      `safetensors: ${sentence}; the file is damaged or no safetensors file`,
    );
  });
});
