/** What a network learns and carries: names, shapes and first values. */
import type { Graph } from "../graph/index.js";
import { analyse, type Initialiser } from "../op/index.js";
import { deriveSeed, type Random, random } from "../random.js";
import { product, type Shape } from "../shape/index.js";
import { checkInit, drawWeights, type InitSettings, normal } from "./initialisers.js";

export interface Parameter {
  /** `node.role`, as in PyTorch's state dict. */
  readonly name: string;
  readonly shape: Shape;
  readonly init: Initialiser;
  readonly trainable: boolean;
}

/** Values by parameter name. */
export type Weights = Readonly<Record<string, Float32Array>>;

/** Every parameter once, in order of the nodes. */
export const parameters = (graph: Graph): Parameter[] =>
  analyse(graph).placed.flatMap(({ node, weights }) =>
    node.shares === undefined ? weights.map(({ role, ...spec }) => ({ name: `${node.name}.${role}`, ...spec })) : [],
  );

/** First values, drawn from the seed for each parameter alone: PyTorch's distributions, or those of `asked`. */
export function initialWeights(graph: Graph, seed: number, asked?: InitSettings): Weights {
  if (asked) checkInit(asked);
  return Object.fromEntries(
    parameters(graph).map(({ name, shape, init }) => {
      const values = new Float32Array(product(shape));
      if (init.kind === "constant") return [name, values.fill(init.value)];
      const source = random(deriveSeed("weights", seed, name));
      if (asked) return [name, shape.length < 2 ? values : withZeroRow(drawWeights(asked, shape, source), init, shape)];
      const draw = drawOf(init, source);
      for (let i = 0; i < values.length; i++) values[i] = draw();
      return [name, withZeroRow(values, init, shape)];
    }),
  );
}

type Drawn = Exclude<Initialiser, { readonly kind: "constant" }>;

const drawOf = (init: Drawn, source: Random): (() => number) =>
  init.kind === "normal" ? normal(source, init.std) : () => (2 * source.float() - 1) * init.bound;

function withZeroRow(values: Float32Array, init: Drawn, shape: Shape): Float32Array {
  if (init.kind !== "normal" || init.zeroRow === undefined) return values;
  const length = product(shape.slice(1));
  return values.fill(0, init.zeroRow * length, (init.zeroRow + 1) * length);
}
