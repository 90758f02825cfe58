/** What an optimizer is, and the pieces that optimizers are made of. */
import type { Emit, Value } from "../op/index.js";
import type { AdamSettings, NadamSettings } from "./adam.js";
import { checkKnown, got } from "./known.js";
import type { LionSettings } from "./lion.js";
import { TrainError } from "./pass.js";
import type { AdagradSettings, RmspropSettings } from "./rmsprop.js";
import type { SgdSettings } from "./sgd.js";

export interface Optimizer {
  readonly name: OptimizerName;
  /** Names of the tensors it keeps beside every weight; all start at 0. */
  readonly slots: readonly string[];
  /** Numbers for the graph at one step, counted from 1; `factor` is the schedule's, times the learning rate. */
  readonly coefficients: (step: number, factor?: number) => readonly number[];
  readonly update: (emit: Emit, parts: UpdateParts) => { weight: Value; slots: readonly Value[] };
  /** As it was asked for, to be stored and made again by `optimizer`. */
  readonly settings: OptimizerSettings;
}
export interface UpdateParts {
  readonly weight: Value;
  readonly gradient: Value;
  readonly slots: readonly Value[];
  readonly coefficients: readonly Value[];
}

interface SettingsOf {
  readonly sgd: SgdSettings;
  readonly adam: AdamSettings;
  readonly adamW: AdamSettings;
  readonly nadam: NadamSettings;
  readonly rmsprop: RmspropSettings;
  readonly adagrad: AdagradSettings;
  readonly lion: LionSettings;
}
export type OptimizerName = keyof SettingsOf;
export type OptimizerSettings = { [N in OptimizerName]: { readonly name: N } & SettingsOf[N] }[OptimizerName];

/** Settings as they are stored: those that were added later stand there only when they are not as without them. */
export const stored = <S extends object>(settings: S, usual: Partial<S>): S =>
  Object.fromEntries(Object.entries(settings).filter(([key, value]) => value !== usual[key as keyof S])) as S;

/** Coupled weight decay: gradient + weightDecay * weight. */
export const decayed = (emit: Emit, { gradient, weight }: UpdateParts, weightDecay: number): Value =>
  weightDecay > 0 ? emit.op("Add", [gradient, emit.op("Mul", [weight, emit.float(weightDecay)])]) : gradient;

/** share * old + (1 - share) * now. */
export const blend = (emit: Emit, old: Value, now: Value, share: number): Value =>
  emit.op("Add", [emit.op("Mul", [old, emit.float(share)]), emit.op("Mul", [now, emit.float(1 - share)])]);

/** Checks of settings, in the name of their optimizer. */
export function checks(name: OptimizerName, settings: object, known: readonly string[]) {
  checkKnown(name, settings, ["learningRate", "weightDecay", ...known]);
  const refuse = (field: string, wanted: string, value: unknown): never => {
    throw new TrainError(`${name}: ${field} must be ${wanted}, got ${got(value)}; give another`);
  };
  return {
    atLeast0: (fields: Readonly<Record<string, number>>): void => {
      for (const [field, value] of Object.entries(fields))
        if (!(Number.isFinite(value) && value >= 0)) refuse(field, "0 or more", value);
    },
    below1: (fields: Readonly<Record<string, number>>): void => {
      for (const [field, value] of Object.entries(fields))
        if (!(value >= 0 && value < 1)) refuse(field, "from 0 to below 1", value);
    },
  };
}
