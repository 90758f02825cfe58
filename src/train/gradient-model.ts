/**
 * Training in two models: the gradients of one batch, and the update of any stretch of numbers. What is carried then
 * stands in memory once, where the Loop of the training model has it several times; a step takes the same numbers.
 */
import { modelBytes, onnxBuilder, type Port, renamed } from "../formats/onnx/index.js";
import type { Graph } from "../graph/index.js";
import type { Value } from "../op/index.js";
import { checkClip } from "./clip.js";
import { learning } from "./learning.js";
import type { Optimizer } from "./optimizers.js";
import { type Pack, packsOf } from "./packs.js";
import { parameters } from "./parameters.js";
import { samplePorts, targetPorts } from "./source.js";
import { checkLosses } from "./total-loss.js";
import { nextPort, type TrainingOptions } from "./training-model.js";
import { gradients } from "./training-step.js";

export interface GradientModel {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What learns; the gradient of each is an output, see `gradientPort`. */
  readonly packs: readonly Pack[];
  /** Parameters that do not learn and get new values, which are outputs as `next/NAME`. */
  readonly renewed: readonly string[];
  /** Numbers of a step, counted from 1, with the schedule's factor, for all packs. */
  readonly coefficientsAt: (step: number, factor?: number) => number[];
}

/**
 * Inputs: the samples and targets as for `trainingModel`, `rows` [batch] int64 (accumulating [batches, batch]), every
 * parameter. Outputs: `loss` [], every pack's gradient, every new value of what does not learn.
 */
export function gradientModel(graph: Graph, options: TrainingOptions): GradientModel {
  const { accumulate = 1, clip } = options;
  if (clip) checkClip(clip);
  checkLosses(graph, options.losses);
  const plan = learning(graph, options.optimizer, options.layers);
  const packs = packsOf(plan);
  const emit = onnxBuilder();
  const part = gradients(emit, { graph, plan, packs, options }, "rows", name => name);
  const renewed = plan.still.filter(({ name }) => part.carried.has(name));
  const float = (name: string, dims: Port["dims"]): Port => ({ name, type: "float32", dims });
  for (const i of packs.keys()) emit.rename(part.gradients[i]!, gradientPort(i));
  for (const { name } of renewed) emit.rename(part.carried.get(name)!, nextPort(name));
  emit.rename(part.loss, "loss");
  const model = emit.graph(
    graph.name,
    [
      ...samplePorts(graph, options.sources),
      ...targetPorts(graph, options.targets),
      { name: "rows", type: "int64", dims: [...(accumulate > 1 ? ["batches"] : []), "batch"] },
      ...parameters(graph).map(({ name, shape }) => float(name, shape)),
    ],
    [
      float("loss", []),
      ...packs.map(({ shape }, i) => float(gradientPort(i), shape)),
      ...renewed.map(({ name, shape }) => float(nextPort(name), shape)),
    ],
  );
  return {
    bytes: modelBytes(model),
    packs,
    renewed: renewed.map(({ name }) => name),
    coefficientsAt: (step, factor = 1) => plan.coefficients(step, factor),
  };
}

/** Name of the output that is the gradient of a pack. */
export const gradientPort = (pack: number): string => `gradient/${pack}`;

/**
 * What an optimizer makes of `count` numbers. Inputs: `gradient`, `weight` and every slot [count], `coefficients` [k];
 * outputs: `next/weight` and `next/SLOT` [count].
 */
export function updateModel({ slots, coefficients, update }: Optimizer): Uint8Array<ArrayBuffer> {
  const emit = onnxBuilder();
  const count = coefficients(1).length;
  const next = update(emit, {
    weight: "weight",
    gradient: "gradient",
    slots,
    coefficients: Array.from({ length: count }, (_, k) => emit.op("Gather", ["coefficients", emit.ints(k)])),
  });
  const carried = ["weight", ...slots];
  const values = [next.weight, ...next.slots];
  const names = new Map<Value, string>(carried.map((name, i) => [values[i]!, nextPort(name)]));
  const numbers = (name: string): Port => ({ name, type: "float32", dims: ["count"] });
  const model = emit.graph(
    "update",
    [...["gradient", ...carried].map(numbers), { name: "coefficients", type: "float32", dims: [count] }],
    carried.map(name => numbers(nextPort(name))),
  );
  return modelBytes(renamed(model, names));
}
