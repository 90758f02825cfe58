/** Layers made of layers: one after another, and around a shortcut. */
import { type Apply, type In, type Layer, layer } from "../op/index.js";
import type { AddRule } from "../ops/add.js";
import type { Shape } from "../shape/index.js";
import { checkLayer, checkLayers } from "./check-layer.js";

/** The shape after all layers, or the first refusal. */
type Fold<Ls extends readonly Layer[], S> = S extends Shape
  ? Ls extends readonly [infer L extends Layer, ...infer Rest extends readonly Layer[]]
    ? Fold<Rest, Apply<L, S>>
    : Ls extends readonly []
      ? S
      : Shape
  : S;

export interface SequentialLayer<Ls extends readonly Layer[]> extends Layer {
  readonly out: Fold<Ls, In<this>>;
}

/** Layers one after another, as one layer; its nodes are called `name.0`, `name.1`, ... */
export const Sequential = <const Ls extends readonly Layer[]>(...layers: Ls): SequentialLayer<Ls> => {
  checkLayers("sequential", layers);
  return layer({
    kind: "sequential",
    place: (ground, x, name) =>
      layers.reduce((from, one, position) => ground.layer(one, from, `${name}.${position}`), x),
  });
};

type SameAs<After, S extends Shape> = After extends Shape ? AddRule<After, S> : After;

export interface ResidualLayer<L extends Layer> extends Layer {
  readonly out: SameAs<Apply<L, In<this>>, In<this>>;
}

/** The sum of what the body makes and its input, which must be of one shape; nodes `name.body` and `name.add`. */
export const Residual = <L extends Layer>(body: L): ResidualLayer<L> => {
  checkLayer("residual", body);
  return layer({
    kind: "residual",
    place: (ground, x, name) =>
      ground.node("add", [ground.layer(body, x, `${name}.body`), x], {}, { name: `${name}.add` }),
  });
};
