/**
 * The training model: forward pass, loss, backward pass and update of one step, run over many batches in an outer Loop
 * with the weights and the optimizer's state carried along.
 */
import { type ElementType, modelBytes, onnxBuilder, type Port } from "../formats/onnx/index.js";
import type { Graph } from "../graph/index.js";
import { analyse, type Value } from "../op/index.js";
import { type LossName, losses } from "./losses.js";
import type { Optimizer } from "./optimizers.js";
import { parameters } from "./parameters.js";
import { backwardPass, forwardPass, TrainError } from "./pass.js";
import { inputElements, prepare, type Source } from "./source.js";

export interface TrainingModel {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Tensors that a run takes and gives back renewed: parameters, then optimizer slots. Input `name`, output `next/name`. */
  readonly carried: readonly CarriedTensor[];
  /** Numbers per step in the input `coefficients`. */
  readonly coefficients: number;
}
export interface CarriedTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface TrainingOptions {
  readonly source: Source;
  readonly loss: LossName;
  readonly optimizer: Optimizer;
  /** For random ops. */
  readonly seed: number;
}

/**
 * Inputs: `samples` [count, elements], `labels` [count] uint8, `rows` [steps, batch] int64, `coefficients`
 * [steps, k], and every carried tensor. Outputs: `loss` [steps], and every carried tensor as `next/name`.
 */
export function trainingModel(graph: Graph, options: TrainingOptions): TrainingModel {
  const { optimizer } = options;
  const classes = classCount(graph);
  const carried = carriedTensors(graph, optimizer);
  const coefficients = optimizer.coefficients(1).length;
  const body = trainingStep(graph, carried, classes, options);

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
      { name: "rows", type: "int64", dims: ["steps", "batch"] },
      float("coefficients", ["steps", coefficients]),
      ...carried.map(tensor => float(tensor.name, tensor.shape)),
    ],
    [float("loss", ["steps"]), ...carried.map(tensor => float(`next/${tensor.name}`, tensor.shape))],
  );
  return { bytes: modelBytes(model), carried, coefficients };
}

const slotName = (parameter: { readonly name: string }, slot: string): string => `${parameter.name}/${slot}`;

/** Parameters, then the optimizer's slots of every trainable one. */
export function carriedTensors(graph: Graph, { slots }: Optimizer): CarriedTensor[] {
  const all = parameters(graph).map(({ name, shape, trainable }) => ({ name, shape, trainable }));
  const kept = all.filter(({ trainable }) => trainable);
  return [...all, ...kept.flatMap(parameter => slots.map(slot => ({ ...parameter, name: slotName(parameter, slot) })))];
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

/** One step on one batch: the body of the Loop. */
function trainingStep(graph: Graph, carried: readonly CarriedTensor[], classes: number, options: TrainingOptions) {
  const { optimizer } = options;
  const emit = onnxBuilder("step/");
  const now = (name: string): Value => `now/${name}`;
  const chosen = emit.op("Gather", ["rows", "iteration"]);
  const samples = prepare(emit, graph, emit.op("Gather", ["samples", chosen]), options.source);
  const labels = emit.op("Cast", [emit.op("Gather", ["labels", chosen])], { to: 7 });
  const row = emit.op("Gather", ["coefficients", "iteration"]);
  const coefficients = optimizer.coefficients(1).map((_, i) => emit.op("Gather", [row, emit.ints(i)]));

  const pass = forwardPass(emit, graph, new Map([[graph.inputs[0]!.name, samples]]), {
    weight: now,
    training: true,
    seed: options.seed,
  });
  const { loss, gradient } = losses[options.loss].emit(emit, pass.values.get(graph.outputs[0]!)!, labels, classes);
  const gradients = backwardPass(emit, graph, pass, gradient, now);

  const next = new Map<string, Value>(pass.carried);
  for (const parameter of parameters(graph).filter(({ trainable }) => trainable)) {
    const names = optimizer.slots.map(slot => slotName(parameter, slot));
    const updated = optimizer.update(emit, {
      weight: now(parameter.name),
      gradient: gradients.get(parameter.name)!,
      slots: names.map(now),
      coefficients,
    });
    next.set(parameter.name, updated.weight);
    for (const [i, name] of names.entries()) next.set(name, updated.slots[i]!);
  }
  const goOn = emit.op("Identity", ["condition"]);
  const scalar = (name: string, type: ElementType): Port => ({ name, type, dims: [] });
  return emit.graph(
    "step",
    [
      scalar("iteration", "int64"),
      scalar("condition", "bool"),
      ...carried.map((tensor): Port => ({ name: now(tensor.name), type: "float32", dims: tensor.shape })),
    ],
    [
      scalar(goOn, "bool"),
      ...carried.map(
        (tensor): Port => ({
          name: next.get(tensor.name) ?? emit.op("Identity", [now(tensor.name)]),
          type: "float32",
          dims: tensor.shape,
        }),
      ),
      scalar(loss, "float32"),
    ],
  );
}
