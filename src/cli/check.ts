/** netpick check: every layer of networks in files, with shapes and costs. */

import { layerFigures, summary } from "../build/summary.js";
import type { Graph } from "../graph/index.js";
import { analyse, figures } from "../op/index.js";
import { FileError } from "./failure.js";
import { readNetworks } from "./read-networks.js";
import { terminalWidth } from "./terminal.js";

export async function run(files: readonly string[], { json }: { json?: true }): Promise<number> {
  let failed = 0;
  for (const file of files) {
    try {
      for (const graph of await readNetworks(file))
        console.log(json ? JSON.stringify(describe(graph)) : summary(graph, terminalWidth()));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      console.error(error.message);
      failed++;
    }
  }
  return failed > 0 ? 1 : 0;
}

/** What `--json` prints for a network. */
function describe(graph: Graph) {
  const { shapes } = analyse(graph);
  const { params, macs, memoryElements, peakBytes, ops, autogradOps } = figures(graph);
  return {
    name: graph.name,
    inputs: Object.fromEntries(graph.inputs.map(({ name, shape }) => [name, shape])),
    outputs: Object.fromEntries(graph.outputs.map(name => [name, shapes.get(name)])),
    ...{ params, macs, memoryElements, peakBytes, ops, autogradOps },
    nodes: layerFigures(graph),
  };
}
