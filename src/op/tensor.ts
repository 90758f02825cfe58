/**
 * A value in a network while it is being described: types only, below the ops, so that each op's file can add its fluent
 * method to `Operators` and a new op needs no other file. The class behind them is in build/.
 */
import type { Check, HasShape, Out, Shape } from "../shape/index.js";
import type { Apply, Layer } from "./layer.js";

/**
 * The fluent methods. They read the shape from `this` and so are not generic in it: all tensors share one set of
 * methods, and a tensor of known shape can be used where one of unknown shape is wanted.
 */
export interface Operators {
  /** Apply a layer that was made beforehand; the same layer again shares its weights. */
  pipe<S extends Shape, L extends Layer>(this: HasShape<S>, layer: Check<Apply<L, S>, L>): Tensor<Out<Apply<L, S>>>;
}

export interface Tensor<S extends Shape = Shape> extends HasShape<S>, Operators {}

/** Names of the activations: each one's file adds its own. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by the ops
export interface Activations {}

/** The shape, or the refusal, that an op makes of several tensors, by its name: each op's file adds its own. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by the ops
// biome-ignore lint/correctness/noUnusedVariables: the ops use them
export interface Merges<First extends Shape, Others extends readonly Shape[]> {}
/** As `Merges`, for ops that are told an axis. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by the ops
// biome-ignore lint/correctness/noUnusedVariables: the ops use them
export interface MergesAlong<First extends Shape, Others extends readonly Shape[], A extends number> {}

/** The fluent method of an op that keeps any shape. */
export type KeepsShape<Options extends object> = <S extends Shape>(this: HasShape<S>, options?: Options) => Tensor<S>;
