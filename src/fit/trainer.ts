/** Training, epoch by epoch, on a runtime's sessions: the same recipe, seed and data give the same numbers bit for bit. */
import type { DataSet, Split } from "../data/data-set.js";
import type { Graph } from "../graph/index.js";
import { analyse, draws, figures } from "../op/index.js";
import { deriveSeed, permutation, random } from "../random.js";
import { float32, int64, type Session, type Tensor, type Tensors, uint8 } from "../runtime/session.js";
import { product } from "../shape/index.js";
import {
  carriedTensors,
  checkMonitor,
  checkSchedule,
  type EpochFigures,
  inferenceModel,
  initialWeights,
  optimizer,
  parameters,
  type Recipe,
  type Source,
  scheduleFactor,
  type TrainingModel,
  trainingModel,
  type Weights,
  watch,
} from "../train/index.js";
import { checkCheckpoint, checkFit } from "./check-fit.js";
import { type Metrics, measure } from "./metrics.js";

export type OpenSession = (model: Uint8Array) => Promise<Session>;

/** All that is needed to go on after an epoch: parameters and optimizer state, by name. */
export interface Checkpoint {
  /** Epochs done. */
  readonly epoch: number;
  readonly tensors: Readonly<Record<string, Float32Array>>;
  /** Figures of these epochs: schedules and early stopping go by them. */
  readonly history: readonly EpochFigures[];
  /** Weights of the best epoch, where these are to be restored. */
  readonly best?: Weights;
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
      readonly test?: Metrics;
      readonly validation?: Metrics;
      readonly trainSeconds: number;
      readonly testSeconds: number;
      readonly checkpoint: Checkpoint;
    }
  | { readonly kind: "diverged"; readonly epoch: number; readonly step: number };

export interface TrainOptions {
  readonly open: OpenSession;
  /** Go on from here instead of from first weights. */
  readonly from?: Checkpoint;
  /** What schedules and early stopping watch, in place of the test split. */
  readonly validation?: Split;
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
  if (recipe.schedule) checkSchedule(recipe.schedule);
  if (recipe.earlyStopping) checkMonitor("earlyStopping", recipe.earlyStopping.monitor);
  const source = sourceOf(data.train, recipe);
  const method = optimizer(recipe.optimizer);
  if (options.from) checkCheckpoint(options.from, carriedTensors(graph, method, recipe.layers));
  const drawing = analyse(graph).placed.some(({ op, site }) => draws(op, site.attrs));
  const first = options.from?.epoch ?? 0;
  let state = options.from?.tensors ?? initialWeights(graph, recipe.seed, recipe.init);
  let history = options.from?.history ?? [];
  let best = options.from?.best;
  let trainer: Trainer | undefined;
  try {
    for (let epoch = first + 1; epoch <= recipe.epochs; epoch++) {
      if (recipe.earlyStopping && history.length > 0 && watch(recipe.earlyStopping, history).stop) return;
      // A session counts what it draws; one per epoch makes an epoch after a restart the same as without.
      if (!trainer || drawing) {
        await trainer?.session.release();
        const seed = deriveSeed("draws", recipe.seed, epoch);
        const model = trainingModel(graph, { ...recipe, source, optimizer: method, seed });
        trainer = { model, session: await options.open(model.bytes) };
      }
      const started = performance.now();
      const steps = runEpoch(trainer, { state, history }, data.train, recipe, epoch, options.signal);
      let next = await steps.next();
      while (!next.done) {
        yield next.value;
        if (next.value.kind === "diverged") return;
        next = await steps.next();
      }
      state = next.value.state;
      const trained = performance.now();
      const { loss } = next.value;
      const score = (split: Split): Promise<Float32Array> =>
        scoreSplit(graph, state, recipe, split, options.open, options.signal);
      const metrics = (split: Split, scores: Float32Array): Metrics => measure(scores, split.labels, data.classes);
      const scores = data.test.count > 0 ? await score(data.test) : new Float32Array();
      const test = data.test.count > 0 ? metrics(data.test, scores) : undefined;
      const { validation: held } = options;
      const validation = held && metrics(held, await score(held));
      history = [...history, { loss, ...(validation ?? test) }];
      if (recipe.earlyStopping?.restoreBest && watch(recipe.earlyStopping, history).best === epoch) {
        best = weightsOf(graph, state);
      }
      yield {
        kind: "epoch",
        epoch,
        loss,
        scores,
        ...(test && { test }),
        ...(validation && { validation }),
        trainSeconds: (trained - started) / 1000,
        testSeconds: (performance.now() - trained) / 1000,
        checkpoint: { epoch, tensors: state, history, ...(best && { best }) },
      };
    }
  } finally {
    await trainer?.session.release();
  }
}

/** The parameters among all that is carried. */
export const weightsOf = (graph: Graph, tensors: Checkpoint["tensors"]): Weights =>
  Object.fromEntries(parameters(graph).map(({ name }) => [name, tensors[name]!]));

interface Trainer {
  readonly model: TrainingModel;
  readonly session: Session;
}

async function* runEpoch(
  { model, session }: Trainer,
  { state: before, history }: { state: Checkpoint["tensors"]; history: readonly EpochFigures[] },
  split: Split,
  recipe: Recipe,
  epoch: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<TrainEvent, { state: Record<string, Float32Array>; loss: number }, undefined> {
  const { count } = split;
  const { batchSize, accumulate = 1 } = recipe;
  const whole = batchSize * accumulate;
  const steps = Math.ceil(count / whole);
  const full = Math.floor(count / whole);
  const order = BigInt64Array.from(permutation(count, random(deriveSeed("order", recipe.seed, epoch))), BigInt);
  const factorAt = (step: number): number =>
    recipe.schedule
      ? scheduleFactor(recipe.schedule, { step, stepsPerEpoch: steps, epochs: recipe.epochs, history })
      : 1;
  const constant = { samples: samplesOf(split), labels: uint8(split.labels, [count]) };
  let carried: Tensors = Object.fromEntries(
    model.carried.map(({ name, shape }) => [name, float32(before[name] ?? new Float32Array(product(shape)), shape)]),
  );
  let total = 0;
  let chunk = 1;
  for (let step = 0; step < steps; ) {
    signal?.throwIfAborted();
    // The last, smaller batch is a call of its own.
    const now = step < full ? Math.min(chunk, full - step) : 1;
    const batch = step < full ? whole : count - full * whole;
    const started = performance.now();
    const dims = accumulate > 1 ? equalParts(batch, batchSize) : [batch];
    const rows = int64(order.subarray(step * whole, step * whole + now * batch), [now, ...dims]);
    const numbers = Array.from({ length: now }, (_, i) => {
      const done = (epoch - 1) * steps + step + i;
      return model.coefficientsAt(done + 1, factorAt(done));
    }).flat();
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

/** [batches, batch]: the fewest batches of one size, none larger than wanted, so that a mean of means is the mean. */
export function equalParts(count: number, largest: number): [number, number] {
  let parts = Math.ceil(count / largest);
  while (count % parts !== 0) parts++;
  return [parts, count / parts];
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

const sourceOf = (split: Split, { normalise }: Pick<Recipe, "normalise">): Source => ({
  type: split.inputs instanceof Uint8Array ? "uint8" : "float32",
  normalise,
});

function samplesOf({ inputs, count }: Split): Tensor {
  const dims = [count, inputs.length / count];
  return inputs instanceof Uint8Array ? uint8(inputs, dims) : float32(inputs, dims);
}
