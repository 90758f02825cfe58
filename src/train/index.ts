export * from "./inference-model.js";
export * from "./losses.js";
export * from "./optimizers.js";
export * from "./parameters.js";
export { backwardPass, forwardPass, TrainError } from "./pass.js";
export * from "./recipe.js";
export type { Source } from "./source.js";
export * from "./training-model.js";
