import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { DataSet, Split } from "./data-set.js";
import { restore } from "./digit-files.js";
import { loadDigits } from "./digits.js";

const pixels = 28 * 28;
// Labels 0 to 9 among the first 10,000 training labels of MNIST, counted in train-labels-idx1-ubyte with Python.
const perClass = [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978];

const file = (digit: number) =>
  readFileSync(
    join(createRequire(import.meta.url).resolve("mnist/package.json"), "..", "src", "digits", `${digit}.json`),
  );

let set: DataSet;
beforeAll(async () => {
  set = await loadDigits();
});

describe("restoring bytes", () => {
  test("every number of the package is nearest to one byte and comes out as it", () => {
    const hash = createHash("sha256");
    let [count, furthest, wrong] = [0, 0, 0];
    for (let digit = 0; digit < 10; digit++) {
      const json = file(digit);
      const restored = restore(json, `${digit}.json`);
      const numbers: number[] = JSON.parse(json.toString()).data;
      expect(restored.length).toBe(numbers.length);
      for (const [index, number] of numbers.entries()) {
        const byte = Math.round(number * 255);
        furthest = Math.max(furthest, Math.abs(number * 255 - byte));
        if (restored[index] !== byte) wrong++;
      }
      count += numbers.length;
      hash.update(restored);
    }
    expect(count).toBe(10_000 * pixels);
    expect(wrong).toBe(0);
    // Three decimals are off by at most 0.0005, times 255; anything below a half leaves one byte.
    expect(furthest).toBeLessThanOrEqual(0.0005 * 255);
    // Found with Python from train-images-idx3-ubyte (MD5 6bbc9ace898e44ae57da46a324031adb), not from the package: its
    // first 10,000 images sorted by label, each label's in their order.
    expect(hash.digest("hex")).toBe("0768d16c5adea568dee18fa5e4e1acb117e9ec2c5d6b1dffe5fc29c1e61c1eca");
  });

  test.each([
    ["[0,1,0.502]", [0, 255, 128]],
    ['{ "data": [0.004,0.008,0.996]}', [1, 2, 254]],
  ])("%s", (json, bytes) => {
    expect([...restore(Buffer.from(json), "x.json")]).toEqual(bytes);
  });

  test.each([
    [
      "[0,0.003]",
      "data: x.json has a number at byte 8 that is no pixel, got 0.003; install version 1.1.0 of the package mnist",
    ],
    [
      "[0,7]",
      "data: x.json has a number at byte 4 that is no pixel, got 7; install version 1.1.0 of the package mnist",
    ],
  ])("%s is refused", (json, message) => {
    expect(() => restore(Buffer.from(json), "x.json")).toThrow(message);
  });
});

describe("the split", () => {
  const counts = ({ labels }: Split) => perClass.map((_, digit) => labels.filter(label => label === digit).length);

  test("8,000 and 2,000 samples of shape [1, 28, 28]", () => {
    const { name, inputShape, classes, train, test } = set;
    expect({ name, inputShape, classes, train: train.count, test: test.count }).toEqual({
      name: "digits",
      inputShape: [1, 28, 28],
      classes: 10,
      train: 8000,
      test: 2000,
    });
    for (const split of [train, test])
      expect([split.inputs.length, split.labels.length]).toEqual([split.count * pixels, split.count]);
  });

  test("every class gives a fifth of its samples to the test split, to within one", () => {
    expect(counts(set.train).map((count, digit) => count + counts(set.test)[digit]!)).toEqual(perClass);
    for (const [digit, count] of counts(set.test).entries())
      expect(Math.abs(count - perClass[digit]! / 5)).toBeLessThan(1);
  });

  test.each(["train", "test"] as const)(
    "every prefix of %s holds each class in proportion, to within one sample",
    key => {
      const { labels, count } = set[key];
      const totals = counts(set[key]);
      const seen = totals.map(() => 0);
      let furthest = 0;
      for (const [index, label] of labels.entries()) {
        seen[label]!++;
        for (const [digit, total] of totals.entries())
          furthest = Math.max(furthest, Math.abs(seen[digit]! - (total * (index + 1)) / count));
      }
      expect(furthest).toBeLessThan(1);
    },
  );

  test("within a class the package's order stays, and the last samples are the test split", () => {
    for (const digit of [0, 9]) {
      const rows = [set.train, set.test].flatMap(({ inputs, labels }) =>
        [...labels.keys()]
          .filter(row => labels[row] === digit)
          .map(row => inputs.subarray(row * pixels, (row + 1) * pixels)),
      );
      expect(Buffer.concat(rows as Uint8Array[]).equals(restore(file(digit), ""))).toBe(true);
    }
  });

  test("the hash is the one found with Python from MNIST's own files by the rule in docs/data.md", () => {
    expect(set.hash).toBe("e5e6d1f0cf9c8570f1c21fd9f496948b8e70c2ff3260b090430f59b37554f581");
  });
});
