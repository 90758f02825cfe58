/** The options of `fit`. */
import type { Examples, Split } from "../data/data-set.js";
import type {
  Augment,
  Clip,
  EarlyStopping,
  InitSettings,
  Layers,
  Normalise,
  Optimizer,
  ScheduleSettings,
  Weights,
} from "../train/index.js";
import type { Evaluation } from "./evaluation.js";
import type { FitEvent } from "./fit-work.js";
import type { LossOption } from "./recipe-of.js";
import type { Checkpoint } from "./trainer.js";

/** How `fit` trains. */
export interface FitOptions<E = Evaluation> {
  /** Passes over the training samples; 4 unless told. */
  readonly epochs?: number;
  /** Samples per step; 25 unless told. */
  readonly batchSize?: number;
  /** `adam({...})`, `sgd({...})` or another; Adam with AMSGrad and learning rate 0.002 unless told. */
  readonly optimizer?: Optimizer;
  /** How the learning rate changes, e.g. `{ name: "cosine" }`; constant unless told. */
  readonly schedule?: ScheduleSettings;
  /** How first weights are drawn, e.g. `{ name: "kaimingNormal" }`; PyTorch's default for each layer unless told. */
  readonly init?: InitSettings;
  /** Frozen layers and learning rates of single ones, by name: `{ stem: { frozen: true } }`. */
  readonly layers?: Layers;
  /** Bounds on gradients: `{ norm: 1 }` for all together, `{ value: 0.5 }` for each element. */
  readonly clip?: Clip;
  /** Batches whose mean gradient makes one step, as one batch so many times as large would; 1 unless told. */
  readonly accumulate?: number;
  /** Leave out the samples at the end of an epoch that fill no batch; they are trained on unless told. */
  readonly dropLast?: boolean;
  /**
   * What changes training samples at random, one after another: `[{ name: "shift", by: 2 }, { name: "flip" }]`; by the
   * input's name where there are several.
   */
  readonly augment?: Augment;
  /** Data to watch while training, or the share of the samples that is kept apart for it. */
  readonly validation?: Split | Examples | number;
  /** Stop when a figure no longer gets better, on the validation data if there are any, else on the test split. */
  readonly earlyStopping?: EarlyStopping;
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
