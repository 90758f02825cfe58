/** Layers that nobody type-checked. */
import { GraphError } from "../graph/index.js";
import type { Layer } from "../op/index.js";

/** Refuses what is no layer. */
export function checkLayer(where: string, layer: unknown): void {
  if (typeof (layer as Layer | undefined)?.place === "function") return;
  if (typeof layer === "function") {
    throw new GraphError(`${where}: there is no layer, got a function; call it, as Linear(10)`);
  }
  const given = Array.isArray(layer) ? "a list" : String(layer);
  throw new GraphError(`${where}: there is no layer, got ${given}; give one, as Conv2d(20, 5)`);
}

export function checkLayers(where: string, layers: readonly unknown[]): void {
  for (const one of layers) checkLayer(where, one);
}
