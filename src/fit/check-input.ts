/** What programs that nobody type-checked may hand to `fit`: each mistake in a sentence instead of a training on nothing. */
import type { DataSet, Split } from "../data/data-set.js";
import { nearest } from "../nearest.js";
import { product } from "../shape/index.js";
import { got, TrainError } from "../train/index.js";

/** Every option of `fit`; a name that is none of these was mistyped. */
export function checkOptions(options: object, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || ArrayBuffer.isView(options)) {
    throw new TrainError(
      "fit: options must be an object, got something else; give e.g. { epochs: 4 }, and targets with the inputs: { inputs, targets }",
    );
  }
  const unknown = Object.keys(options).find(key => !known.includes(key));
  if (unknown !== undefined) {
    throw new TrainError(`fit: there is no such option, got ${unknown}; ${nearest(unknown, known)}`);
  }
  const { optimizer } = options as { optimizer?: unknown };
  if (optimizer !== undefined && typeof (optimizer as { update?: unknown } | null)?.update !== "function") {
    throw new TrainError(
      `fit: optimizer must be made by adam, sgd or another, got ${got(optimizer)}; give e.g. adam({ learningRate: 0.001 })`,
    );
  }
}

/** Counts of anything: whole numbers from 1. */
export function checkCount(where: string, counts: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(counts)) {
    if (!(Number.isSafeInteger(value) && value >= 1)) {
      throw new TrainError(`${where}: ${name} must be a whole number of at least 1, got ${got(value)}; give 1 or more`);
    }
  }
}

/** A data set, or a split whose arrays are as long as it says. */
export function checkData(data: DataSet | Split, wanted: number): void {
  if (typeof data !== "object" || data === null || !("train" in data || "inputs" in data)) {
    throw new TrainError(
      "fit: data must be { inputs, targets } or a data set, got something else; give these, or what loadData gives",
    );
  }
  if ("inputs" in data && !("labels" in data)) {
    throw new TrainError("fit: data must have targets, got inputs alone; give { inputs, targets }");
  }
  // Whether a data set's samples fit the network is asked, and said, elsewhere.
  const elements = "train" in data ? product(data.inputShape) : wanted;
  const splits = "train" in data ? { train: data.train, test: data.test } : { data };
  for (const [name, { count, inputs, labels }] of Object.entries(splits)) {
    if (!(inputs instanceof Uint8Array || inputs instanceof Float32Array) || !ArrayBuffer.isView(labels)) {
      throw new TrainError(
        `fit: inputs of ${name} must be a Uint8Array or Float32Array and labels an array of bytes, got something else; convert them`,
      );
    }
    if (!(Number.isSafeInteger(count) && inputs.length === count * elements && labels.length === count)) {
      throw new TrainError(
        `fit: ${name} must have count x ${elements} inputs and count labels, got count ${count}, ${inputs.length} and ${labels.length}; correct one of them`,
      );
    }
  }
}
