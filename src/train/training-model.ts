/**
 * The training model: forward pass, loss, backward pass and update of one step, run over many batches in an outer Loop
 * with the weights and the optimizer's state carried along.
 */
import { type ElementType, modelBytes, onnxBuilder, type Port } from "../formats/onnx/index.js";
import type { Graph } from "../graph/index.js";
import { analyse, type Value } from "../op/index.js";
import { type Layers, type Learning, learning } from "./learning.js";
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
  /** These numbers at a step, counted from 1, with the schedule's factor. */
  readonly coefficientsAt: (step: number, factor?: number) => number[];
}
export interface CarriedTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface TrainingOptions {
  readonly source: Source;
  readonly loss: LossName;
  readonly optimizer: Optimizer;
  readonly layers?: Layers;
  /** For random ops. */
  readonly seed: number;
}

/**
 * Inputs: `samples` [count, elements], `labels` [count] uint8, `rows` [steps, batch] int64, `coefficients`
 * [steps, k], and every carried tensor. Outputs: `loss` [steps], and every carried tensor as `next/name`.
 */
export function trainingModel(graph: Graph, options: TrainingOptions): TrainingModel {
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
      { name: "rows", type: "int64", dims: ["steps", "batch"] },
      float("coefficients", ["steps", coefficients]),
      ...carried.map(tensor => float(tensor.name, tensor.shape)),
    ],
    [float("loss", ["steps"]), ...carried.map(tensor => float(`next/${tensor.name}`, tensor.shape))],
  );
  return { bytes: modelBytes(model), carried, coefficients, coefficientsAt };
}

const slotName = (parameter: { readonly name: string }, slot: string): string => `${parameter.name}/${slot}`;

/** Parameters, then the optimizer's slots of every one that learns. */
export function carriedTensors(graph: Graph, optimizer: Optimizer, layers?: Layers): CarriedTensor[] {
  const { learned } = learning(graph, optimizer, layers);
  return [
    ...parameters(graph).map(({ name, shape }) => ({ name, shape })),
    ...learned.flatMap(({ parameter }) =>
      optimizer.slots.map(slot => ({ name: slotName(parameter, slot), shape: parameter.shape })),
    ),
  ];
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
function trainingStep(
  graph: Graph,
  carried: readonly CarriedTensor[],
  classes: number,
  { optimizers, learned }: Learning,
  options: TrainingOptions,
) {
  const emit = onnxBuilder("step/");
  const now = (name: string): Value => `now/${name}`;
  const chosen = emit.op("Gather", ["rows", "iteration"]);
  const samples = prepare(emit, graph, emit.op("Gather", ["samples", chosen]), options.source);
  const labels = emit.op("Cast", [emit.op("Gather", ["labels", chosen])], { to: 7 });
  const row = emit.op("Gather", ["coefficients", "iteration"]);
  let place = 0;
  const coefficients = optimizers.map(one =>
    one.coefficients(1).map(() => emit.op("Gather", [row, emit.ints(place++)])),
  );

  const pass = forwardPass(emit, graph, new Map([[graph.inputs[0]!.name, samples]]), {
    weight: now,
    training: true,
    seed: options.seed,
  });
  const { loss, gradient } = losses[options.loss].emit(emit, pass.values.get(graph.outputs[0]!)!, labels, classes);
  const names = new Set(learned.map(({ parameter }) => parameter.name));
  const gradients = backwardPass(emit, graph, pass, gradient, now, name => names.has(name));

  const next = new Map<string, Value>(pass.carried);
  for (const { parameter, by } of learned) {
    const slots = optimizers[by]!.slots.map(slot => slotName(parameter, slot));
    const updated = optimizers[by]!.update(emit, {
      weight: now(parameter.name),
      gradient: gradients.get(parameter.name)!,
      slots: slots.map(now),
      coefficients: coefficients[by]!,
    });
    next.set(parameter.name, updated.weight);
    for (const [i, slot] of slots.entries()) next.set(slot, updated.slots[i]!);
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
