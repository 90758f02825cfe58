/** What every data set is once it is loaded: samples as rows of plain arrays, labels, and a hash of both. */

/** `count` samples, one after another; every sample is the product of `DataSet.inputShape` elements. */
export interface Split {
  readonly count: number;
  readonly inputs: Uint8Array | Float32Array;
  /** One class number per sample, 0 to `classes - 1`. */
  readonly labels: Uint8Array;
}

export interface DataSet {
  readonly name: string;
  /** SHA-256 over all inputs and labels, in hexadecimal: two data sets with the same hash hold the same samples. */
  readonly hash: string;
  /** Shape of one sample, channels first, e.g. `[1, 28, 28]`. */
  readonly inputShape: readonly number[];
  readonly classes: number;
  readonly train: Split;
  readonly test: Split;
}

/**
 * Numbers of many samples, one sample after another. Bytes count 0 to 1; whole numbers of 32 bits stand for what they
 * are, as places in an embedding or classes.
 */
export type Values = Uint8Array | Float32Array | Int32Array;

type ByName = Readonly<Record<string, Values | undefined>>;

/** Samples for networks of any kind: alone where there is one input or output, by name where there are several. */
export interface Examples<I = Values | ByName, T = Values | ByName> {
  readonly inputs: I;
  /**
   * What outputs are compared with: class numbers (whole numbers, one per sample, or one for each place behind the
   * classes), or values of the output's shape.
   */
  readonly targets: T;
}
