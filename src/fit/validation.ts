/** Validation data: samples kept apart from training, to be watched. */
import type { Values } from "../data/data-set.js";
import { deriveSeed, permutation, random } from "../random.js";
import { TrainError } from "../train/index.js";
import type { Samples } from "./samples.js";

/** A share of the samples, at random by the seed; the others stay in their order. */
export function holdOut(samples: Samples, share: number, seed: number): { train: Samples; validation: Samples } {
  const held = Math.round(share * samples.count);
  if (!(share > 0 && share < 1 && held > 0 && held < samples.count)) {
    throw new TrainError(
      `fit: validation must leave samples on both sides of ${samples.count}, got ${share}; give a share between 0 and 1, or a split`,
    );
  }
  const order = permutation(samples.count, random(deriveSeed("validation", seed)));
  const rows = (part: Uint32Array): Samples => take(samples, part.sort());
  return { validation: rows(order.slice(0, held)), train: rows(order.slice(held)) };
}

function take({ count, inputs, targets }: Samples, rows: Uint32Array): Samples {
  const of = (values: Values): Values => {
    const width = values.length / count;
    const taken = new (values.constructor as new (length: number) => Values)(rows.length * width);
    for (const [i, row] of rows.entries()) taken.set(values.subarray(row * width, (row + 1) * width), i * width);
    return taken;
  };
  return { count: rows.length, inputs: inputs.map(of), targets: targets.map(values => values && of(values)) };
}
