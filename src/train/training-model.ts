/**
 * The training model: forward pass, loss, backward pass and update of one step, run over many batches in an outer Loop
 * with the weights and the optimizer's state carried along.
 */
import { type GraphBuilder, modelBytes, onnxBuilder, type Port } from "../formats/onnx/index.js";
import type { Graph } from "../graph/index.js";
import type { Value } from "../op/index.js";
import type { Augment } from "./augment.js";
import { type Clip, checkClip } from "./clip.js";
import { type CarriedTensor, carriedBy, type Layers, learning } from "./learning.js";
import type { LossChoice } from "./losses.js";
import type { Optimizer } from "./optimizers.js";
import { packed, packsOf, unpacked } from "./packs.js";
import { parameters, type Weights } from "./parameters.js";
import { TrainError } from "./pass.js";
import { type Source, samplePorts, type TargetSource, targetPorts } from "./source.js";
import { checkLosses } from "./total-loss.js";
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
  /** How each input enters. */
  readonly sources: readonly Source[];
  /** What each output is compared with; nothing where its loss looks at no target. */
  readonly targets: readonly (TargetSource | undefined)[];
  /** One for each output. */
  readonly losses: readonly LossChoice[];
  readonly optimizer: Optimizer;
  readonly layers?: Layers;
  readonly clip?: Clip;
  /** Batches whose mean gradient makes one step; 1 unless told. */
  readonly accumulate?: number;
  /** Samples of every batch, where there are always so many: faster; any number unless told. */
  readonly batch?: number;
  /** What changes samples at random. */
  readonly augment?: Augment;
  /** For random ops and augmentation. */
  readonly seed: number;
  /** What the model begins with, where it is to be trained by other programs. */
  readonly begin?: Beginning;
}

/** What stands in a training model that needs nothing but data. */
export interface Beginning {
  readonly weights: Weights;
  /** A row of `coefficients` for every step of the training. */
  readonly coefficients: readonly (readonly number[])[];
}

/**
 * Inputs: `input/NAME` [count, ...shape] of every input, `target/0`, `target/1`, ... of every output [count, ...shape] or
 * for class numbers [count, ...places], `rows` [steps, batch] int64 (accumulating [steps, batches, batch]),
 * `coefficients` [steps, k], and every carried tensor. Outputs: `loss` [steps], and every carried tensor as `next/NAME`.
 * With `begin` there is `step` [] int64, the number of steps done before, instead of `coefficients`; where it is 0, the
 * carried tensors are not looked at.
 */
export function trainingModel(graph: Graph, options: TrainingOptions): TrainingModel {
  const { accumulate = 1, clip } = options;
  if (clip) checkClip(clip);
  if (!(Number.isSafeInteger(accumulate) && accumulate >= 1)) {
    throw new TrainError(
      `train: accumulate must be a whole number of at least 1, got ${accumulate}; give 1 or more batches`,
    );
  }
  checkLosses(graph, options.losses);
  const plan = learning(graph, options.optimizer, options.layers);
  const carried = carriedBy(graph, plan);
  const coefficientsAt = (step: number, factor = 1): number[] => plan.coefficients(step, factor);
  const coefficients = coefficientsAt(1).length;
  const packs = packsOf(plan);
  const body = trainingStep({ graph, plan, packs, options });

  const main = onnxBuilder();
  const { begin } = options;
  const current = begin ? beginning(main, graph, begin) : (name: string): Value => name;
  const steps = main.op("Squeeze", [main.op("Slice", [main.op("Shape", ["rows"]), main.ints([0]), main.ints([1])])]);
  const flat = packs.flatMap(pack => pack.tensors.map(tensor => ({ pack, parts: tensor.parts })));
  const results = main.loop(
    steps,
    [...flat.map(({ parts }) => packed(main, parts.map(current))), ...plan.still.map(({ name }) => current(name))],
    body,
  );
  for (const [i, { pack, parts }] of flat.entries()) {
    const values = unpacked(main, results[i]!, pack);
    for (const [k, name] of parts.entries()) main.rename(values[k]!, nextPort(name));
  }
  for (const [i, { name }] of plan.still.entries()) main.rename(results[flat.length + i]!, nextPort(name));
  main.rename(results.at(-1)!, "loss");
  const float = (name: string, dims: Port["dims"]): Port => ({ name, type: "float32", dims });
  const model = main.graph(
    graph.name,
    [
      ...samplePorts(graph, options.sources),
      ...targetPorts(graph, options.targets),
      { name: "rows", type: "int64", dims: ["steps", ...(accumulate > 1 ? ["batches"] : []), "batch"] },
      begin ? { name: "step", type: "int64", dims: [] } : float("coefficients", ["steps", coefficients]),
      ...carried.map(tensor => float(tensor.name, tensor.shape)),
    ],
    [float("loss", ["steps"]), ...carried.map(tensor => float(nextPort(tensor.name), tensor.shape))],
  );
  return { bytes: modelBytes(model), carried, coefficients, coefficientsAt };
}

/** The coefficients of the coming steps, and what stands for a carried tensor: before the first step, what is stored. */
function beginning(main: GraphBuilder, graph: Graph, { weights, coefficients }: Beginning): (name: string) => Value {
  const rows = Float32Array.from(coefficients.flat());
  const table = main.tensor("begin/coefficients", [coefficients.length, coefficients[0]!.length], rows);
  const first = main.op("Unsqueeze", ["step", main.ints([0])]);
  const count = main.op("Slice", [main.op("Shape", ["rows"]), main.ints([0]), main.ints([1])]);
  main.rename(main.op("Slice", [table, first, main.op("Add", [first, count]), main.ints([0])]), "coefficients");
  const isFirst = main.op("Equal", ["step", main.ints(0)]);
  const shapes = new Map(parameters(graph).map(({ name, shape }) => [name, shape]));
  return name => {
    const shape = shapes.get(name);
    // What is no parameter is a slot of the optimizer's, which begins at 0.
    const stored = shape ? main.tensor(`begin/${name}`, shape, weights[name]!) : main.float(0);
    return main.op("Where", [isFirst, stored, name]);
  };
}

/** Name of the output that is a carried tensor renewed. */
export const nextPort = (name: string): string => `next/${name}`;
