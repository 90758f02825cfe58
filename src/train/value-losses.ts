/** Losses against values of the output's own shape: means over all elements of a batch. */
import type { Emit, Value } from "../op/index.js";
import type { Loss } from "./losses.js";
import { TrainError } from "./pass.js";

export interface HuberSettings {
  /** Where the square becomes a line; 1 unless told. */
  readonly delta?: number;
}

/** A loss of the difference `output - target`, element by element: costs, and slopes with respect to the output. */
const ofDifference = (name: string, cost: Formula, slope: Formula): Loss => ({
  name,
  against: ["values"],
  emit: (emit, output, { value }) => {
    const difference = emit.op("Sub", [output, value]);
    return {
      loss: emit.op("ReduceMean", [cost(emit, difference)], { keepdims: 0 }),
      gradient: emit.op("Div", [slope(emit, difference), elementsOf(emit, output)]),
    };
  },
});
type Formula = (emit: Emit, difference: Value) => Value;

/** Number of elements, as a float. */
export const elementsOf = (emit: Emit, value: Value): Value => emit.op("Cast", [emit.op("Size", [value])], { to: 1 });

export const meanSquaredError = (): Loss =>
  ofDifference(
    "meanSquaredError",
    (emit, difference) => emit.op("Mul", [difference, difference]),
    (emit, difference) => emit.op("Mul", [difference, emit.float(2)]),
  );

/** Where nothing is missing its slope is 0. */
export const meanAbsoluteError = (): Loss =>
  ofDifference(
    "meanAbsoluteError",
    (emit, difference) => emit.op("Abs", [difference]),
    (emit, difference) => emit.op("Sign", [difference]),
  );

/** Huber 1964: half the square up to `delta`, behind it a line of slope `delta`. */
export function huber({ delta = 1 }: HuberSettings): Loss {
  if (!(delta > 0 && Number.isFinite(delta))) {
    throw new TrainError(`huber: delta must be above 0, got ${delta}; give another`);
  }
  const within: Formula = (emit, difference) => emit.op("Clip", [difference, emit.float(-delta), emit.float(delta)]);
  return ofDifference(
    "huber",
    // With c = clip(d): c (d - c / 2) is d² / 2 inside and delta (|d| - delta / 2) outside.
    (emit, difference) => {
      const clipped = within(emit, difference);
      const half = emit.op("Mul", [clipped, emit.float(0.5)]);
      return emit.op("Mul", [clipped, emit.op("Sub", [difference, half])]);
    },
    within,
  );
}

/**
 * Kullback-Leibler divergence of probabilities (the target) from what log-probabilities (the output) say: the sum over a
 * sample's elements, mean over the batch (PyTorch's `batchmean`, which is the divergence; its default `mean` is not).
 */
export const kullbackLeibler = (): Loss => ({
  name: "kullbackLeibler",
  against: ["values"],
  emit: (emit, output, { value }) => {
    const batch = emit.op("Cast", [emit.op("Gather", [emit.op("Shape", [output]), emit.ints(0)])], { to: 1 });
    // 0 log 0 is 0: the smallest normal number keeps the logarithm finite.
    const log = emit.op("Log", [emit.op("Max", [value, emit.float(1.2e-38)])]);
    const cost = emit.op("Mul", [value, emit.op("Sub", [log, output])]);
    return {
      loss: emit.op("Div", [emit.op("ReduceSum", [cost], { keepdims: 0 }), batch]),
      gradient: emit.op("Neg", [emit.op("Div", [value, batch])]),
    };
  },
});
