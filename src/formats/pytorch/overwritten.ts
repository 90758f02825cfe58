/** Where writing over an input would change what others still read: there a copy is written over. */
import type { Graph } from "../../graph/index.js";
import { analyse } from "../../op/index.js";

/** Nodes that write over their first input although it, or another look at it, is needed afterwards. */
export function needingCopies(graph: Graph): ReadonlySet<string> {
  const { placed } = analyse(graph);
  const buffers = new Map(graph.inputs.map(({ name }) => [name, name]));
  for (const { node, cost } of placed) {
    buffers.set(node.name, cost.storage === "own" ? node.name : buffers.get(node.inputs[0]!)!);
  }
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  const found = new Set<string>();
  placed.forEach(({ node, cost }, i) => {
    if (cost.storage !== "inPlace") return;
    const buffer = buffers.get(node.inputs[0]!)!;
    const before = new Set([...inputs, ...placed.slice(0, i).map(one => one.node.name)]);
    const old = (name: string): boolean => before.has(name) && buffers.get(name) === buffer;
    const later = placed.slice(i + 1).some(one => one.node.inputs.some(old));
    const others = node.inputs.slice(1).some(old);
    // The caller's own tensor stays what it is.
    if (later || others || inputs.has(buffer) || graph.outputs.some(old)) found.add(node.name);
  });
  return found;
}
