/** netpick convert: a network from one format to another; the endings say which. */
import { extname } from "node:path";
import { printLayerString } from "../formats/layer-string/index.js";
import { stateDictNames, writePyTorch } from "../formats/pytorch/index.js";
import { encodeSafetensors } from "../formats/safetensors.js";
import type { Graph } from "../graph/index.js";
import type { Shape } from "../shape/index.js";
import { parameters, type Weights } from "../train/index.js";
import { writeWhole } from "../write-whole.js";
import { besideFile, weightsOf } from "./carried-weights.js";
import { cannotWrite, FileError, UsageError } from "./failure.js";
import { readNetworks } from "./read-networks.js";

interface Options {
  readonly input?: readonly Shape[];
  readonly classes?: number;
  readonly network?: string;
  readonly explicit?: true;
}

/** What is written, by file name. */
type Files = Readonly<Record<string, string | Uint8Array>>;
type Writer = (to: string, graph: Graph, weights: Weights | undefined, options: Options) => Files;

const writers: Readonly<Record<string, Writer>> = {
  ".py": (to, graph, weights, { explicit = false }) => ({
    [to]: writePyTorch(graph, { explicit }),
    ...(weights && { [besideFile(to)]: encoded(graph, weights, stateDictNames(graph)) }),
  }),
  ".json": (to, graph, weights) => ({
    [to]: `${JSON.stringify(graph, null, 1)}\n`,
    ...(weights && { [besideFile(to)]: encoded(graph, weights) }),
  }),
  ".txt": (to, graph) => ({ [to]: `${printLayerString(graph)}\n` }),
  ".safetensors": (to, graph, weights) => {
    if (weights) return { [to]: encoded(graph, weights) };
    throw new FileError(`${to}: there are no weights to write, got a network alone; train it first`);
  },
};

export async function run(from: string, to: string, options: Options): Promise<number> {
  const writer = writers[extname(to)];
  if (!writer) {
    throw new UsageError(
      `convert: the file to write must end in ${Object.keys(writers).join(", ")}, got ${to}; choose one`,
    );
  }
  const graph = one(
    from,
    await readNetworks(from, { inputs: options.input, classes: options.classes }),
    options.network,
  );
  const files = writer(to, graph, weightsOf(from, graph), options);
  for (const [name, content] of Object.entries(files)) {
    try {
      writeWhole(name, content);
    } catch (error) {
      throw cannotWrite("convert", name, error);
    }
  }
  console.log(`${graph.name}: ${Object.keys(files).join(" and ")}`);
  return 0;
}

function one(from: string, graphs: readonly Graph[], wanted: string | undefined): Graph {
  const found = wanted === undefined ? graphs : graphs.filter(({ name }) => name === wanted);
  if (found.length === 1) return found[0]!;
  const names = graphs.map(({ name }) => name).join(", ");
  throw new UsageError(`convert: one network is converted at a time, got ${names} in ${from}; name it with --network`);
}

function encoded(graph: Graph, weights: Weights, names?: ReadonlyMap<string, string>): Uint8Array {
  const tensors = parameters(graph).map(({ name, shape }) => [
    names?.get(name) ?? name,
    { shape, data: weights[name]! },
  ]);
  return encodeSafetensors({ metadata: { network: graph.name }, tensors: Object.fromEntries(tensors) });
}
