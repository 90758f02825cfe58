/**
 * Schedules: what the learning rate is multiplied with, a pure function of the step and of the figures so far. Computed
 * in double precision outside the graph; formulas are those of PyTorch's lr_scheduler.
 */
import { anyOf } from "../nearest.js";
import { checkKnown, got } from "./known.js";
import { TrainError } from "./pass.js";
import { checkMonitor, type EpochFigures, type PlateauSettings, plateauFactor } from "./watch.js";

/** What counts: steps, or whole epochs. */
type Unit = "step" | "epoch";

export interface ConstantSettings {
  readonly name: "constant";
}
/** gamma ^ floor(t / stepSize). */
export interface StepSettings {
  readonly name: "step";
  readonly stepSize: number;
  /** 0.1 unless told. */
  readonly gamma?: number;
  /** Epochs unless told. */
  readonly unit?: Unit;
}
/** gamma ^ t. */
export interface ExponentialSettings {
  readonly name: "exponential";
  readonly gamma: number;
  /** Epochs unless told. */
  readonly unit?: Unit;
}
/** From 1 to `minFactor` along half a cosine, and there it stays. */
export interface CosineSettings {
  readonly name: "cosine";
  /** How long it goes down; the whole training unless told. */
  readonly length?: number;
  readonly minFactor?: number;
  /** Epochs unless told. */
  readonly unit?: Unit;
}
/** From `startFactor` to 1 in a straight line, times another schedule. */
export interface WarmUpSettings {
  readonly name: "warmUp";
  readonly length: number;
  /** 1 / 3 unless told. */
  readonly startFactor?: number;
  /** Steps unless told. */
  readonly unit?: Unit;
  /** It counts from the first step on, as this one. */
  readonly schedule?: ScheduleSettings;
}
/** Up to the learning rate and far below where it began, over the whole training (Smith and Topin 2018). */
export interface OneCycleSettings {
  readonly name: "oneCycle";
  /** Share of the training that goes up; 0.3 unless told. */
  readonly pctStart?: number;
  /** It begins at 1 / divFactor; 25 unless told. */
  readonly divFactor?: number;
  /** It ends at 1 / (divFactor * finalDivFactor); 10,000 unless told. */
  readonly finalDivFactor?: number;
  readonly annealStrategy?: "cos" | "linear";
}

interface SettingsOf {
  readonly constant: ConstantSettings;
  readonly step: StepSettings;
  readonly exponential: ExponentialSettings;
  readonly cosine: CosineSettings;
  readonly warmUp: WarmUpSettings;
  readonly oneCycle: OneCycleSettings;
  readonly plateau: PlateauSettings;
}
export type ScheduleName = keyof SettingsOf;
export type ScheduleSettings = SettingsOf[ScheduleName];

/** Where a training stands. */
export interface Progress {
  /** Steps done before this one. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  /** Epochs of the whole training. */
  readonly epochs: number;
  /** Figures of the epochs done. */
  readonly history: readonly EpochFigures[];
}

/** What the learning rate is multiplied with at a step. */
export const scheduleFactor = (settings: ScheduleSettings, progress: Progress): number =>
  schedules[settings.name].factor(settings as never, progress);

/** Whether the schedule, or one in it, goes by the figures of the epochs before. */
export const watchesFigures = (settings: ScheduleSettings): boolean =>
  settings.name === "plateau" ||
  ("schedule" in settings && settings.schedule !== undefined && watchesFigures(settings.schedule));

/** Refuses a schedule that cannot be. */
export function checkSchedule(settings: ScheduleSettings): void {
  if (typeof settings !== "object" || settings === null) {
    throw new TrainError(`train: a schedule must be an object, got ${got(settings)}; give e.g. { name: "cosine" }`);
  }
  if (!Object.hasOwn(schedules, settings.name)) {
    throw new TrainError(`train: there is no such schedule, got ${settings.name}; choose ${anyOf(scheduleNames)}`);
  }
  schedules[settings.name].check(settings as never);
}

const count = ({ step, stepsPerEpoch }: Progress, unit: Unit): number =>
  unit === "step" ? step : Math.floor(step / stepsPerEpoch);
const whole = ({ stepsPerEpoch, epochs }: Progress, unit: Unit): number =>
  unit === "step" ? epochs * stepsPerEpoch : epochs;

const between = (from: number, to: number, share: number): number => from + (to - from) * share;
const alongCosine = (from: number, to: number, share: number): number =>
  between(from, to, (1 - Math.cos(Math.PI * share)) / 2);

