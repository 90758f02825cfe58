/** The work behind `fit`, `predict`, `evaluate` and `channelWorth`, wherever it is done and by whichever runtime. */
import type { Graph } from "../graph/index.js";
import "../ops/index.js";
import type { Work } from "../runtime/worker.js";
import { type Recipe, TrainError, type Weights } from "../train/index.js";
import { copied } from "./carried.js";
import { type Evaluation, type Scored, score } from "./evaluation.js";
import { isLarge } from "./learner.js";
import { checkInputs, checkSamples, type Samples, type TrainData } from "./samples.js";
import { type Checkpoint, type OpenSession, type TrainEvent, train, weightsOf } from "./trainer.js";
import { type Worth, type WorthOf, worthOf } from "./worth.js";

export type FitTask =
  | {
      readonly kind: "train";
      readonly graph: Graph;
      readonly recipe: Recipe;
      readonly data: TrainData;
      readonly validation?: Samples;
      readonly weights?: Weights;
      readonly from?: Checkpoint;
      /** Send a checkpoint with every epoch. */
      readonly checkpoints: boolean;
    }
  | {
      readonly kind: "score";
      readonly graph: Graph;
      readonly weights: Weights;
      readonly recipe: Pick<Recipe, "loss" | "normalise">;
      readonly samples: Samples;
      /** Outputs as they are, not as log-probabilities. */
      readonly raw?: boolean;
      /** Samples at once. */
      readonly batchSize?: number | undefined;
    }
  | ({ readonly kind: "worth" } & WorthOf);

/** Progress of `fit`: some events a second while it trains, one after every epoch. */
export type FitEvent<E = Evaluation> =
  | Extract<TrainEvent, { kind: "steps" }>
  | ({ readonly kind: "epoch" } & FitEpoch<E>);

export interface FitEpoch<E = Evaluation> {
  /** Counted from 1. */
  readonly epoch: number;
  /** Mean loss per training sample over the epoch. */
  readonly loss: number;
  readonly trainSeconds: number;
  /** On the test split, where the data has one. */
  readonly test?: E;
  /** On the validation data, where there are any. */
  readonly validation?: E;
  /** To go on from, when checkpoints were asked for. */
  readonly checkpoint?: Checkpoint;
}

/** Weights of a training, outputs of a scoring, worths of channels. */
export type FitResult = { readonly weights: Weights } | Scored | Worth;

export type FitWork = Work<FitTask, FitEvent, FitResult>;

interface WorkOptions {
  /** Milliseconds of one call of the runtime, where the trainer's own are too many. */
  readonly longest?: number;
  /** Train large networks in less memory: the runtime takes samples where they lie. */
  readonly sparing?: boolean;
}

export const workWith =
  (open: OpenSession, { longest, sparing: allowed = false }: WorkOptions = {}): FitWork =>
  async (task, { emit, signal }) => {
    if (task.kind === "score") {
      const { graph, weights, recipe, samples, raw = false, batchSize } = task;
      const judged = samples.targets.some(values => values !== undefined);
      if (judged) checkSamples(graph, samples, recipe);
      else checkInputs(graph, samples);
      return score(graph, weights, recipe, samples, open, { signal, raw, batchSize });
    }
    if (task.kind === "worth") return worthOf(task, open, signal);
    const { graph, recipe, data, validation, from, weights: first, checkpoints } = task;
    let weights: Weights = from ? (from.best ?? weightsOf(graph, from.tensors)) : {};
    const sparing = allowed && isLarge(graph);
    const options = {
      ...{ open, signal, sparing },
      ...(validation && { validation }),
      ...(from && { from }),
      ...(first && { weights: first }),
      ...(longest !== undefined && { longest }),
    };
    for await (const event of train(graph, recipe, data, options)) {
      if (event.kind === "steps") emit(event);
      else if (event.kind === "diverged") {
        throw new TrainError(
          `train: the loss became NaN or infinite, got it in epoch ${event.epoch}, step ${event.step}; use a smaller learning rate`,
        );
      } else {
        const { kind, epoch, loss, trainSeconds, test, checkpoint } = event;
        weights = checkpoint.best ?? weightsOf(graph, checkpoint.tensors);
        emit({
          ...{ kind, epoch, loss, trainSeconds },
          ...(test && { test }),
          ...(event.validation && { validation: event.validation }),
          ...(checkpoints && { checkpoint: { ...checkpoint, tensors: copied(checkpoint.tensors) } }),
        });
      }
    }
    return { weights };
  };
