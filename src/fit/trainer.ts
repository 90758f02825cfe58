/** Training, epoch by epoch, on a runtime's sessions: the same recipe, seed and data give the same numbers bit for bit. */
import type { DataSet } from "../data/data-set.js";
import { wide } from "../formats/onnx/index.js";
import type { Graph } from "../graph/index.js";
import { analyse, draws } from "../op/index.js";
import { deriveSeed, permutation, random } from "../random.js";
import type { Opening, Session } from "../runtime/session.js";
import {
  augmentOf,
  carriedTensors,
  checkEarlyStopping,
  checkSchedule,
  type EpochFigures,
  initialWeights,
  optimizer,
  parameters,
  type Recipe,
  scheduleFactor,
  TrainError,
  type Weights,
  watch,
} from "../train/index.js";
import { copied } from "./carried.js";
import { checkCheckpoint, checkFit, checkWeights } from "./check-fit.js";
import { type Evaluation, evaluate, type Scored, score } from "./evaluation.js";
import { type Learner, loopingLearner, sparingLearner } from "./learner.js";
import {
  checkSamples,
  dataSetSamples,
  feedsOf,
  lossesOf,
  type Samples,
  sourcesOf,
  type TrainData,
  targetsOf,
  typesOf,
} from "./samples.js";

export type OpenSession = (model: Uint8Array, options?: Opening) => Promise<Session>;

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
      /** What each output gives for the test items, [items, ...shape], scores of classes as log-probabilities; none without test items. */
      readonly outputs: readonly Float32Array[];
      readonly test?: Evaluation;
      readonly validation?: Evaluation;
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
  readonly validation?: Samples;
  /** First weights by parameter, in place of drawn ones. */
  readonly weights?: Weights;
  readonly signal?: AbortSignal;
  /** Milliseconds that one call of the runtime is to take, in place of 300: a page waits for it. */
  readonly longest?: number;
  /**
   * The same numbers in less memory, one step a call: of use from two million parameters on, and where the runtime takes
   * samples where they lie. The next epoch writes over the tensors of a checkpoint: copy what you keep.
   */
  readonly sparing?: boolean;
}

/** Wanted length of one call of the runtime: long enough to cost nothing, short enough to report and to cancel. */
const usualLongest = 300;

export async function* train(
  graph: Graph,
  recipe: Recipe,
  given: DataSet | TrainData,
  options: TrainOptions,
): AsyncGenerator<TrainEvent, void, undefined> {
  const data = "classes" in given ? dataSetSamples(checkFit(graph, given)) : given;
  const { outputNames = graph.outputs } = data;
  for (const samples of [data.train, data.test, options.validation]) samples && checkSamples(graph, samples, recipe);
  if (recipe.schedule) checkSchedule(recipe.schedule);
  if (recipe.earlyStopping) checkEarlyStopping(recipe.earlyStopping);
  const enter = {
    sources: sourcesOf(typesOf(data.train), recipe),
    targets: targetsOf(graph, data.train, recipe),
    losses: lossesOf(graph, recipe),
  };
  const method = optimizer(recipe.optimizer);
  if (options.from) checkCheckpoint(options.from, carriedTensors(graph, method, recipe.layers));
  const changes = augmentOf(graph.inputs, enter.sources, recipe.augment);
  const drawing =
    changes.some(list => list.length > 0) || analyse(graph).placed.some(({ op, site }) => draws(op, site.attrs));
  const first = options.from?.epoch ?? 0;
  if (options.weights) checkWeights(graph, options.weights);
  let history = options.from?.history ?? [];
  let best = options.from?.best;
  let seed = 0;
  const makeLearner = options.sparing ? sparingLearner : loopingLearner;
  const learner = makeLearner(
    {
      graph,
      feeds: feedsOf(graph, data.train, enter.targets),
      open: options.open,
      options: batch => ({ ...recipe, ...enter, optimizer: method, batch, seed }),
    },
    options.from?.tensors ?? { ...initialWeights(graph, recipe.seed, recipe.init), ...options.weights },
  );
  try {
    for (let epoch = first + 1; epoch <= recipe.epochs; epoch++) {
      if (recipe.earlyStopping && history.length > 0 && watch(recipe.earlyStopping, history).stop) return;
      seed = deriveSeed("draws", recipe.seed, epoch);
      const steps = runEpoch(learner, history, data.train.count, recipe, epoch, options);
      let next = await steps.next();
      while (!next.done) {
        yield next.value;
        if (next.value.kind === "diverged") return;
        next = await steps.next();
      }
      const { loss, trainSeconds } = next.value;
      const state = learner.values();
      // A session counts what it draws; new ones for each epoch make one after a restart the same as without.
      if (drawing || options.sparing) await learner.release();
      const trained = performance.now();
      const scored = (samples: Samples): Promise<Scored> => score(graph, state, recipe, samples, options.open, options);
      const judged = (samples: Samples, found: Scored): Evaluation =>
        evaluate(graph, recipe, samples, found, outputNames);
      const found = data.test && (await scored(data.test));
      const test = found && judged(data.test!, found);
      const { validation: held } = options;
      const validation = held && judged(held, await scored(held));
      const watched = validation ?? test;
      history = [...history, { ...watched, ...(watched && { validationLoss: watched.loss }), loss }];
      if (recipe.earlyStopping?.restoreBest && watch(recipe.earlyStopping, history).best === epoch) {
        best = options.sparing ? copied(weightsOf(graph, state)) : weightsOf(graph, state);
      }
      yield {
        kind: "epoch",
        epoch,
        loss,
        outputs: found?.outputs ?? [],
        ...(test && { test }),
        ...(validation && { validation }),
        trainSeconds,
        testSeconds: (performance.now() - trained) / 1000,
        checkpoint: { epoch, tensors: state, history, ...(best && { best }) },
      };
    }
  } finally {
    await learner.release();
  }
}

