/** The loss of a network: that of its one output, or the weighted sum of its outputs' losses. */
import type { Graph } from "../graph/index.js";
import type { Emit, Value } from "../op/index.js";
import { show } from "../shape/index.js";
import { type LossChoice, lossOf, lossWeight, type Target } from "./losses.js";
import { TrainError } from "./pass.js";
import { outputShape } from "./source.js";

/** What outputs ask for: the loss as a scalar, and the gradient at every output, in their order. */
export function totalLoss(
  emit: Emit,
  graph: Graph,
  choices: readonly LossChoice[],
  outputs: readonly Value[],
  targets: readonly (Target | undefined)[],
): { readonly loss: Value; readonly gradients: (readonly [node: string, gradient: Value])[] } {
  const parts = outputs.map((output, i) => {
    const name = graph.outputs[i]!;
    const choice = choices[i]!;
    const rule = lossOf(choice);
    const target = targets[i] ?? (rule.alone && { kind: "values" as const, value: output });
    if (!target) throw new TrainError(`train: ${rule.name} compares with a target, got none for ${name}; give targets`);
    const { loss, gradient } = rule.emit(emit, output, target, outputShape(graph, i));
    const weight = lossWeight(choice);
    const weighted = (value: Value): Value => (weight === 1 ? value : emit.op("Mul", [value, emit.float(weight)]));
    return { loss: weighted(loss), gradient: [name, weighted(gradient)] as const };
  });
  const losses = parts.map(({ loss }) => loss);
  return {
    loss: losses.length === 1 ? losses[0]! : emit.op("Sum", losses),
    gradients: parts.map(({ gradient }) => gradient),
  };
}

/** One choice for each output; refuses a loss that cannot judge an output of that shape. */
export function checkLosses(graph: Graph, choices: readonly LossChoice[]): void {
  if (choices.length !== graph.outputs.length) {
    throw new TrainError(
      `train: ${graph.name} has ${graph.outputs.length} outputs, got ${choices.length} losses; give one for each`,
    );
  }
  for (const [i, choice] of choices.entries()) {
    const shape = outputShape(graph, i);
    const { name, against } = lossOf(choice);
    lossWeight(choice);
    if (against[0] === "classes" && shape.length === 0) {
      throw new TrainError(`train: ${name} wants a score for each class, got ${show(shape)}; end with linear`);
    }
  }
}
