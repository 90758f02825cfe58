/** netpick: describe, generate, train, study and pick neural networks. */
export * from "./build/index.js";
export { type DataSet, dataSetNames, loadData, type Split } from "./data/index.js";
export { type Checkpoint, type FitEvent, type FitOptions, Fitting, Model, type Prediction } from "./fit/index.js";
export { netpickingPlan } from "./generate/index.js";
export { type Graph, graphFromJson, hash, print } from "./graph/index.js";
export { analyse, type Figures, figures, op, resolve } from "./op/index.js";
export { adagrad, adam, adamW, lion, nadam, rmsprop, sgd } from "./train/index.js";
