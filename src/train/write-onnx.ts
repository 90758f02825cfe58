/** A network as an ONNX model for others: any runtime runs it, and netpick reads it back as the same graph. */
import { withMetadata } from "../formats/onnx/index.js";
import type { Graph } from "../graph/index.js";
import { inferenceModel } from "./inference-model.js";
import type { Weights } from "./parameters.js";

/**
 * The forward pass in use with its weights inside: inputs and outputs `[count, ...shape]` under their names, the results
 * of nodes and the weights under those of the graph, shapes annotated. `opset` is from 17 to 21, 18 unless told.
 */
export const writeOnnx = (
  graph: Graph,
  weights: Weights,
  { opset }: { readonly opset?: number } = {},
): Uint8Array<ArrayBuffer> =>
  withMetadata(inferenceModel(graph, { weights, ...(opset === undefined ? {} : { opset }) }), {
    graph: JSON.stringify(graph),
  });
