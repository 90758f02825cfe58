export { GenerateError } from "./error.js";
export {
  type DrawnStrings,
  drawLayerStrings,
  type LayerStringsOptions,
  publishedVocabulary,
} from "./layer-strings.js";
export { type NetpickingOptions, netpickingNetworks, netpickingPlan, type PlannedNetwork } from "./netpicking.js";
export type { Limits } from "./price.js";
export { activations, type Computation, computations, type PlanActivation } from "./table.js";
export type { Views } from "./views.js";
