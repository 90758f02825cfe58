/** Figures of epochs, and what is decided by watching them: pure functions of all epochs so far, so that nothing is lost when a training goes on from a checkpoint. */
import { anyOf, nearest } from "../nearest.js";
import { checkKnown, got } from "./known.js";
import { TrainError } from "./pass.js";

/** Whether a higher value is better. */
const higherIsBetter = {
  ...{ loss: false, validationLoss: false },
  ...{ logLoss: false, calibrationError: false, accuracy: true, classAccuracy: true, auc: true },
  ...{ meanSquaredError: false, meanAbsoluteError: false, r2: true },
} as const;

type OneFigure = keyof typeof higherIsBetter;
/** Where a network has several outputs, an output's figures are called `output.figure`. */
export type FigureName = OneFigure | `${string}.${OneFigure}`;
/**
 * Figures of one epoch: the training loss, and those on validation data, else on the test split, whose loss is
 * `validationLoss`.
 */
export type EpochFigures = { readonly loss: number } & Readonly<Record<string, number>>;

const better = (name: string): boolean => higherIsBetter[baseOf(name) as OneFigure];
const baseOf = (name: string): string => name.slice(name.lastIndexOf(".") + 1);

/** Reduce on plateau: the learning rate falls when a figure no longer gets better, by PyTorch's rule. */
export interface PlateauSettings {
  readonly name: "plateau";
  /** The figure that is watched; the training loss unless told. */
  readonly monitor?: FigureName;
  /** What the learning rate is multiplied with; 0.1 unless told. */
  readonly factor?: number;
  /** Epochs without betterment that are borne; 10 unless told. */
  readonly patience?: number;
  /** A betterment is by more than this share of the best (or by more than this, if `abs`); 1e-4 unless told. */
  readonly threshold?: number;
  readonly thresholdMode?: "rel" | "abs";
  /** Epochs after a reduction in which none is counted. */
  readonly cooldown?: number;
  /** The smallest factor. */
  readonly minFactor?: number;
}

export function plateauFactor(settings: PlateauSettings, history: readonly EpochFigures[]): number {
  const {
    monitor = "loss",
    factor = 0.1,
    patience = 10,
    threshold = 1e-4,
    thresholdMode = "rel",
    cooldown = 0,
    minFactor = 0,
  } = settings;
  const sign = better(monitor) ? 1 : -1;
  let [now, best, bad, resting] = [1, -sign * Number.POSITIVE_INFINITY, 0, 0];
  for (const figures of history) {
    const value = figure("plateau", monitor, figures);
    const bar = thresholdMode === "rel" ? best * (1 + sign * threshold) : best + sign * threshold;
    if (sign * value > sign * bar) [best, bad] = [value, 0];
    else bad++;
    if (resting > 0) [resting, bad] = [resting - 1, 0];
    if (bad > patience) [now, resting, bad] = [Math.max(now * factor, minFactor), cooldown, 0];
  }
  return now;
}

export interface EarlyStopping {
  /** The figure that is watched. */
  readonly monitor: FigureName;
  /** Stop after this many epochs without betterment. */
  readonly patience: number;
  /** A betterment is by more than this; 0 unless told. */
  readonly minDelta?: number;
  /** End with the weights of the best epoch, not of the last. */
  readonly restoreBest?: boolean;
}

/** The best epoch so far, counted from 1, and whether enough have passed since. */
export function watch(
  { monitor, patience, minDelta = 0 }: EarlyStopping,
  history: readonly EpochFigures[],
): { best: number; stop: boolean } {
  const sign = better(monitor) ? 1 : -1;
  let [best, bar] = [1, Number.NEGATIVE_INFINITY];
  for (const [i, figures] of history.entries()) {
    const value = sign * figure("earlyStopping", monitor, figures);
    if (value > bar + minDelta) [best, bar] = [i + 1, value];
  }
  return { best, stop: history.length - best >= patience };
}

/** Refuses settings that cannot be meant. */
export function checkEarlyStopping(settings: EarlyStopping): void {
  checkKnown("earlyStopping", settings, ["monitor", "patience", "minDelta", "restoreBest"]);
  const { monitor, patience, minDelta = 0, restoreBest = false } = settings;
  checkMonitor("earlyStopping", monitor);
  const refuse = (field: string, wanted: string, value: unknown): never => {
    throw new TrainError(`earlyStopping: ${field} must be ${wanted}, got ${got(value)}; give another`);
  };
  if (!(Number.isSafeInteger(patience) && patience >= 1)) refuse("patience", "a whole number of at least 1", patience);
  if (!(Number.isFinite(minDelta) && minDelta >= 0)) refuse("minDelta", "0 or more", minDelta);
  if (typeof restoreBest !== "boolean") refuse("restoreBest", "true or false", restoreBest);
}

/** Refuses a figure that does not exist. */
export function checkMonitor(where: string, monitor: string): void {
  if (typeof monitor !== "string") {
    throw new TrainError(`${where}: monitor must name a figure, got ${got(monitor)}; give e.g. validationLoss`);
  }
  if (!Object.hasOwn(higherIsBetter, baseOf(monitor))) {
    const known = anyOf(Object.keys(higherIsBetter));
    throw new TrainError(`${where}: there is no such figure, got ${monitor}; choose ${known}`);
  }
}

function figure(where: string, name: FigureName, figures: EpochFigures): number {
  const value = figures[name];
  if (value === undefined) {
    const known = Object.keys(figures);
    if (known.length > 1) {
      throw new TrainError(`${where}: there is no such figure of this network, got ${name}; ${nearest(name, known)}`);
    }
    throw new TrainError(
      `${where}: without validation or test data there is only the loss, got ${name}; give validation`,
    );
  }
  return value;
}
