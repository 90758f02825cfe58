/** A recipe: how a network is trained. */
import type { Augment } from "./augment.js";
import type { Clip } from "./clip.js";
import type { InitSettings } from "./initialisers.js";
import type { Layers } from "./learning.js";
import type { LossChoice, LossName } from "./losses.js";
import { type OptimizerSettings, optimizer } from "./optimizers.js";
import type { ScheduleSettings } from "./schedules.js";
import type { EarlyStopping } from "./watch.js";

export interface Recipe {
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: OptimizerSettings;
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
  /** Stop when a figure no longer gets better, on the validation data if there are any, else on the test split. */
  readonly earlyStopping?: EarlyStopping;
  /** One for all outputs, or one for each in their order. */
  readonly loss: LossChoice | readonly LossChoice[];
  /** Inputs become (x - mean) / deviation, all alike or each by its own; bytes count as 0 to 1, whole numbers stay. */
  readonly normalise: Normalise | readonly Normalise[];
  /** Decides first weights, the order of the samples and whatever else is random. */
  readonly seed: number;
}
export interface Normalise {
  readonly mean: number;
  readonly deviation: number;
}

/** Numbers stay as they are. */
export const asTheyStand: Normalise = { mean: 0, deviation: 1 };

/** The recipe of the Netpicking article: Adam with AMSGrad, batch 25, pixels normalised as MNIST's. */
export const articleRecipe: Recipe & { readonly loss: LossName; readonly normalise: Normalise } = {
  epochs: 4,
  batchSize: 25,
  optimizer: optimizer({ name: "adam", learningRate: 2e-3, amsgrad: true }).settings,
  loss: "nll",
  normalise: { mean: 0.1307, deviation: 0.3081 },
  seed: 42,
};
