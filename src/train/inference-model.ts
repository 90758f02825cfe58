/** The inference model: the forward pass, with the weights inside or as inputs. */
import {
  type GraphBuilder,
  modelBytes,
  type OnnxGraph,
  onnxBuilder,
  type Port,
  renamed,
  valueInfo,
} from "../formats/onnx/index.js";
import type { Graph } from "../graph/index.js";
import { analyse, type Value } from "../op/index.js";
import type { Forms } from "./forms.js";
import { type LossChoice, lossOf } from "./losses.js";
import { parameters, type Weights } from "./parameters.js";
import { forwardPass } from "./pass.js";
import { asTheyStand } from "./recipe.js";
import {
  ownPrefix,
  prepare,
  prepareTarget,
  type Source,
  type TargetSource,
  targetPort,
  targetPorts,
} from "./source.js";
import { totalLoss } from "./total-loss.js";

export interface InferenceOptions {
  /** Values of the parameters; without them, they are inputs by name. */
  readonly weights?: Weights;
  /** How each input enters; floats as they stand unless told. */
  readonly sources?: readonly Source[];
  /** One for each output: scores of classes become log-probabilities. */
  readonly losses?: readonly LossChoice[];
  /** Samples at once, where there are always so many: faster; any number unless told. */
  readonly batch?: number;
  /** One for each output: the targets are inputs too, and the loss an output. */
  readonly targets?: readonly (TargetSource | undefined)[];
  /** Version of ONNX's operators, from 17 to 21; 18 unless told. */
  readonly opset?: number;
}

/** The model's bytes; see `inferenceGraph`. */
export const inferenceModel = (graph: Graph, options: InferenceOptions): Uint8Array<ArrayBuffer> =>
  modelBytes(inferenceGraph(graph, options), options.opset);

/**
 * The forward pass in use: inputs and outputs [count, ...shape] by their names (`outputPorts`); with targets the inputs
 * `target/0`, `target/1`, ... and the output `loss` too.
 */
export function inferenceGraph(graph: Graph, options: Omit<InferenceOptions, "opset">): OnnxGraph {
  const { weights, sources, losses, targets } = options;
  const prefix = ownPrefix(graph);
  const emit = onnxBuilder(prefix);
  const values = weights && tensorValues(emit, graph, weights);
  const source = (i: number): Source => sources?.[i] ?? { type: "float32", normalise: asTheyStand };
  const inputs = new Map(graph.inputs.map(({ name }, i) => [name, prepare(emit, name, source(i))]));
  const pass = forwardPass(emit, graph, inputs, {
    weight: name => values?.get(name) ?? name,
    training: false,
    batch: options.batch,
    seed: 0,
  });
  const found = graph.outputs.map(name => pass.forms.get(name));
  const { shapes } = analyse(graph);
  const names = outputPorts(graph);
  const outputs = found.map((value, i): Port => {
    const shape = shapes.get(graph.outputs[i]!)!;
    const ofClasses = losses && targets?.[i]?.kind !== "values" && (shape[0] ?? 1) > 1;
    const scores = ofClasses && lossOf(losses[i]!).logProbabilities;
    emit.rename(scores ? scores(emit, value) : value, names[i]!);
    return { name: names[i]!, type: "float32", dims: ["count", ...shape] };
  });
  if (losses && targets) {
    const wanted = targets.map((target, i) => target && prepareTarget(emit, targetPort(i), target));
    emit.rename(totalLoss(emit, graph, losses, found, wanted).loss, lossPort);
    outputs.push({ name: lossPort, type: "float32", dims: [] });
  }
  const ports = [...graph.inputs.map(({ name }) => name), ...outputs.map(({ name }) => name)];
  const taken = new Set([...ports, ...parameters(graph).map(({ name }) => name)]);
  const called = calledAsNodes(graph, pass.forms, taken, prefix);
  const model = emit.graph(
    graph.name,
    [
      ...graph.inputs.map(({ name, shape }, i): Port => ({ name, type: source(i).type, dims: ["count", ...shape] })),
      ...targetPorts(graph, targets ?? []),
      ...(weights ? [] : parameters(graph).map(({ name, shape }): Port => ({ name, type: "float32", dims: shape }))),
    ],
    outputs,
  );
  const between = [...called.values()].map(name =>
    valueInfo({ name, type: "float32", dims: ["count", ...shapes.get(name)!] }),
  );
  return { ...renamed(model, called), valueInfo: between };
}

/** Values that ops emitted, by the names of the nodes whose results they are; not what is an input, or has a name. */
function calledAsNodes(graph: Graph, forms: Forms, taken: ReadonlySet<string>, prefix: string): Map<Value, string> {
  const inputs = new Set(graph.inputs.map(({ name }) => forms.get(name)));
  const called = new Map<Value, string>();
  for (const { name } of graph.nodes.filter(({ name }) => !forms.isLast(name))) {
    const value = forms.get(name);
    if (!taken.has(name) && !inputs.has(value) && !called.has(value) && value.startsWith(prefix))
      called.set(value, name);
  }
  return called;
}

/** Names of a model's outputs: as in the graph; one that is an input too, or stands twice, with its place behind. */
export const outputPorts = (graph: Graph): string[] =>
  graph.outputs.map((name, i) => {
    const taken = graph.inputs.some(input => input.name === name) || graph.outputs.indexOf(name) < i;
    return taken ? `${name}/${i}` : name;
  });

/** Name of the output that is the loss. */
export const lossPort = "/loss";

/** The weights as constants of the model. */
const tensorValues = (emit: GraphBuilder, graph: Graph, weights: Weights): Map<string, Value> =>
  new Map(parameters(graph).map(({ name, shape }) => [name, emit.tensor(name, shape, weights[name]!)]));
