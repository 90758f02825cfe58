/** The inference model: the forward pass with the weights inside. */
import { type GraphBuilder, modelBytes, onnxBuilder } from "../formats/onnx/index.js";
import type { Graph } from "../graph/index.js";
import { analyse, type Value } from "../op/index.js";
import { type LossName, type LossSettings, lossOf } from "./losses.js";
import { parameters, type Weights } from "./parameters.js";
import { forwardPass } from "./pass.js";
import { inputElements, prepare, type Source } from "./source.js";

/**
 * The forward pass in use: input `samples` [count, elements], output `scores` [count, ...output]; as log-probabilities
 * when a loss is given.
 */
export function inferenceModel(
  graph: Graph,
  weights: Weights,
  source: Source,
  loss?: LossName | LossSettings,
): Uint8Array<ArrayBuffer> {
  const emit = onnxBuilder();
  const values = tensorValues(emit, graph, weights);
  const samples = prepare(emit, graph, "samples", source);
  const pass = forwardPass(emit, graph, new Map([[graph.inputs[0]!.name, samples]]), {
    weight: name => values.get(name)!,
    training: false,
    seed: 0,
  });
  const output = pass.values.get(graph.outputs[0]!)!;
  emit.rename(loss ? lossOf(loss).logProbabilities(emit, output) : output, "scores");
  const shape = analyse(graph).shapes.get(graph.outputs[0]!)!;
  return modelBytes(
    emit.graph(
      graph.name,
      [{ name: "samples", type: source.type, dims: ["count", inputElements(graph)] }],
      [{ name: "scores", type: "float32", dims: ["count", ...shape] }],
    ),
  );
}

/** The weights as constants of the model. */
const tensorValues = (emit: GraphBuilder, graph: Graph, weights: Weights): Map<string, Value> =>
  new Map(parameters(graph).map(({ name, shape }) => [name, emit.tensor(name, shape, weights[name]!)]));
