/** The hash that tells whether two data sets hold the same samples in the same order. */

import { createHash } from "node:crypto";
import type { DataSet, Split } from "./data-set.js";

/**
 * Freezes a data set and adds its hash: SHA-256, in hexadecimal, over a line of ASCII and four runs of bytes:
 *
 *     uint8 1x28x28 classes 10 train 8000 test 2000\n  train.inputs  train.labels  test.inputs  test.labels
 *
 * The name does not count. Floats are written as the machine holds them (little-endian on every machine Node runs on
 * today).
 */
export function withHash(set: Omit<DataSet, "hash">): DataSet {
  const { inputShape, classes, train, test } = set;
  const type = train.inputs instanceof Uint8Array ? "uint8" : "float32";
  const line = `${type} ${inputShape.join("x")} classes ${classes} train ${train.count} test ${test.count}\n`;
  const hash = createHash("sha256").update(line);
  for (const split of [train, test]) hash.update(bytesOf(split.inputs)).update(split.labels);
  return Object.freeze({
    ...set,
    hash: hash.digest("hex"),
    inputShape: Object.freeze([...inputShape]),
    train: Object.freeze(train),
    test: Object.freeze(test),
  });
}

function bytesOf(inputs: Split["inputs"]): Uint8Array {
  return new Uint8Array(inputs.buffer, inputs.byteOffset, inputs.byteLength);
}
