export type { Budget, Latency } from "./budget.js";
export type { Change } from "./change.js";
export * from "./channels.js";
export { SizeCycleError, sizeCycles } from "./cycles.js";
export type { Deepening } from "./deepen.js";
export * from "./error.js";
export { fitSpatial, type SpatialFit, type SpatialParameter, type SpatialWish } from "./fit-spatial.js";
export type { Growth } from "./grow.js";
export type { KernelOptions } from "./kernel.js";
export * from "./operate.js";
export * from "./plain-sizes.js";

export type { NewOutputs, Weights } from "./rebuild.js";
export type { Replacement } from "./replace.js";
export type { Report } from "./report.js";
export type { Step, Strategy } from "./state.js";
export type { Subject } from "./subject.js";
export { batchNormScale, type Layer, l1, l2, normalised, randomUtility, type Utility } from "./utility.js";
