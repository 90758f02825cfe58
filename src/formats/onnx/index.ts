export * from "./builder.js";
export { type OnnxReading, type OnnxReport, type ReadOnnxOptions, readOnnx } from "./graph.js";
export { largestInside, type ModelFiles, modelFiles, type OutsideOptions } from "./outside.js";
export { decodeModel, OnnxError } from "./read.js";
export { encodeModel, type OnnxGraph, withMetadata } from "./schema.js";
export { type External, storedTensors, wide } from "./tensors.js";
export { OnnxVersionError, renamed } from "./versions.js";
