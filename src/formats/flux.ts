/**
 * Graphs as Flux (Julia): a struct with its layers and a method that calls them. Arrays are WHCN: axes in reverse order,
 * column by column, so that the numbers of a sample lie in memory as they do here and flattening keeps their order.
 */
import type { Graph } from "../graph/index.js";
import { called } from "../op/index.js";
import { identifier } from "./pytorch/names.js";
import { spelled } from "./spelled.js";

/** Flux source of a graph; an op that Flux does not have is a SpellingError. First weights are Flux's own. */
export function writeFlux(graph: Graph): string {
  const { names, nodes, declared } = spelled(graph, "flux", "Flux");
  const title = `Net_${identifier(graph.name)}`;
  const calls = nodes.map(({ name, owner, inputs, spelling }) => {
    const made = "layer" in spelling ? called(spelling, `l.${owner}`, inputs) : spelling.expression(inputs);
    return `    ${name} = ${made}`;
  });
  const sizes = graph.inputs.map(
    ({ name, shape }) => `${names.get(name)}: (${[...[...shape].reverse(), "N"].join(", ")})`,
  );
  const outputs = graph.outputs.map(name => names.get(name)!);
  return [
    `# Inputs, the first axis the fastest: ${sizes.join("; ")}. Conv turns its kernels, so that weights from elsewhere must be turned.`,
    "using Flux # 0.15 or later, whose recurrent layers take whole sequences",
    "",
    `struct ${title}{L}`,
    "    layers::L",
    "end",
    `Flux.@layer ${title}`,
    "",
    `${title}() = ${title}((;`,
    ...declared.map(({ name, spelling }) => `    ${name} = ${"layer" in spelling ? spelling.layer : ""},`),
    "))",
    "",
    `function (model::${title})(${graph.inputs.map(({ name }) => names.get(name)).join(", ")})`,
    "    l = model.layers",
    ...calls,
    `    return ${outputs.join(", ")}`,
    "end",
    "",
  ].join("\n");
}
