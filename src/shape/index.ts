export type * from "./attribute-types.js";
export * from "./axis.js";
export type * from "./axis-types.js";
export type { Add, Difference, Divided, Divides, Mul, Scaled } from "./nat.js";
export * from "./shape.js";
export type * from "./types.js";
export * from "./window.js";
export type * from "./window-types.js";
