export type { Change } from "./change.js";
export * from "./error.js";
export * from "./operate.js";
export * from "./plain-sizes.js";
export type { NewOutputs, Weights } from "./rebuild.js";
export type { Report } from "./report.js";
export type { Step, Strategy } from "./state.js";
export { sizeCycles } from "./structure.js";
export type { Layer, LayerUtility, Utility } from "./utility.js";
