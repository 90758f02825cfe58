export type { Tensor } from "../op/index.js";
export * from "../ops/index.js";
export type { Shape } from "../shape/index.js";
export * from "./branches.js";
export * from "./build.js";
export * from "./compose.js";
export * from "./network.js";
