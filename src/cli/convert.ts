/** netpick convert: a network from one format to another; the endings say which. */
import { basename, extname } from "node:path";
import { writeArraymancer, writeFlux, writeGrenade, writeKeras, writeTypeScript } from "../formats/languages.js";
import { printLayerString } from "../formats/layer-string/index.js";
import { stateDictNames, writePyTorch } from "../formats/pytorch/index.js";
import { safetensorsParts } from "../formats/safetensors.js";
import type { Graph } from "../graph/index.js";
import type { Shape } from "../shape/index.js";
import { parameters, type Weights, writeOnnxFiles } from "../train/index.js";
import { type Content, writeWhole } from "../write-whole.js";
import { besideFile, holdsModel, weightsOf } from "./carried-weights.js";
import { FileError, UsageError, writing } from "./failure.js";
import { readNetworks } from "./read-networks.js";

interface Options {
  readonly input?: readonly Shape[];
  readonly classes?: number;
  readonly network?: string;
  readonly explicit?: true;
}

/** What is written, by file name. */
type Files = Readonly<Record<string, Content>>;
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
  ".keras.py": (to, graph) => ({ [to]: writeKeras(graph) }),
  ".ts": (to, graph) => ({ [to]: writeTypeScript(graph) }),
  ".jl": (to, graph) => ({ [to]: writeFlux(graph) }),
  ".nim": (to, graph) => ({ [to]: writeArraymancer(graph) }),
  ".hs": (to, graph) => ({ [to]: writeGrenade(graph) }),
  ".txt": (to, graph) => ({ [to]: `${printLayerString(graph)}\n` }),
  ".onnx": (to, graph, weights) => {
    if (!weights) throw new FileError(`${to}: an ONNX model needs weights, got a network alone; train it first`);
    const { model, outside } = writeOnnxFiles(graph, weights, { location: `${basename(to)}.data` });
    return { [to]: model, ...(outside.length > 0 && { [`${to}.data`]: outside }) };
  },
  ".safetensors": (to, graph, weights) => {
    if (weights) return { [to]: encoded(graph, weights) };
    throw new FileError(`${to}: there are no weights to write, got a network alone; train it first`);
  },
};

export async function run(from: string, to: string, options: Options): Promise<number> {
  checkTarget("convert", to);
  const { input: inputs, classes, network } = options;
  const graph = oneOf("convert", from, await readNetworks(from, { inputs, classes }), network);
  const names = writeNetwork("convert", to, graph, weightsOf(from, graph), options);
  console.log(`${graph.name}: ${names.join(" and ")}`);
  return 0;
}

/** Keras shares its last ending with PyTorch. */
const endingOf = (file: string): string => (file.endsWith(".keras.py") ? ".keras.py" : extname(file));

/** Refuses a file of a kind that is not written, and one whose weights would take the place of a saved model. */
export function checkTarget(verb: string, to: string): void {
  const ending = endingOf(to);
  if (!(ending in writers)) {
    throw new UsageError(
      `${verb}: the file to write must end in ${Object.keys(writers).join(", ")}, got ${to}; choose one`,
    );
  }
  const place = besideFile(to);
  if ([".py", ".json", ".safetensors"].includes(ending) && holdsModel(place)) {
    throw new UsageError(
      `${verb}: ${place} holds a model, got ${to}, whose weights would take its place; choose another name`,
    );
  }
}

/** Writes the file, and the weights beside it where they do not lie in it; returns what was written. */
export function writeNetwork(
  verb: string,
  to: string,
  graph: Graph,
  weights: Weights | undefined,
  options: Options = {},
): string[] {
  const files = writers[endingOf(to)]!(to, graph, weights, options);
  for (const [name, content] of Object.entries(files)) writing(verb, name, () => writeWhole(name, content));
  return Object.keys(files);
}

/** The network of that name, or the only one. */
export function oneOf(verb: string, from: string, graphs: readonly Graph[], wanted: string | undefined): Graph {
  const found = wanted === undefined ? graphs : graphs.filter(({ name }) => name === wanted);
  if (found.length === 1) return found[0]!;
  const names = graphs.map(({ name }) => name).join(", ");
  throw new UsageError(`${verb}: one network is taken at a time, got ${names} in ${from}; name it with --network`);
}

function encoded(graph: Graph, weights: Weights, names?: ReadonlyMap<string, string>): readonly Uint8Array[] {
  const tensors = parameters(graph).map(({ name, shape }) => [
    names?.get(name) ?? name,
    { shape, data: weights[name]! },
  ]);
  return safetensorsParts({ metadata: { network: graph.name }, tensors: Object.fromEntries(tensors) });
}
