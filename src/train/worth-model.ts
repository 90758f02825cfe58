/** What channels do for the loss: every node's result times its gradient, in use. */
import { modelBytes, onnxBuilder, type Port } from "../formats/onnx/index.js";
import type { Graph } from "../graph/index.js";
import { analyse, type Emit, type Value } from "../op/index.js";
import type { Shape } from "../shape/index.js";
import type { LossChoice } from "./losses.js";
import { parameters, type Weights } from "./parameters.js";
import { backwardPass, forwardPass } from "./pass.js";
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

/**
 * `activation`: |result x gradient|, the mean over samples and places. `taylor`: by how much the loss of a sample would
 * change, to the first order, were the channel 0, |sum of result x gradient over places|, the mean over samples
 * (Molchanov et al. 2017).
 */
export type WorthName = "activation" | "taylor";

export interface WorthOptions {
  readonly weights: Weights;
  readonly sources: readonly Source[];
  readonly targets: readonly (TargetSource | undefined)[];
  readonly losses: readonly LossChoice[];
  readonly by: WorthName;
}

/** Name of the output that holds the worth of every place along an axis of a node's result. */
export const worthPort = (node: string, axis: number): string => `worth/${axis}/${node}`;

/**
 * Takes samples by the inputs' names and targets `target/0`, ...; gives `worth/AXIS/NODE` [size] for every axis of every
 * node that the loss depends on, by the gradient of the batch's mean loss. Running statistics are used and not renewed,
 * and nothing is drawn.
 */
export function worthModel(graph: Graph, options: WorthOptions): Uint8Array<ArrayBuffer> {
  const { weights, sources, targets, losses, by } = options;
  const { shapes } = analyse(graph);
  const all = parameters(graph);
  const emit = onnxBuilder(ownPrefix(graph));
  const values = new Map(all.map(({ name, shape }) => [name, emit.tensor(name, shape, weights[name]!)]));
  const weight = (name: string): Value => values.get(name)!;
  const inputs = new Map(graph.inputs.map(({ name }, i) => [name, prepare(emit, name, sources[i]!)]));
  const kept = new Set(all.filter(({ trainable }) => !trainable).map(({ name }) => name));
  const pass = forwardPass(emit, graph, inputs, { weight, training: true, seed: 0, kept, drawsNothing: true });
  const wanted = targets.map((target, i) => target && prepareTarget(emit, targetPort(i), target));
  const found = graph.outputs.map(name => pass.forms.get(name));
  const { gradients } = totalLoss(emit, graph, losses, found, wanted);
  const names = heard(graph);
  const arrived = backwardPass(emit, graph, pass, { gradients, weight, learns: () => false, inputs: names });
  const outputs = names.flatMap(name => {
    const shape = shapes.get(name)!;
    const product = emit.op("Mul", [pass.forms.get(name), arrived.get(name)!]);
    const worth = by === "activation" ? meanSize(emit, product, shape) : meanSum(emit, product, shape);
    return shape.map((size, axis): Port => {
      const port = worthPort(name, axis);
      emit.rename(worth(axis), port);
      return { name: port, type: "float32", dims: [size] };
    });
  });
  const taken = graph.inputs.map(
    ({ name, shape }, i): Port => ({ name, type: sources[i]!.type, dims: ["count", ...shape] }),
  );
  return modelBytes(emit.graph(graph.name, [...taken, ...targetPorts(graph, targets)], outputs));
}

/** Nodes whose gradients can be told: what outputs are made of, but for what stands before an op that has no gradient. */
function heard(graph: Graph): string[] {
  const [found, before] = [new Set(graph.outputs), new Set<string>()];
  for (const { node, op } of [...analyse(graph).placed].reverse()) {
    if (!found.has(node.name)) continue;
    if ("none" in op.backward) before.add(node.name);
    for (const input of node.inputs) {
      found.add(input);
      if (op.indices || before.has(node.name)) before.add(input);
    }
  }
  return graph.nodes.flatMap(({ name }) => (found.has(name) && !before.has(name) ? [name] : []));
}

const others = (shape: Shape, axis: number): number[] => shape.flatMap((_, i) => (i === axis ? [] : [i + 1]));

/** Of a batch [count, ...shape], along an axis: the mean of the absolute values. */
function meanSize(emit: Emit, product: Value, shape: Shape): (axis: number) => Value {
  const sizes = emit.op("Abs", [product]);
  return axis => emit.op("ReduceMean", [sizes, emit.ints([0, ...others(shape, axis)])], { keepdims: 0 });
}

/** The absolute value of every sample's sum, the mean over samples. */
function meanSum(emit: Emit, product: Value, shape: Shape): (axis: number) => Value {
  return axis => {
    const axes = others(shape, axis);
    const sum = axes.length === 0 ? product : emit.op("ReduceSum", [product, emit.ints(axes)], { keepdims: 0 });
    return emit.op("ReduceMean", [emit.op("Abs", [sum]), emit.ints([0])], { keepdims: 0 });
  };
}
