export * from "./builder.js";
export { type ElementType, encodeModel, type OnnxGraph } from "./schema.js";
