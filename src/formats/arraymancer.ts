/** Graphs as Arraymancer's `network` (Nim): layers with the shape of their input, then one chain of calls. */
import type { Graph } from "../graph/index.js";
import { identifier } from "./pytorch/names.js";
import { inLine, spelled } from "./spelled.js";

/**
 * Nim source of a network whose layers follow one another; an op that Arraymancer does not have is a SpellingError. Its
 * layers are initialised by Kaiming's normal rule, with biases of 0.
 */
export function writeArraymancer(graph: Graph): string {
  const { names, nodes, declared } = spelled(graph, "arraymancer", "Arraymancer");
  inLine(graph, "Arraymancer", nodes);
  const title = nim(`Net_${identifier(graph.name)}`);
  const input = nim(names.get(graph.inputs[0]!.name)!);
  const chain = nodes.reduce(
    (before, { name, spelling }) => ("layer" in spelling ? `${before}.${nim(name)}` : spelling.expression([before])),
    input,
  );
  return [
    "import arraymancer",
    "",
    `network ${title}:`,
    "  layers:",
    ...declared.map(({ name, spelling }) => `    ${nim(name)}: ${"layer" in spelling ? spelling.layer : ""}`),
    `  forward ${input}:`,
    `    ${chain}`,
    "",
    "let",
    "  ctx = newContext Tensor[float32]",
    `  model = ctx.init(${title})`,
    "",
  ].join("\n");
}

/** Nim's identifiers have single underscores, none at the end; and no layer may be called as the functions in the chain. */
const nim = (name: string): string => `${name.replace(/_+/g, "_").replace(/_$/, "")}L`;
