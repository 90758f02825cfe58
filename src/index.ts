/** netpick: describe, generate, train, study and pick neural networks. */
export * from "./build/index.js";
export { type DataSet, dataSetNames, type Examples, loadData, type Split, type Values } from "./data/index.js";
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
} from "./fit/index.js";
export { netpickingPlan } from "./generate/index.js";
export { type Graph, graphFromJson, hash, print } from "./graph/index.js";
export { analyse, type Figures, figures, op, resolve } from "./op/index.js";
export { adagrad, adam, adamW, lion, nadam, rmsprop, sgd } from "./train/index.js";