const schedules: {
  readonly [N in ScheduleName]: {
    readonly factor: (settings: SettingsOf[N], progress: Progress) => number;
    readonly check: (settings: SettingsOf[N]) => void;
  };
} = {
  constant: { factor: () => 1, check: settings => check(settings, {}) },
  step: {
    factor: ({ stepSize, gamma = 0.1, unit = "epoch" }, progress) =>
      gamma ** Math.floor(count(progress, unit) / stepSize),
    check: settings => check(settings, { stepSize: positiveWhole, gamma: positive, unit: units }, ["stepSize"]),
  },
  exponential: {
    factor: ({ gamma, unit = "epoch" }, progress) => gamma ** count(progress, unit),
    check: settings => check(settings, { gamma: positive, unit: units }, ["gamma"]),
  },
  cosine: {
    factor: ({ length, minFactor = 0, unit = "epoch" }, progress) => {
      const share = count(progress, unit) / (length ?? whole(progress, unit));
      return alongCosine(1, minFactor, Math.min(share, 1));
    },
    check: settings => check(settings, { length: positiveWhole, minFactor: share, unit: units }),
  },
  warmUp: {
    factor: ({ length, startFactor = 1 / 3, unit = "step", schedule }, progress) => {
      const now = between(startFactor, 1, Math.min(count(progress, unit) / length, 1));
      return schedule ? now * scheduleFactor(schedule, progress) : now;
    },
    check: settings => {
      const { schedule, ...own } = settings;
      check(own, { length: positiveWhole, startFactor: share, unit: units }, ["length"]);
      if (schedule !== undefined) checkSchedule(schedule);
    },
  },
  oneCycle: {
    factor: ({ pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4, annealStrategy = "cos" }, progress) => {
      const along = annealStrategy === "cos" ? alongCosine : between;
      const last = whole(progress, "step") - 1;
      const peak = Math.max(pctStart * (last + 1) - 1, 0);
      const low = 1 / divFactor;
      if (progress.step < peak) return along(low, 1, progress.step / peak);
      return along(1, low / finalDivFactor, last > peak ? Math.min((progress.step - peak) / (last - peak), 1) : 0);
    },
    check: settings =>
      check(settings, {
        ...{ pctStart: share, divFactor: positive, finalDivFactor: positive },
        annealStrategy: oneOf("cos", "linear"),
      }),
  },
  plateau: {
    factor: (settings, { history }) => plateauFactor(settings, history),
    check: ({ monitor = "loss", ...own }) => {
      checkMonitor("plateau", monitor);
      check(own, {
        ...{ factor: share, patience: wholeNumber, threshold: notNegative, cooldown: wholeNumber, minFactor: share },
        thresholdMode: oneOf("rel", "abs"),
      });
    },
  },
};

const scheduleNames = Object.keys(schedules) as ScheduleName[];

interface Wanted {
  readonly words: string;
  readonly fits: (value: unknown) => boolean;
}
const numberThat = (words: string, fits: (value: number) => boolean): Wanted => ({
  words,
  fits: value => typeof value === "number" && fits(value),
});
const oneOf = (...words: readonly string[]): Wanted => ({
  words: words.join(" or "),
  fits: value => words.includes(value as string),
});
const positiveWhole = numberThat("a whole number of at least 1", n => Number.isSafeInteger(n) && n >= 1);
const wholeNumber = numberThat("a whole number of at least 0", n => Number.isSafeInteger(n) && n >= 0);
const positive = numberThat("above 0", n => n > 0 && Number.isFinite(n));
const notNegative = numberThat("0 or more", n => n >= 0 && Number.isFinite(n));
const share = numberThat("from 0 to 1", n => n >= 0 && n <= 1);
const units = oneOf("step", "epoch");

/** Every setting must be as wanted; those that `needed` names must be there. */
function check(
  { name, ...fields }: { readonly name: ScheduleName },
  wanted: Readonly<Record<string, Wanted>>,
  needed: readonly string[] = [],
): void {
  checkKnown(name, fields, Object.keys(wanted));
  for (const [field, { words, fits }] of Object.entries(wanted)) {
    const value = (fields as Readonly<Record<string, unknown>>)[field];
    if (value === undefined ? needed.includes(field) : !fits(value)) {
      throw new TrainError(`${name}: ${field} must be ${words}, got ${got(value)}; give another`);
    }
  }
}
