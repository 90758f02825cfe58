/** Weights for networks that another program runs, too. */
import type { Graph } from "../../src/graph/index.js";
import { initialWeights, parameters, type Weights } from "../../src/train/index.js";
import { batchOf } from "./values.js";

/** First weights, of the size that networks are made for; what begins at one value for all is drawn from around 1. */
export function drawnWeights(graph: Graph, seed: number): Weights {
  const first = initialWeights(graph, seed);
  return Object.fromEntries(
    parameters(graph).map(({ name, shape, init }, i) => [
      name,
      init.kind === "constant" ? batchOf(1, shape, seed + i).map(value => Math.abs(value) + 0.5) : first[name]!,
    ]),
  );
}
