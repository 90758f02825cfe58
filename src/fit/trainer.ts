/** Training, epoch by epoch, on a runtime's sessions: the same recipe, seed and data give the same numbers bit for bit. */
import type { DataSet, Split } from "../data/data-set.js";
import type { Graph } from "../graph/index.js";
import { analyse, figures } from "../op/index.js";
import { deriveSeed, permutation, random } from "../random.js";
import { float32, int64, type Session, type Tensor, type Tensors, uint8 } from "../runtime/session.js";
import {
  inferenceModel,
  initialWeights,
  optimizer,
  type Recipe,
  type Source,
  TrainError,
  type TrainingModel,
  trainingModel,
  type Weights,
} from "../train/index.js";

export type OpenSession = (model: Uint8Array) => Promise<Session>;

/** All that is needed to go on after an epoch: parameters and optimizer state, by name. */
export interface Checkpoint {
  /** Epochs done. */
  readonly epoch: number;
  readonly tensors: Readonly<Record<string, Float32Array>>;
}

export type TrainEvent =
  | {
      readonly kind: "steps";
      /** Counted from 1. */
      readonly epoch: number;
      /** Steps done in this epoch, of `steps`. */
      readonly step: number;
      readonly steps: number;
      /** Mean loss of the latest steps. */
      readonly loss: number;
      readonly samplesPerSecond: number;
    }
  | {
      readonly kind: "epoch";
      readonly epoch: number;
      /** Mean loss per sample over the epoch. */
      readonly loss: number;
      /** Log-probabilities of the test items, [items, classes]; empty where there are none. */
      readonly scores: Float32Array;
      readonly trainSeconds: number;
      readonly testSeconds: number;
      readonly checkpoint: Checkpoint;
    }
  | { readonly kind: "diverged"; readonly epoch: number; readonly step: number };

export interface TrainOptions {
  readonly open: OpenSession;
  /** Go on from here instead of from first weights. */
  readonly from?: Checkpoint;
  readonly signal?: AbortSignal;
}

/** Wanted length of one call of the runtime: long enough to cost nothing, short enough to report and to cancel. */
const chunkMilliseconds = 300;
const mostSteps = 2000;

export async function* train(
  graph: Graph,
  recipe: Recipe,
  data: DataSet,
  options: TrainOptions,
): AsyncGenerator<TrainEvent, void, undefined> {
  checkFit(graph, data);
  const source = sourceOf(data.train, recipe);
  const method = optimizer(recipe.optimizer);
  const draws = analyse(graph).placed.some(({ op }) => op.random);
  const first = options.from?.epoch ?? 0;
  let state = options.from?.tensors ?? initialWeights(graph, recipe.seed);
  let trainer: Trainer | undefined;
  try {
    for (let epoch = first + 1; epoch <= recipe.epochs; epoch++) {
      // A session counts what it draws; one per epoch makes an epoch after a restart the same as without.
      if (!trainer || draws) {
        await trainer?.session.release();
        const seed = deriveSeed("draws", recipe.seed, epoch);
        const model = trainingModel(graph, { source, loss: recipe.loss, optimizer: method, seed });
        trainer = { model, session: await options.open(model.bytes) };
      }
      const started = performance.now();
      const steps = runEpoch(trainer, state, data.train, recipe, epoch, options.signal);
      let next = await steps.next();
      while (!next.done) {
        yield next.value;
        if (next.value.kind === "diverged") return;
        next = await steps.next();
      }
      state = next.value.state;
      const trained = performance.now();
      const scores =
        data.test.count > 0
          ? await scoreSplit(graph, state, recipe, data.test, options.open, options.signal)
          : new Float32Array();
      yield {
        kind: "epoch",
        epoch,
        loss: next.value.loss,
        scores,
        trainSeconds: (trained - started) / 1000,
        testSeconds: (performance.now() - trained) / 1000,
        checkpoint: { epoch, tensors: state },
      };
    }
  } finally {
    await trainer?.session.release();
  }
}

interface Trainer {
  readonly model: TrainingModel;
  readonly session: Session;
}

