/**
 * Optimizers: new weights from gradients. What depends on the step alone (bias corrections, the learning rate) is
 * computed in double precision outside and fed to the graph as coefficients, a row per step.
 */
import { anyOf } from "../nearest.js";
import { adam, adamW, nadam } from "./adam.js";
import { lion } from "./lion.js";
import type { Optimizer, OptimizerName, OptimizerSettings } from "./optimizer.js";
import { TrainError } from "./pass.js";
import { adagrad, rmsprop } from "./rmsprop.js";
import { sgd } from "./sgd.js";

export type { AdamSettings, NadamSettings } from "./adam.js";
export type { LionSettings } from "./lion.js";
export type { Optimizer, OptimizerName, OptimizerSettings, UpdateParts } from "./optimizer.js";
export type { AdagradSettings, RmspropSettings } from "./rmsprop.js";
export type { SgdSettings } from "./sgd.js";
export { adagrad, adam, adamW, lion, nadam, rmsprop, sgd };

const makers: { [N in OptimizerName]: (settings: never) => Optimizer } = {
  ...{ sgd, adam, adamW, nadam, rmsprop, adagrad, lion },
};

export const optimizerNames = Object.keys(makers) as OptimizerName[];

/** The optimizer that these settings describe. */
export function optimizer(settings: OptimizerSettings): Optimizer {
  if (!Object.hasOwn(makers, settings.name)) {
    throw new TrainError(`train: there is no such optimizer, got ${settings.name}; choose ${anyOf(optimizerNames)}`);
  }
  const { name, ...rest } = settings;
  return makers[name](rest as never);
}
