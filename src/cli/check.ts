/** netpick check: every layer of networks in files, with shapes and costs. */

import { extname } from "node:path";
import { layerFigures, summary } from "../build/summary.js";
import type { Graph } from "../graph/index.js";
import { analyse, figures } from "../op/index.js";
import type { Shape } from "../shape/index.js";
import { FileError } from "./failure.js";
import { readNetworks } from "./read-networks.js";
import { terminalWidth } from "./terminal.js";

interface Options {
  readonly json?: true;
  /** Shapes of the inputs of PyTorch source and layer strings. */
  readonly input?: readonly Shape[];
  readonly classes?: number;
}

export async function run(files: readonly string[], { json, input: inputs, classes }: Options): Promise<number> {
  let failed = 0;
  const width = terminalWidth();
  const output = new Output();
  for (const file of files) {
    const errors: FileError[] = [];
    try {
      const several = files.length > 1;
      const graphs = await readNetworks(file, { inputs, classes, several, refused: error => errors.push(error) });
      for (const graph of graphs) output.line(json ? JSON.stringify(describe(file, graph)) : summary(graph, width));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      errors.push(error);
    }
    for (const { message, place } of errors) {
      if (json && place) output.line(JSON.stringify({ file, ...place }));
      else output.complaint(message);
    }
    failed += errors.length;
  }
  output.flush();
  return failed > 0 ? 1 : 0;
}

/** Lines of standard output, many in one write: a write for each would take longer than reading a small file. */
class Output {
  #lines: string[] = [];
  #written = performance.now();

  line(text: string): void {
    this.#lines.push(text);
    // Nobody waits long for what has been found.
    if (performance.now() - this.#written > 100) this.flush();
  }
  complaint(text: string): void {
    this.flush();
    console.error(text);
  }
  flush(): void {
    if (this.#lines.length > 0) process.stdout.write(`${this.#lines.join("\n")}\n`);
    this.#lines = [];
    this.#written = performance.now();
  }
}

/** What `--json` prints for a network. */
function describe(file: string, graph: Graph) {
  const { shapes } = analyse(graph);
  const { params, macs, memoryElements, peakBytes, ops, autogradOps } = figures(graph);
  return {
    file,
    name: graph.name,
    // The class of PyTorch source, of which a file may hold several.
    ...(extname(file) === ".py" ? { class: graph.name } : {}),
    inputs: Object.fromEntries(graph.inputs.map(({ name, shape }) => [name, shape])),
    outputs: Object.fromEntries(graph.outputs.map(name => [name, shapes.get(name)])),
    ...{ params, macs, memoryElements, peakBytes, ops, autogradOps },
    nodes: layerFigures(graph),
  };
}
