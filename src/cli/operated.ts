/** A network out of a file, operated on, and written to another. */
import { extname } from "node:path";
import { Network } from "../build/network.js";
import { Model } from "../fit/index.js";
import type { Graph } from "../graph/index.js";
import type { Shape } from "../shape/index.js";
import type { Edited, Operation, Strategy } from "../surgery/index.js";
import { operate } from "../surgery/index.js";
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

const savedModel = (file: string): boolean => [".safetensors", ".onnx"].includes(extname(file));

/** Reads the file, does what is asked, says what was done, and writes the result where one is wanted. */
export async function operated(
  verb: string,
  file: string,
  { input, network, frozen, out, json }: SurgeryOptions,
  strategy: Strategy,
  edit: (operation: Operation) => Operation,
): Promise<number> {
  const asModel = out !== undefined && savedModel(file) && savedModel(out);
  if (out !== undefined && !asModel) checkTarget(verb, out);
  const graph = oneOf(verb, file, await readNetworks(file, { inputs: input }), network);
  const weights = weightsOf(file, graph);
  const subject = weights ? { graph, weights } : { graph };
  const done = await edit(operate(subject, { ...strategy, ...(frozen ? { frozen } : {}) })).apply();
  const { lineage: _, text, ...told } = done.report;
  console.log(json ? JSON.stringify(told) : text);
  if (out === undefined) return 0;
  const written = asModel ? await saved(verb, file, out, done) : writeNetwork(verb, out, done.graph, done.weights);
  if (!json) console.log(`${done.graph.name}: ${written.join(" and ")}`);
  return 0;
}

async function saved(verb: string, file: string, out: string, done: Edited & { graph: Graph }): Promise<string[]> {
  const { recipe, history, inputTypes } = await Model.load(file);
  const model = new Model(Network.of(done.graph) as Network, done.weights as Weights, recipe, history, inputTypes);
  await model.save(out).catch(error => {
    throw cannotWrite(verb, out, error);
  });
  return [out];
}
