/** The options of `fit`. */
import type { Examples, Split } from "../data/data-set.js";
import type { Normalise, Optimizer, Recipe, Weights } from "../train/index.js";
import type { Evaluation } from "./evaluation.js";
import type { LossOption } from "./recipe-of.js";
import type { FitEvent } from "./task.js";
import type { Checkpoint } from "./trainer.js";

/** How `fit` trains. */
export interface FitOptions<E = Evaluation>
  extends Pick<
    Recipe,
    "schedule" | "init" | "layers" | "clip" | "accumulate" | "dropLast" | "augment" | "earlyStopping"
  > {
  /** Passes over the training samples; 4 unless told. */
  readonly epochs?: number;
  /** Samples per step; 25 unless told. */
  readonly batchSize?: number;
  /** `adam({...})`, `sgd({...})` or another; Adam with AMSGrad and learning rate 0.002 unless told. */
  readonly optimizer?: Optimizer;
  /** Data to watch while training, or the share of the samples that is kept apart for it. */
  readonly validation?: Split | Examples | number;
  /** Give a checkpoint with every event of an epoch. */
  readonly checkpoints?: boolean;
  /** Go on from a checkpoint, bit for bit as if the training had never stopped. */
  readonly from?: Checkpoint;
  /** First weights by parameter, e.g. `other.weightsOf("stem")`; what is not among them is drawn. */
  readonly weights?: Weights;
  /**
   * A loss by name, with settings as in `{ name: "crossEntropy", labelSmoothing: 0.1 }`, or a function of output and
   * target made of ops; by output's name where there are several. Unless told: `nll` for outputs that end in
   * log-probabilities, else `crossEntropy`; `meanSquaredError` where targets are numbers with fractions.
   */
  readonly loss?: LossOption | Readonly<Record<string, LossOption>>;
  /**
   * Inputs become (x - mean) / deviation, all alike or by the input's name; bytes count as 0 to 1. Unless told, bytes
   * by MNIST's mean and deviation, and numbers stay as they are.
   */
  readonly normalise?: Normalise | Readonly<Record<string, Normalise>>;
  /** Decides first weights, the order of samples and whatever else is random; 42 unless told. */
  readonly seed?: number;
  /** Cancels; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: FitEvent<E>) => void;
}

/** Every option; a name that is none of these was mistyped. */
export const optionNames = [
  "epochs",
  "batchSize",
  "optimizer",
  "schedule",
  "init",
  "layers",
  "clip",
  "accumulate",
  "dropLast",
  "augment",
  "validation",
  "earlyStopping",
  "checkpoints",
  "from",
  "weights",
  "loss",
  "normalise",
  "seed",
  "signal",
  "onEvent",
] as const satisfies readonly (keyof FitOptions)[];
