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
  /** Entry of the first axis that begins at 0 and does not learn. */
  readonly zeroRow?: number | undefined;
}

/** Values by parameter name. */
export type Weights = Readonly<Record<string, Float32Array>>;

/** Every parameter once, in order of the nodes. */
export const parameters = (graph: Graph): Parameter[] =>
  analyse(graph).placed.flatMap(({ node, weights }) =>
    node.shares === undefined ? weights.map(({ role, ...spec }) => ({ name: `${node.name}.${role}`, ...spec })) : [],
  );

/** Whether a parameter is of a layer, or of one in the block of that name. */
export const isOf = (layer: string, name: string): boolean => name.startsWith(`${layer}.`);

/** The layers that parameters of these names are of. */
export const layersOf = (names: readonly string[]): string[] => [
  ...new Set(names.map(name => name.slice(0, name.lastIndexOf(".")))),
];

/** First values, drawn from the seed for each parameter alone: PyTorch's distributions, or those of `asked`. */
export function initialWeights(graph: Graph, seed: number, asked?: InitSettings): Weights {
  if (asked) checkInit(asked);
  return Object.fromEntries(
    parameters(graph).map(({ name, shape, init, zeroRow }) => {
      const values = firstValues(shape, init, random(deriveSeed("weights", seed, name)), asked);
      const length = product(shape.slice(1));
      return [name, zeroRow === undefined ? values : values.fill(0, zeroRow * length, (zeroRow + 1) * length)];
    }),
  );
}

function firstValues(shape: Shape, init: Initialiser, source: Random, asked?: InitSettings): Float32Array {
  const values = new Float32Array(product(shape));
  if (init.kind === "constant") return values.fill(init.value);
  if (asked) return shape.length < 2 ? values : drawWeights(asked, shape, source);
  const draw = drawOf(init, source);
  for (let i = 0; i < values.length; i++) values[i] = draw();
  return values;
}

const drawOf = (init: Exclude<Initialiser, { readonly kind: "constant" }>, source: Random): (() => number) =>
  init.kind === "normal" ? normal(source, init.std) : () => (2 * source.float() - 1) * init.bound;
