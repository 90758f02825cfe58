export * from "./analyse.js";
export * from "./assemble.js";
export * from "./attributes.js";
export * from "./emit.js";
export * from "./layer.js";
export * from "./pointwise.js";
export * from "./record.js";
export type * from "./tensor.js";
