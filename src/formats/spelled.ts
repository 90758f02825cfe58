/** What the languages that are written and never read share: names, spellings, and the refusal. */
import type { Graph } from "../graph/index.js";
import { analyse, type Language, type Placed, type Spelling } from "../op/index.js";
import { pythonNames } from "./pytorch/names.js";

/** A network that a language cannot say; the sentence names the first op that it cannot. */
export class SpellingError extends Error {
  override readonly name = "SpellingError";
}

export interface SpelledNode {
  readonly one: Placed;
  /** As an identifier. */
  readonly name: string;
  /** The name of whose layer it uses: its own unless it shares. */
  readonly owner: string;
  readonly inputs: readonly string[];
  readonly spelling: Exclude<Spelling, { readonly none: string }>;
}

/** Every node with its spelling, and the names of inputs and nodes as identifiers. */
export function spelled(graph: Graph, language: Language, title: string) {
  const names = pythonNames(graph);
  const nodes = analyse(graph).placed.map((one): SpelledNode => {
    const { node, op, site } = one;
    const spelling = op.spellings?.[language]?.(site) ?? { none: "it has no such layer" };
    if ("none" in spelling) throw cannot(title, one, spelling.none);
    const inputs = node.inputs.map(input => names.get(input)!);
    return { one, name: names.get(node.name)!, owner: names.get(one.owner)!, inputs, spelling };
  });
  return { names, nodes, declared: nodes.filter(({ one, spelling }) => "layer" in spelling && !one.node.shares) };
}

export const cannot = (title: string, { node }: Placed, why: string): SpellingError =>
  new SpellingError(`${node.op}: ${title} cannot say it, got ${node.name}; ${why}`);

/** The one input of a network in a line, or the refusal of the first node that does not read the one before it. */
export function inLine(graph: Graph, title: string, nodes: readonly SpelledNode[]): void {
  let latest = graph.inputs[0]!.name;
  for (const { one } of nodes) {
    if (one.node.inputs.length > 1 || one.node.inputs[0] !== latest) {
      throw cannot(title, one, "layers must follow one another");
    }
    if (one.node.shares !== undefined) throw cannot(title, one, "it must have weights of its own");
    latest = one.node.name;
  }
  if (graph.inputs.length > 1 || graph.outputs.length > 1 || graph.outputs[0] !== latest) {
    throw new SpellingError(
      `${graph.name}: ${title} wants one input and, at the end, one output, got ${graph.inputs.length} and ${graph.outputs.join(", ")}; take a part of it`,
    );
  }
}
