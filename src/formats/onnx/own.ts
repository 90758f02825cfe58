/** Models that netpick wrote: the graph itself stands in the metadata, and its weights under their names. */
import { type Graph, graphFromJson } from "../../graph/index.js";
import { analyse, elementType, resolve } from "../../op/index.js";
import { sameShape } from "../../shape/index.js";
import type { Model } from "./schema.js";
import type { Known } from "./tensors.js";
import type { Weights } from "./values.js";

/** Undefined where there is none, or where another program has changed the model since. */
export function ownNetwork(
  { producerName, metadataProps = [] }: Model,
  stored: (name: string) => Known | undefined,
): { graph: Graph; weights: Weights } | undefined {
  const text = metadataProps.find(({ key }) => key === "graph")?.value;
  if (producerName !== "netpick" || text === undefined) return undefined;
  const graph = parsed(text);
  if (!graph) return undefined;
  const weights: Record<string, Float32Array> = {};
  for (const { node, weights: wanted } of analyse(graph).placed) {
    if (node.shares !== undefined) continue;
    for (const { role, shape } of wanted) {
      const name = `${node.name}.${role}`;
      const known = stored(name);
      if (known?.type !== elementType.float32 || !sameShape(known.dims, shape)) return undefined;
      weights[name] = known.data as Float32Array;
    }
  }
  return { graph, weights };
}

/** A graph that is none is no reason to refuse the model: its operators say as much. */
function parsed(text: string): Graph | undefined {
  try {
    return resolve(graphFromJson(JSON.parse(text)));
  } catch {
    return undefined;
  }
}
