export * from "./fit.js";
export type { FitEpoch, FitEvent } from "./fit-work.js";
export * from "./metrics.js";
export * from "./trainer.js";
