/** The rules that every graph keeps, whoever made it. */
import { type Graph, GraphError, type Node } from "./graph.js";

type Rule = (graph: Graph) => string | undefined;

const rules: readonly Rule[] = [
  graph => (graph.inputs.length === 0 ? "graph: there is no input, got 0; give at least one" : undefined),
  graph => (graph.outputs.length === 0 ? "graph: there is no output, got 0; name at least one" : undefined),
  graph => {
    // ONNX reads an empty name as an input left out.
    const nameless = [...graph.inputs, ...graph.nodes].some(part => part.name === "");
    return nameless ? 'graph: a name must not be empty, got ""; name every input and node' : undefined;
  },
  graph => {
    const twice = firstTwice([...graph.inputs, ...graph.nodes].map(part => part.name));
    return twice === undefined ? undefined : `graph: a name stands for two things, got ${twice} twice; rename one`;
  },
  graph => {
    const bad = graph.inputs.find(({ shape }) => shape.some(dim => !Number.isSafeInteger(dim) || dim < 1));
    return (
      bad &&
      `graph: sizes of input ${bad.name} must be whole numbers from 1, got [${bad.shape.join(", ")}]; correct its shape`
    );
  },
  graph => {
    const known = new Set(graph.inputs.map(input => input.name));
    for (const node of graph.nodes) {
      const missing = node.inputs.find(name => !known.has(name));
      if (missing !== undefined) {
        return notEarlier(node, missing);
      }
      known.add(node.name);
    }
    const missing = graph.outputs.find(name => !known.has(name));
    return missing === undefined
      ? undefined
      : `graph: an output is not an input or a node, got ${missing}; name one that exists`;
  },
  graph => {
    const earlier = new Map<string, string>();
    for (const node of graph.nodes) {
      if (node.shares !== undefined && earlier.get(node.shares) !== node.op) {
        return `${node.op}: ${node.name} can share weights only with an earlier ${node.op}, got ${node.shares}; name one`;
      }
      if (node.shares === undefined) earlier.set(node.name, node.op);
    }
    return undefined;
  },
];

/** What to say of a node that reads what does not stand before it. */
export const notEarlier = (node: Node, missing: string): string =>
  `${node.op}: input of ${node.name} is not an input or an earlier node, got ${missing}; define it first`;

function firstTwice(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find(name => seen.size === seen.add(name).size);
}

/** The graph itself when every rule holds, otherwise a GraphError with the first broken one. */
export function verify(graph: Graph): Graph {
  for (const rule of rules) {
    const broken = rule(graph);
    if (broken !== undefined) throw new GraphError(broken);
  }
  return graph;
}