/** The parameters among all that is carried. */
export const weightsOf = (graph: Graph, tensors: Checkpoint["tensors"]): Weights =>
  Object.fromEntries(parameters(graph).map(({ name }) => [name, tensors[name]!]));

async function* runEpoch(
  learner: Learner,
  history: readonly EpochFigures[],
  count: number,
  recipe: Recipe,
  epoch: number,
  { signal, longest = usualLongest }: Pick<TrainOptions, "signal" | "longest">,
): AsyncGenerator<TrainEvent, { loss: number; trainSeconds: number }, undefined> {
  const { batchSize, accumulate = 1, dropLast = false } = recipe;
  const whole = batchSize * accumulate;
  const full = Math.floor(count / whole);
  const steps = dropLast ? full : Math.ceil(count / whole);
  if (steps === 0) {
    throw new TrainError(
      `train: dropLast leaves nothing, got ${count} samples in steps of ${whole}; use a smaller batch`,
    );
  }
  const order = wide(permutation(count, random(deriveSeed("order", recipe.seed, epoch))));
  const factorAt = (step: number): number =>
    recipe.schedule
      ? scheduleFactor(recipe.schedule, { step, stepsPerEpoch: steps, epochs: recipe.epochs, history })
      : 1;
  let total = 0;
  let trainSeconds = 0;
  let chunk = 1;
  for (let step = 0; step < steps; ) {
    signal?.throwIfAborted();
    // The last, smaller batch is a call of its own.
    const now = step < full ? Math.min(chunk, full - step) : 1;
    const batch = step < full ? whole : count - full * whole;
    const dims = accumulate > 1 ? equalParts(batch, batchSize) : [batch];
    await learner.ready(dims.at(-1)!);
    const started = performance.now();
    const done = (epoch - 1) * steps + step;
    const losses = await learner.run({
      rows: order.subarray(step * whole, step * whole + now * batch),
      dims: [now, ...dims],
      first: done + 1,
      factors: Array.from({ length: now }, (_, i) => factorAt(done + i)),
    });
    const bad = losses.findIndex(loss => !Number.isFinite(loss));
    if (bad >= 0) {
      yield { kind: "diverged", epoch, step: step + bad + 1 };
      return { loss: Number.NaN, trainSeconds };
    }
    const sum = losses.reduce((all, loss) => all + loss, 0);
    total += sum * batch;
    step += now;
    const milliseconds = performance.now() - started;
    trainSeconds += milliseconds / 1000;
    yield { kind: "steps", epoch, step, steps, loss: sum / now, samplesPerSecond: (1000 * now * batch) / milliseconds };
    chunk = Math.max(1, Math.min(learner.most, 4 * chunk, Math.round((now * longest) / milliseconds)));
  }
  return { loss: total / Math.min(steps * whole, count), trainSeconds };
}

/** [batches, batch]: the fewest batches of one size, none larger than wanted, so that a mean of means is the mean. */
export function equalParts(count: number, largest: number): [number, number] {
  let parts = Math.ceil(count / largest);
  while (count % parts !== 0) parts++;
  return [parts, count / parts];
}
