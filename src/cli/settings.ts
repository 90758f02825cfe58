/** Settings as the command line takes them: a name, and what differs from the usual, as `sgd:momentum=0.9,nesterov`. */
import { nearest } from "../nearest.js";
import type {
  AugmentSettings,
  InitSettings,
  LossSettings,
  OptimizerSettings,
  ScheduleSettings,
} from "../train/index.js";
import { UsageError } from "./failure.js";

/** Forms of a value; every other word stands for itself. */
const forms = {
  "a number": (text: string) => (text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : undefined),
  "numbers with / between": (text: string) => {
    const numbers = text.split("/").map(Number);
    return numbers.length > 1 && numbers.every(Number.isFinite) ? numbers : undefined;
  },
  "a word": (text: string) => text || undefined,
  true: (text: string) => (text === "true" ? true : undefined),
  false: (text: string) => (text === "false" ? false : undefined),
} as const;
type Form = keyof typeof forms | (string & {});

const number: readonly Form[] = ["a number"];
const numbers: readonly Form[] = ["numbers with / between"];
const either: readonly Form[] = [...number, ...numbers];
const flag: readonly Form[] = ["true", "false"];
const unit: readonly Form[] = ["step", "epoch"];

/** The compiler sees to it that every setting stands here, and none that is not. */
type Table<Union extends { readonly name: string }, Elsewhere extends string = never> = {
  readonly [N in Union["name"]]: {
    readonly [K in Exclude<keyof Extract<Union, { name: N }>, "name" | Elsewhere>]-?: readonly Form[];
  };
};

const adams = { beta1: number, beta2: number, eps: number, weightDecay: number };
export const optimizers: Table<OptimizerSettings, "learningRate"> = {
  sgd: { momentum: number, dampening: number, nesterov: flag, weightDecay: number },
  adam: { ...adams, amsgrad: flag },
  adamW: { ...adams, amsgrad: flag },
  nadam: { ...adams, momentumDecay: number },
  rmsprop: { alpha: number, eps: number, momentum: number, centered: flag, weightDecay: number },
  adagrad: { learningRateDecay: number, initialAccumulator: number, eps: number, weightDecay: number },
  lion: { beta1: number, beta2: number, weightDecay: number },
};

/** `schedule`, of warmUp, stands behind a `+`. */
export const schedules: Table<ScheduleSettings, "schedule"> = {
  constant: {},
  step: { stepSize: number, gamma: number, unit },
  exponential: { gamma: number, unit },
  cosine: { length: number, minFactor: number, unit },
  warmUp: { length: number, startFactor: number, unit },
  oneCycle: { pctStart: number, divFactor: number, finalDivFactor: number, annealStrategy: ["cos", "linear"] },
  plateau: {
    ...{ factor: number, patience: number, threshold: number, cooldown: number, minFactor: number },
    thresholdMode: ["rel", "abs"],
    // Whether there is such a figure is asked where figures are known.
    monitor: ["a word"],
  },
};

const kaiming = { mode: ["fanIn", "fanOut"], gain: number };
export const inits: Table<InitSettings> = {
  kaimingNormal: kaiming,
  kaimingUniform: kaiming,
  xavierNormal: { gain: number },
  xavierUniform: { gain: number },
  truncatedNormal: { std: number, mean: number, a: number, b: number },
  orthogonal: { gain: number },
  constant: { value: number },
};

type ClassLoss = Extract<LossSettings, { name: "nll" | "crossEntropy" | "binaryCrossEntropy" | "hinge" }>;
export const losses: Table<ClassLoss, "weight"> = {
  nll: { classWeights: numbers },
  crossEntropy: { classWeights: numbers, labelSmoothing: number },
  binaryCrossEntropy: { classWeights: numbers },
  hinge: { classWeights: numbers, margin: number, p: number },
};

export const augmentations: Table<AugmentSettings> = {
  shift: { by: either, fill: ["zero", "edge"] },
  flip: { direction: ["horizontal", "vertical"], p: number },
  crop: { padding: either, paddingMode: ["zeros", "edge", "reflect"] },
  erase: { p: number, area: numbers, ratio: numbers, value: [...number, "random"] },
  noise: { std: number },
};

type AnyTable = Readonly<Record<string, Readonly<Record<string, readonly Form[]>>>>;

/** What `text` says, by the table; `noun` is what its names are. */
export function readSettings(noun: string, text: string, table: AnyTable): { readonly name: string } {
  const colon = text.indexOf(":");
  const name = colon < 0 ? text : text.slice(0, colon);
  if (!Object.hasOwn(table, name)) {
    throw new UsageError(`train: there is no such ${noun}, got ${name}; ${nearest(name, Object.keys(table))}`);
  }
  const parts = colon < 0 ? [] : text.slice(colon + 1).split(",");
  const settings = parts.map(part => {
    const [key = "", ...rest] = part.split("=");
    const value = rest.length > 0 ? rest.join("=") : "true";
    return [key, readSetting(name, key, value, table[name]!)] as const;
  });
  return { name, ...Object.fromEntries(settings) };
}

function readSetting(name: string, key: string, text: string, known: AnyTable[string]): unknown {
  if (!Object.hasOwn(known, key)) {
    throw new UsageError(`${name}: there is no such setting, got ${key}; ${nearest(key, Object.keys(known))}`);
  }
  const wanted = known[key]!;
  for (const form of wanted) {
    const value = form in forms ? forms[form as keyof typeof forms](text) : form === text ? text : undefined;
    if (value !== undefined) return value;
  }
  throw new UsageError(`${name}: ${key} must be ${wanted.join(" or ")}, got ${text || "nothing"}; give another`);
}
