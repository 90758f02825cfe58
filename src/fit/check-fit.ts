/** Whether network, data and checkpoint fit together. */
import type { DataSet } from "../data/data-set.js";
import type { Graph } from "../graph/index.js";
import { analyse } from "../op/index.js";
import { product } from "../shape/index.js";
import { type CarriedTensor, TrainError } from "../train/index.js";
import type { Checkpoint } from "./trainer.js";

/** The network takes the data's samples and gives a score for each of its classes. */
export function checkFit(graph: Graph, data: DataSet): void {
  const { shapes } = analyse(graph);
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
  const strange = data.train.labels.findIndex(label => label >= data.classes);
  if (strange >= 0) {
    throw new TrainError(
      `train: labels must be below ${data.classes}, the number of scores, got ${data.train.labels[strange]} for sample ${strange}; give the network a score for every class`,
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
