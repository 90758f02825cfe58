export * from "./builder.js";
export { decodeModel, OnnxError } from "./read.js";
export { type ElementType, encodeModel, type OnnxGraph, withMetadata } from "./schema.js";
