/** Models of more than a file may hold: the large numbers lie in another file beside it. */
import { modelBytes } from "./builder.js";
import { OnnxError } from "./read.js";
import { type OnnxGraph, type OnnxTensor, withMetadata } from "./schema.js";

export interface ModelFiles {
  readonly model: Uint8Array<ArrayBuffer>;
  /** What stands in the other file, one part behind another; nothing where all numbers are in the model. */
  readonly outside: readonly Uint8Array[];
}
export interface OutsideOptions {
  /** What the model calls the other file: a name in its own folder. */
  readonly location: string;
  /** Most bytes of numbers in the model; as many as protobuf's 2 GB hold, with 16 MB for the rest, unless told. */
  readonly largest?: number;
}

/** Protobuf ends at 2 GB. */
export const largestInside = 2 ** 31 - 2 ** 24;
/** Where a tensor may begin in the other file, so that it can be mapped into memory. */
const page = 4096;
/** Smaller tensors stay in the model: ONNX Runtime reads sizes and axes there alone. */
const leastOutside = 1024;

const bytesIn = ({ rawData }: OnnxTensor): number => rawData?.length ?? 0;

/** The model, for a version of the operators, and what of it lies outside. */
export function modelFiles(
  graph: OnnxGraph,
  version: number | undefined,
  metadata: Readonly<Record<string, string>>,
  { location, largest = largestInside }: OutsideOptions,
): ModelFiles {
  const isSmall = graph.initializer.reduce((sum, tensor) => sum + bytesIn(tensor), 0) <= largest;
  if (isSmall) return { model: withMetadata(modelBytes(graph, version), metadata), outside: [] };
  const outside: Uint8Array[] = [];
  let at = 0;
  const initializer = graph.initializer.map((tensor): OnnxTensor => {
    const { rawData, ...rest } = tensor;
    if (!rawData || rawData.length < leastOutside) return tensor;
    const gap = (page - (at % page)) % page;
    outside.push(new Uint8Array(gap), rawData);
    const told = { location, offset: at + gap, length: rawData.length };
    at += gap + rawData.length;
    const externalData = Object.entries(told).map(([key, value]) => ({ key, value: String(value) }));
    return { ...rest, externalData, dataLocation: 1 };
  });
  const inside = initializer.reduce((sum, tensor) => sum + bytesIn(tensor), 0);
  if (inside > largest) {
    throw new OnnxError(
      `onnx: at most ${largest} bytes may stand in a model, got ${inside} of small tensors; write a smaller network`,
    );
  }
  return { model: withMetadata(modelBytes({ ...graph, initializer }, version), metadata), outside };
}
