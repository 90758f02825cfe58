/** Losses: how wrong an output is, as the mean over a batch, and the gradient of that. */
import { anyOf } from "../nearest.js";
import type { Emit, Value } from "../op/index.js";
import type { Shape } from "../shape/index.js";
import {
  binaryCrossEntropy,
  type CrossEntropySettings,
  crossEntropy,
  type HingeSettings,
  hinge,
  nll,
  type Weighted,
} from "./class-losses.js";
import { checkKnown } from "./known.js";
import { type OwnLoss, ownLoss } from "./own-loss.js";
import { TrainError } from "./pass.js";
import { type HuberSettings, huber, kullbackLeibler, meanAbsoluteError, meanSquaredError } from "./value-losses.js";

/** What an output is compared with: class numbers, one for each place behind the axis of classes, or values of its own shape. */
export type TargetKind = "classes" | "values";

export interface Loss {
  readonly name: string;
  /** What it can compare with; the first is the usual. */
  readonly against: readonly TargetKind[];
  /** Looks at no target. */
  readonly alone?: true;
  /**
   * `output` [batch, ...shape]; `target` [batch, ...places] of class numbers as int64, or [batch, ...shape] of values:
   * the loss as a scalar, and its gradient [batch, ...shape].
   */
  readonly emit: (emit: Emit, output: Value, target: Target, shape: Shape) => { loss: Value; gradient: Value };
  /** Log-probabilities of the classes, where outputs are scores of classes. */
  readonly logProbabilities?: (emit: Emit, output: Value) => Value;
}
export interface Target {
  readonly kind: TargetKind;
  readonly value: Value;
}

interface SettingsOf {
  readonly nll: Weighted;
  readonly crossEntropy: CrossEntropySettings;
  readonly binaryCrossEntropy: Weighted;
  readonly hinge: HingeSettings;
  readonly meanSquaredError: object;
  readonly meanAbsoluteError: object;
  readonly huber: HuberSettings;
  readonly kullbackLeibler: object;
}
interface Shared {
  /** How much it counts in the sum, where a network has several outputs; 1 unless told. */
  readonly weight?: number;
}
export type LossName = keyof SettingsOf;
export type LossSettings = { [N in LossName]: { readonly name: N } & SettingsOf[N] & Shared }[LossName];
/** A loss by name, with settings, or of the user's own. */
export type LossChoice = LossName | LossSettings | (OwnLoss & Shared);

const makers: { [N in LossName]: (settings: SettingsOf[N]) => Loss } = {
  ...{ nll, crossEntropy, binaryCrossEntropy, hinge },
  ...{ meanSquaredError, meanAbsoluteError, huber, kullbackLeibler },
};

const classWeights = ["classWeights"] as const;
const settingsOf: { readonly [N in LossName]: readonly (keyof SettingsOf[N])[] } = {
  ...{ nll: classWeights, binaryCrossEntropy: classWeights },
  crossEntropy: ["classWeights", "labelSmoothing"],
  hinge: ["classWeights", "margin", "p"],
  huber: ["delta"],
  ...{ meanSquaredError: [], meanAbsoluteError: [], kullbackLeibler: [] },
};

/** The loss of that name, with its usual settings or with these. */
export function lossOf(choice: LossChoice): Loss {
  const settings = typeof choice === "string" ? { name: choice } : choice;
  if (settings.name === "own") return ownLoss(settings);
  if (!Object.hasOwn(makers, settings.name)) {
    throw new TrainError(`train: there is no such loss, got ${settings.name}; choose ${anyOf(Object.keys(makers))}`);
  }
  const { name, ...rest } = settings;
  checkKnown(name, rest, [...settingsOf[name], "weight"]);
  return makers[name](rest as never);
}

/** How much a loss counts among several. */
export function lossWeight(choice: LossChoice): number {
  const weight = (typeof choice === "object" && choice.weight) || 1;
  if (Number.isFinite(weight) && weight > 0) return weight;
  throw new TrainError(`train: the weight of a loss must be above 0, got ${weight}; give another`);
}
