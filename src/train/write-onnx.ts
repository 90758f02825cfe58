/** A network as an ONNX model for others: any runtime runs it, and netpick reads it back as the same graph. */
import { type ModelFiles, modelFiles, OnnxError, type OutsideOptions } from "../formats/onnx/index.js";
import type { Graph } from "../graph/index.js";
import { inferenceGraph } from "./inference-model.js";
import type { Weights } from "./parameters.js";

export interface WriteOnnxOptions {
  /** Version of ONNX's operators, from 17 to 21; 18 unless told, or a newer one that a node of another program needs. */
  readonly opset?: number | undefined;
}

/**
 * The forward pass in use with its weights inside: inputs and outputs `[count, ...shape]` under their names, the results
 * of nodes and the weights under those of the graph, shapes annotated. Refuses weights above 2 GB.
 */
export function writeOnnx(graph: Graph, weights: Weights, options: WriteOnnxOptions = {}): Uint8Array<ArrayBuffer> {
  const { model, outside } = writeOnnxFiles(graph, weights, { ...options, location: "weights" });
  if (outside.length === 0) return model;
  const total = outside.reduce((sum, { length }) => sum + length, 0);
  throw new OnnxError(
    `onnx: a model must be below 2 GB, got ${total} bytes of weights; write them beside it, with writeOnnxFiles`,
  );
}

/** The same, and beside it, under the name `location`, the weights where they are more than a model may hold. */
export const writeOnnxFiles = (
  graph: Graph,
  weights: Weights,
  { opset, ...options }: WriteOnnxOptions & OutsideOptions,
): ModelFiles => modelFiles(inferenceGraph(graph, { weights }), opset, { graph: JSON.stringify(graph) }, options);
