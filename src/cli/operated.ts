/** A network out of a file, operated on, and written to another. */
import { extname } from "node:path";
import { Network } from "../build/network.js";
import { Model } from "../fit/index.js";
import type { Graph } from "../graph/index.js";
import type { Shape } from "../shape/index.js";
import type { Operation } from "../surgery/index.js";
import type { Weights } from "../train/index.js";
import { weightsOf } from "./carried-weights.js";
import { checkTarget, oneOf, writeNetwork } from "./convert.js";
import { cannotWrite } from "./failure.js";
import { readNetworks } from "./read-networks.js";

export interface SurgeryOptions {
  readonly input?: readonly Shape[];
  readonly network?: string;
  readonly frozen?: readonly string[];
  readonly out?: string;
  readonly json?: true;
}

/** What is operated on. */
export interface Subject {
  readonly graph: Graph;
  readonly weights?: Weights;
}
/** What came of it. */
export interface Outcome {
  readonly graph: Graph;
  readonly weights?: Weights | undefined;
  /** As JSON, and as text. */
  readonly told: object;
  readonly text: string;
  /** With a recipe of its own, where it was trained since. */
  readonly model?: Model<unknown>;
}

export const savedModel = (file: string): boolean => [".safetensors", ".onnx"].includes(extname(file));

/** Reads the file, does what is asked, says what was done, and writes the result where one is wanted. */
export async function operated(
  verb: string,
  file: string,
  { input, network, out, json }: SurgeryOptions,
  work: (subject: Subject) => Promise<Outcome>,
): Promise<number> {
  const asModel = out !== undefined && savedModel(file) && savedModel(out);
  if (out !== undefined && !asModel) checkTarget(verb, out);
  const graph = oneOf(verb, file, await readNetworks(file, { inputs: input }), network);
  const weights = weightsOf(file, graph);
  const done = await work(weights ? { graph, weights } : { graph });
  console.log(json ? JSON.stringify(done.told) : done.text);
  if (out === undefined) return 0;
  const written = asModel ? await saved(verb, file, out, done) : writeNetwork(verb, out, done.graph, done.weights);
  if (!json) console.log(`${done.graph.name}: ${written.join(" and ")}`);
  return 0;
}

/** All edits of an operation, done. */
export async function applied(operation: Operation): Promise<Outcome> {
  const { graph, weights, report } = await operation.apply();
  const { lineage: _, text, ...told } = report;
  return { graph, weights, told, text };
}

async function saved(verb: string, file: string, out: string, { graph, weights, model }: Outcome): Promise<string[]> {
  const { recipe, history, inputTypes } = model ?? (await Model.load(file));
  const made = new Model(Network.of(graph) as Network, weights as Weights, recipe, history as never, inputTypes);
  await made.save(out).catch(error => {
    throw cannotWrite(verb, out, error);
  });
  return [out];
}