async function* runEpoch(
  { model, session }: Trainer,
  before: Readonly<Record<string, Float32Array>>,
  split: Split,
  recipe: Recipe,
  epoch: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<TrainEvent, { state: Record<string, Float32Array>; loss: number }, undefined> {
  const { count } = split;
  const { batchSize } = recipe;
  const steps = Math.ceil(count / batchSize);
  const full = Math.floor(count / batchSize);
  const order = BigInt64Array.from(permutation(count, random(deriveSeed("order", recipe.seed, epoch))), BigInt);
  const method = optimizer(recipe.optimizer);
  const constant = { samples: samplesOf(split), labels: uint8(split.labels, [count]) };
  let carried: Tensors = Object.fromEntries(
    model.carried.map(({ name, shape }) => [name, float32(before[name] ?? new Float32Array(size(shape)), shape)]),
  );
  let total = 0;
  let chunk = 1;
  for (let step = 0; step < steps; ) {
    signal?.throwIfAborted();
    // The last, smaller batch is a call of its own.
    const now = step < full ? Math.min(chunk, full - step) : 1;
    const batch = step < full ? batchSize : count - full * batchSize;
    const started = performance.now();
    const rows = int64(order.subarray(step * batchSize, step * batchSize + now * batch), [now, batch]);
    const numbers = Array.from({ length: now }, (_, i) =>
      method.coefficients((epoch - 1) * steps + step + i + 1),
    ).flat();
    const coefficients = float32(Float32Array.from(numbers), [now, model.coefficients]);
    const out = await session.run({ ...constant, rows, coefficients, ...carried });
    carried = Object.fromEntries(model.carried.map(({ name }) => [name, out[`next/${name}`]!]));
    const losses = out.loss!.data as Float32Array;
    const bad = losses.findIndex(loss => !Number.isFinite(loss));
    if (bad >= 0) {
      yield { kind: "diverged", epoch, step: step + bad + 1 };
      return { state: {}, loss: Number.NaN };
    }
    const sum = losses.reduce((all, loss) => all + loss, 0);
    total += sum * batch;
    step += now;
    const milliseconds = performance.now() - started;
    yield { kind: "steps", epoch, step, steps, loss: sum / now, samplesPerSecond: (1000 * now * batch) / milliseconds };
    chunk = Math.max(1, Math.min(mostSteps, 4 * chunk, Math.round((now * chunkMilliseconds) / milliseconds)));
  }
  const state = Object.fromEntries(Object.entries(carried).map(([name, { data }]) => [name, data as Float32Array]));
  return { state, loss: total / count };
}

/** Elements of activations that scoring may hold at once: 64 MB. */
const scoringElements = 16e6;

/** Log-probabilities [items, classes] of every item, by the network with these weights. */
export async function scoreSplit(
  graph: Graph,
  weights: Weights,
  recipe: Pick<Recipe, "loss" | "normalise">,
  split: Split,
  open: OpenSession,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const elements = split.inputs.length / split.count;
  const batch = Math.max(1, Math.min(1000, Math.floor(scoringElements / figures(graph).memoryElements)));
  const session = await open(inferenceModel(graph, weights, sourceOf(split, recipe), recipe.loss));
  try {
    const parts: Float32Array[] = [];
    for (let start = 0; start < split.count; start += batch) {
      signal?.throwIfAborted();
      const end = Math.min(start + batch, split.count);
      const samples = samplesOf({
        ...split,
        count: end - start,
        inputs: split.inputs.subarray(start * elements, end * elements),
      });
      const { scores } = await session.run({ samples });
      parts.push(scores!.data as Float32Array);
    }
    return joined(parts);
  } finally {
    await session.release();
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const size = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);

const sourceOf = (split: Split, { normalise }: Pick<Recipe, "normalise">): Source => ({
  type: split.inputs instanceof Uint8Array ? "uint8" : "float32",
  normalise,
});

function samplesOf({ inputs, count }: Split): Tensor {
  const dims = [count, inputs.length / count];
  return inputs instanceof Uint8Array ? uint8(inputs, dims) : float32(inputs, dims);
}

/** The network takes the data's samples and gives a score for each of its classes. */
export function checkFit(graph: Graph, data: DataSet): void {
  const { shapes } = analyse(graph);
  const input = graph.inputs[0]!;
  const output = shapes.get(graph.outputs[0]!)!;
  if (size(input.shape) !== size(data.inputShape)) {
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
