/** Validation data: samples kept apart from training, to be watched. */
import type { Split } from "../data/data-set.js";
import { deriveSeed, permutation, random } from "../random.js";
import { TrainError } from "../train/index.js";

/** A share of the samples, at random by the seed; the others stay in their order. */
export function holdOut(split: Split, share: number, seed: number): { train: Split; validation: Split } {
  const held = Math.round(share * split.count);
  if (!(share > 0 && share < 1 && held > 0 && held < split.count)) {
    throw new TrainError(
      `fit: validation must leave samples on both sides of ${split.count}, got ${share}; give a share between 0 and 1, or a split`,
    );
  }
  const order = permutation(split.count, random(deriveSeed("validation", seed)));
  const rows = (part: Uint32Array): Split => take(split, part.sort());
  return { validation: rows(order.slice(0, held)), train: rows(order.slice(held)) };
}

function take({ inputs, labels, count }: Split, rows: Uint32Array): Split {
  const width = inputs.length / count;
  const taken = new (inputs.constructor as new (length: number) => typeof inputs)(rows.length * width);
  for (const [i, row] of rows.entries()) taken.set(inputs.subarray(row * width, (row + 1) * width), i * width);
  return { count: rows.length, inputs: taken, labels: Uint8Array.from(rows, row => labels[row]!) };
}
