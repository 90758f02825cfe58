/**
 * The training model: forward pass, loss, backward pass and update of one step, run over many batches in an outer Loop
 * with the weights and the optimizer's state carried along.
 */
import { modelBytes, onnxBuilder, type Port } from "../formats/onnx/index.js";
import type { Graph } from "../graph/index.js";
import { analyse } from "../op/index.js";
import { type Clip, checkClip } from "./clip.js";
import { type CarriedTensor, carriedTensors, type Layers, learning } from "./learning.js";
import type { LossName, LossSettings } from "./losses.js";
import type { Optimizer } from "./optimizers.js";
import { TrainError } from "./pass.js";
import { inputElements, type Source } from "./source.js";
import { trainingStep } from "./training-step.js";

export interface TrainingModel {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Tensors that a run takes and gives back renewed: parameters, then optimizer slots. Input `name`, output `next/name`. */
  readonly carried: readonly CarriedTensor[];
  /** Numbers per step in the input `coefficients`. */
  readonly coefficients: number;
  /** These numbers at a step, counted from 1, with the schedule's factor. */
  readonly coefficientsAt: (step: number, factor?: number) => number[];
}
export interface TrainingOptions {
  readonly source: Source;
  readonly loss: LossName | LossSettings;
  readonly optimizer: Optimizer;
  readonly layers?: Layers;
  readonly clip?: Clip;
  /** Batches whose mean gradient makes one step; 1 unless told. */
  readonly accumulate?: number;
  /** For random ops. */
  readonly seed: number;
}

/**
 * Inputs: `samples` [count, elements], `labels` [count] uint8, `rows` [steps, batch] int64 (accumulating [steps,
 * batches, batch]), `coefficients` [steps, k], and every carried tensor. Outputs: `loss` [steps], and every carried tensor as `next/name`.
 */
export function trainingModel(graph: Graph, options: TrainingOptions): TrainingModel {
  const { accumulate = 1, clip } = options;
  if (clip) checkClip(clip);
  if (!(Number.isSafeInteger(accumulate) && accumulate >= 1)) {
    throw new TrainError(
      `train: accumulate must be a whole number of at least 1, got ${accumulate}; give 1 or more batches`,
    );
  }
  const classes = classCount(graph);
  const plan = learning(graph, options.optimizer, options.layers);
  const carried = carriedTensors(graph, options.optimizer, options.layers);
  const coefficientsAt = (step: number, factor = 1): number[] => plan.coefficients(step, factor);
  const coefficients = coefficientsAt(1).length;
  const body = trainingStep(graph, carried, classes, plan, options);

  const main = onnxBuilder();
  const steps = main.op("Squeeze", [main.op("Slice", [main.op("Shape", ["rows"]), main.ints([0]), main.ints([1])])]);
  const results = main.loop(
    steps,
    carried.map(tensor => tensor.name),
    body,
  );
  for (const [i, tensor] of carried.entries()) main.rename(results[i]!, `next/${tensor.name}`);
  main.rename(results.at(-1)!, "loss");
  const float = (name: string, dims: Port["dims"]): Port => ({ name, type: "float32", dims });
  const model = main.graph(
    graph.name,
    [
      { name: "samples", type: options.source.type, dims: ["count", inputElements(graph)] },
      { name: "labels", type: "uint8", dims: ["count"] },
      { name: "rows", type: "int64", dims: ["steps", ...(accumulate > 1 ? ["batches"] : []), "batch"] },
      float("coefficients", ["steps", coefficients]),
      ...carried.map(tensor => float(tensor.name, tensor.shape)),
    ],
    [float("loss", ["steps"]), ...carried.map(tensor => float(`next/${tensor.name}`, tensor.shape))],
  );
  return { bytes: modelBytes(model), carried, coefficients, coefficientsAt };
}

function classCount(graph: Graph): number {
  const shape = analyse(graph).shapes.get(graph.outputs[0]!)!;
  if (graph.inputs.length !== 1 || graph.outputs.length !== 1) {
    throw new TrainError(
      `train: a classifier has one input and one output, got ${graph.inputs.length} and ${graph.outputs.length}; train a network of that form`,
    );
  }
  if (shape.length !== 1) {
    throw new TrainError(
      `train: the output must be one score per class, got [${shape.join(", ")}]; end with flatten and linear`,
    );
  }
  return shape[0]!;
}
