/** What both doors of this room export. */
export { channelWorth, type MeasuredWorth, type WorthSettings } from "./channel-worth.js";
export { type CheckpointParts, checkpointParts, editedCheckpoint } from "./checkpoint-parts.js";
export type { ClassEvaluation, Evaluation, ScoreOptions, ValueMetrics } from "./evaluation.js";
export * from "./fit.js";
export type { FitOptions } from "./fit-options.js";
export { type LatencySettings, latencyOf } from "./latency.js";
export * from "./metrics.js";
export { checkModelName, type LoadOptions, ModelError } from "./model-file.js";
export { type LossFunction, type LossOption, recipeOf } from "./recipe-of.js";
export type { Samples, TrainData } from "./samples.js";
export * from "./stepper.js";
export type { FitEpoch, FitEvent } from "./task.js";
export * from "./trainer.js";
export type { TrainingFileOptions } from "./training-file.js";

import "./training-file.js";
