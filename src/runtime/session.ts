/** What every runtime offers: a model made ready to run, and tensors of plain arrays. */

export interface Tensor {
  readonly type: "float32" | "uint8" | "int32" | "int64";
  readonly dims: readonly number[];
  readonly data: Float32Array | Uint8Array | Int32Array | BigInt64Array;
}
export type Tensors = Readonly<Record<string, Tensor>>;

export interface Session {
  run(feeds: Tensors): Promise<Tensors>;
  /** Give the memory back; the session cannot run any more. */
  release(): Promise<void>;
}

export const float32 = (data: Float32Array, dims: readonly number[]): Tensor => ({ type: "float32", dims, data });
export const uint8 = (data: Uint8Array, dims: readonly number[]): Tensor => ({ type: "uint8", dims, data });
export const int32 = (data: Int32Array, dims: readonly number[]): Tensor => ({ type: "int32", dims, data });
export const int64 = (data: BigInt64Array, dims: readonly number[]): Tensor => ({ type: "int64", dims, data });

/** How a model is made ready. */
export interface Opening {
  /** Somewhat slower where that saves memory. */
  readonly sparing?: boolean;
  /** A training model, of which the runtime can make nothing better. */
  readonly training?: boolean;
}

/** A model that the runtime refused, or a run that it broke off. */
export class RuntimeFailure extends Error {
  override readonly name = "RuntimeFailure";
}
