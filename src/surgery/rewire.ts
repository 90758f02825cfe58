/** A graph's nodes connected otherwise: parts read apart, inputs exchanged, everything in order again. */
import { freeze, type Graph, type Node, verify } from "../graph/index.js";
import { analyse, findOp } from "../op/index.js";
import { SurgeryError } from "./error.js";

/** The graph in two parts: what reads `name` reads an input of its own, called `reader`. */
export function parted(graph: Graph, name: string, readers?: readonly string[]): { graph: Graph; reader: string } {
  const reader = unused(graph, `${name}.read`);
  const reads = (other: Node): boolean => readers === undefined || readers.includes(other.name);
  const nodes = graph.nodes.map(other =>
    reads(other) ? { ...other, inputs: other.inputs.map(one => (one === name ? reader : one)) } : other,
  );
  const outputs = graph.outputs.map(one => (one === name && readers === undefined ? reader : one));
  const shape = analyse(graph).shapes.get(name)!;
  return { graph: freeze({ ...graph, inputs: [...graph.inputs, { name: reader, shape }], nodes, outputs }), reader };
}
export const united = (nodes: readonly Node[], reader: string, name: string): Node[] =>
  nodes.map(other => ({ ...other, inputs: other.inputs.map(one => (one === reader ? name : one)) }));

export const unused = (graph: Graph, name: string): string =>
  [...graph.inputs, ...graph.nodes].some(other => other.name === name) ? unused(graph, `${name}_`) : name;

export const spliced = (
  nodes: readonly Node[],
  to: string,
  at: number,
  removed: number,
  added: readonly string[],
): Node[] =>
  nodes.map(other =>
    other.name === to
      ? { ...other, inputs: [...other.inputs.slice(0, at), ...added, ...other.inputs.slice(at + removed)] }
      : other,
  );

/** The graph with other nodes, in an order in which each can be computed; refused where an op or a rule refuses it. */
export function rewired(
  graph: Graph,
  edit: string,
  change: (nodes: readonly Node[]) => readonly Node[],
  /** An input that stood for a layer, or a layer that is gone, and what outputs of its name are now. */
  gone?: { readonly reader: string; readonly becomes: string },
): Graph {
  const nodes = inOrder(graph, change(graph.nodes), edit);
  const inputs = graph.inputs.filter(({ name }) => name !== gone?.reader);
  const outputs = graph.outputs.map(name => (name === gone?.reader ? gone.becomes : name));
  const made = freeze({ ...graph, inputs, nodes, outputs });
  refusePlaces(graph, made, edit);
  try {
    verify(made);
    analyse(made);
    return made;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new SurgeryError(
      `${edit}: the network would not fit together, got "${error.message}"; edit what stands around it first`,
    );
  }
}

/** What reads places in a table reads an input of the network: what other layers give is no place. */
function refusePlaces(before: Graph, after: Graph, edit: string): void {
  const old = new Map(before.nodes.map(node => [node.name, node]));
  const isInput = new Set(after.inputs.map(({ name }) => name));
  for (const { name, op, inputs } of after.nodes) {
    if (!findOp(op).indices || inputs.join() === old.get(name)?.inputs.join()) continue;
    const between = inputs.find(input => !isInput.has(input));
    if (between === undefined) continue;
    throw new SurgeryError(
      `${edit}: ${name} reads whole numbers that are places, got those of ${between}; edit what is behind ${name}`,
    );
  }
}

function inOrder(graph: Graph, nodes: readonly Node[], edit: string): Node[] {
  const done = new Set(graph.inputs.map(({ name }) => name));
  const made: Node[] = [];
  let left = [...nodes];
  while (left.length > 0) {
    const waiting: Node[] = [];
    for (const node of left) {
      if (node.inputs.every(name => done.has(name))) {
        made.push(node);
        done.add(node.name);
      } else waiting.push(node);
    }
    if (waiting.length === left.length) {
      throw new SurgeryError(
        `${edit}: layers would read each other in a circle, got ${left.map(({ name }) => name).join(", ")}; connect forwards only`,
      );
    }
    left = waiting;
  }
  return made;
}
