/** The rule of adaptiveAvgPool1d-3d and adaptiveMaxPool1d-3d in types: the twin of `shape` in adaptive-pool.ts. */
import type { In, Layer, Tensor } from "../op/index.js";
import type {
  At,
  HasShape,
  NeedsSpatial,
  OnEachAxis,
  Out,
  PerAxis,
  PerAxisArg,
  Rank,
  Shape,
  Sizes,
  Unranked,
} from "../shape/index.js";

type Rule<Op extends string, R extends Rank, S extends Shape, O extends Sizes> =
  PerAxis<Op, "outputSize", R, 1, O> extends infer W
    ? [W] extends [never]
      ? Unranked<S> extends true
        ? [number, ...OnEachAxis<R, O>]
        : S extends readonly [infer C extends number, ...infer Spatial extends Shape]
          ? Spatial["length"] extends R
            ? [C, ...OnEachAxis<R, O>]
            : NeedsSpatial<Op, R, S, "outputSize">
          : NeedsSpatial<Op, R, S, "outputSize">
      : W
    : never;

export type AdaptivePoolMethod<Op extends string, R extends Rank> = <S extends Shape, const O extends Sizes>(
  this: HasShape<S>,
  outputSize: At<Rule<Op, R, S, O>, "outputSize", O>,
) => Tensor<Out<Rule<Op, R, S, O>>>;

export interface AdaptivePoolLayer<Op extends string, R extends Rank, O extends Sizes> extends Layer {
  readonly out: Rule<Op, R, In<this>, O>;
}
export type AdaptivePoolMaker<Op extends string, R extends Rank> = <const O extends Sizes>(
  outputSize: PerAxisArg<Op, "outputSize", R, 1, O>,
) => AdaptivePoolLayer<Op, R, O>;
