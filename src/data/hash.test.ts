import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { DataSet } from "./data-set.js";
import { withHash } from "./hash.js";

const set = (change: Partial<DataSet> = {}) =>
  withHash({
    name: "four",
    inputShape: [1, 1, 2],
    classes: 2,
    train: { count: 2, inputs: Uint8Array.of(1, 2, 3, 4), labels: Uint8Array.of(0, 1) },
    test: { count: 1, inputs: Uint8Array.of(5, 6), labels: Uint8Array.of(1) },
    ...change,
  });

test("the hash is the SHA-256 of a line and four runs of bytes, written out here by hand", () => {
  const bytes = Buffer.from("uint8 1x1x2 classes 2 train 2 test 1\n\x01\x02\x03\x04\x00\x01\x05\x06\x01", "latin1");
  expect(set().hash).toBe(createHash("sha256").update(bytes).digest("hex"));
});

test("floats are hashed as little-endian 32-bit numbers", () => {
  const split = { count: 1, inputs: Float32Array.of(1, -2), labels: Uint8Array.of(0) };
  const floats = "0000803f000000c0"; // IEEE 754: 1 is 0x3f800000, -2 is 0xc0000000
  const line = Buffer.from("float32 1x1x2 classes 2 train 1 test 1\n").toString("hex");
  const bytes = Buffer.from(`${line}${floats}00${floats}00`, "hex");
  expect(set({ train: split, test: split }).hash).toBe(createHash("sha256").update(bytes).digest("hex"));
});

test.each<[string, Partial<DataSet>]>([
  ["a pixel", { test: { count: 1, inputs: Uint8Array.of(5, 7), labels: Uint8Array.of(1) } }],
  ["a label", { test: { count: 1, inputs: Uint8Array.of(5, 6), labels: Uint8Array.of(0) } }],
  ["the shape", { inputShape: [1, 2, 1] }],
  ["the number of classes", { classes: 3 }],
])("%s changes the hash", (_, change) => {
  expect(set(change).hash).not.toBe(set().hash);
});

test("the name does not change the hash", () => {
  expect(set({ name: "other" }).hash).toBe(set().hash);
});

test("a view into a larger buffer hashes as its own bytes", () => {
  const inputs = Uint8Array.of(9, 9, 5, 6, 9).subarray(2, 4);
  expect(set({ test: { count: 1, inputs, labels: Uint8Array.of(1) } }).hash).toBe(set().hash);
});

test("the data set and its parts are frozen", () => {
  const made = set();
  expect([made, made.inputShape, made.train, made.test].every(part => Object.isFrozen(part))).toBe(true);
});
