/** Whether network, data and checkpoint fit together. */
import type { DataSet } from "../data/data-set.js";
import type { Graph } from "../graph/index.js";
import { nearest } from "../nearest.js";
import { analyse } from "../op/index.js";
import { product } from "../shape/index.js";
import { type CarriedTensor, parameters, TrainError, type Weights } from "../train/index.js";
import type { Checkpoint } from "./trainer.js";

/** The network takes the data's samples and gives a score for each of its classes. */
export function checkFit(graph: Graph, data: DataSet): DataSet {
  const { shapes } = analyse(graph);
  if (graph.inputs.length !== 1 || graph.outputs.length !== 1) {
    throw new TrainError(
      `train: a data set of classes is for one input and one output, got ${graph.inputs.length} and ${graph.outputs.length} in ${graph.name}; give inputs and targets by name`,
    );
  }
  const input = graph.inputs[0]!;
  const output = shapes.get(graph.outputs[0]!)!;
  if (product(input.shape) !== product(data.inputShape)) {
    throw new TrainError(
      `train: ${graph.name} takes [${input.shape.join(", ")}], got samples of [${data.inputShape.join(", ")}] in ${data.name}; give the network that input`,
    );
  }
  if (output.length !== 1 || output[0] !== data.classes) {
    throw new TrainError(
      `train: ${graph.name} must give [${data.classes}], a score for each class of ${data.name}, got [${output.join(", ")}]; end it with linear(${data.classes})`,
    );
  }
  return data;
}

/** What a training goes on from is a checkpoint, of whichever network. */
export function checkFrom(from: Checkpoint): void {
  const { tensors, epoch, history } = from;
  if (typeof tensors !== "object" || !Number.isSafeInteger(epoch) || !Array.isArray(history)) {
    throw new TrainError(
      "fit: from must be a checkpoint, got something else; give what an event of an epoch holds with checkpoints: true, or weights: model.weights to begin with a model's",
    );
  }
}

export function checkCheckpoint({ tensors }: Checkpoint, carried: readonly CarriedTensor[]): void {
  for (const { name, shape } of carried) {
    const got = tensors[name]?.length ?? "none";
    if (got !== product(shape)) {
      throw new TrainError(
        `train: the checkpoint must hold ${product(shape)} numbers of ${name}, got ${got}; go on with the network and the optimizer that it was made with`,
      );
    }
  }
}

/** Weights to begin with: of parameters of this network, as large as these. */
export function checkWeights(graph: Graph, weights: Weights): void {
  const own = new Map(parameters(graph).map(({ name, shape }) => [name, shape]));
  for (const [name, values] of Object.entries(weights)) {
    const shape = own.get(name);
    if (!shape) {
      throw new TrainError(
        `fit: weights must be of this network's parameters, got ${name}; ${nearest(name, [...own.keys()])}`,
      );
    }
    if (!(values instanceof Float32Array)) {
      throw new TrainError(`fit: ${name} must be a Float32Array, got something else; give new Float32Array([...])`);
    }
    if (!values.every(Number.isFinite)) {
      throw new TrainError(`fit: ${name} must hold finite numbers, got NaN or infinite ones; correct them`);
    }
    if (values.length !== product(shape)) {
      throw new TrainError(
        `fit: ${name} has ${product(shape)} numbers, got ${values.length}; leave it out to begin with new ones`,
      );
    }
  }
}
