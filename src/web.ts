/** netpick in a browser: all that needs neither files nor child processes; training by onnxruntime-web, in this thread. */
export * from "./build/index.js";
export type { DataSet, Examples, Split, Values } from "./data/data-set.js";
export { digitsOf } from "./data/digit-files.js";
export {
  type Checkpoint,
  type Evaluation,
  type FitEvent,
  type FitOptions,
  Fitting,
  type LossFunction,
  Model,
  ModelError,
  type Prediction,
  Stepper,
} from "./fit/web.js";
export { netpickingPlan } from "./generate/index.js";
export { type Graph, graphFromJson, hash, print } from "./graph/index.js";
export { analyse, type Figures, figures, op, resolve } from "./op/index.js";
export type { Session, Tensor as RuntimeTensor, Tensors } from "./runtime/session.js";
export { startRuntime, type WebRuntimeOptions, webSession } from "./runtime/web.js";
export { adagrad, adam, adamW, lion, nadam, rmsprop, sgd } from "./train/index.js";
