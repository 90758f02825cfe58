/** Models that netpick wrote: the graph itself stands in the metadata, and its weights under their names. */
import { type Graph, graphFromJson } from "../../graph/index.js";
import { analyse, resolve } from "../../op/index.js";
import { sameShape } from "../../shape/index.js";
import type { Model } from "./schema.js";
import { constantOf } from "./tensors.js";
import type { Weights } from "./values.js";

/** Undefined where there is none, or where another program has changed the model since. */
export function ownNetwork({
  producerName,
  metadataProps = [],
  graph: file,
}: Model): { graph: Graph; weights: Weights } | undefined {
  const text = metadataProps.find(({ key }) => key === "graph")?.value;
  if (producerName !== "netpick" || text === undefined) return undefined;
  const graph = parsed(text);
  if (!graph) return undefined;
  const stored = new Map(file.initializer.map(tensor => [tensor.name, tensor]));
  const weights: Record<string, Float32Array> = {};
  for (const { node, weights: wanted } of analyse(graph).placed) {
    if (node.shares !== undefined) continue;
    for (const { role, shape } of wanted) {
      const name = `${node.name}.${role}`;
      const tensor = stored.get(name);
      if (tensor?.dataType !== 1 || !sameShape(tensor.dims, shape)) return undefined;
      weights[name] = constantOf(tensor).data as Float32Array;
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
