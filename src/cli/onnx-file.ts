/** ONNX models of other programs: networks and weights out of what their operators say. */
import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join, normalize } from "node:path";
import { decodeModel, OnnxError, type OnnxReading, readOnnx } from "../formats/onnx/index.js";
import "../ops/index.js";
import type { Shape } from "../shape/index.js";
import { FileError } from "./failure.js";

/** The network of a model that another program wrote; undefined where netpick saved it. Says what is worth a note. */
export function readOtherOnnx(file: string, shapes: readonly Shape[] = []): OnnxReading | undefined {
  try {
    const bytes = readFileSync(file);
    const { metadataProps = [], graph } = decodeModel(bytes);
    if (metadataProps.some(({ key }) => key === "netpick")) return undefined;
    const stored = new Set(graph?.initializer.map(({ name }) => name));
    const ports = (graph?.input ?? []).filter(({ name }) => !stored.has(name));
    const inputs = Object.fromEntries(shapes.map((shape, i) => [ports[i]?.name ?? "", shape]));
    return readOnnx(bytes, { inputs, external: (location, offset, length) => beside(file, location, offset, length) });
  } catch (error) {
    throw error instanceof OnnxError ? new FileError(`${file}: ${error.message}`) : error;
  }
}

/** A part of a file in the model's own folder, or below it. */
function beside(file: string, location: string, offset: number, length: number): Uint8Array {
  const path = normalize(location);
  if (isAbsolute(path) || path.startsWith("..")) {
    throw new OnnxError(`onnx: numbers must lie in the model's own folder, got ${location}; put the file there`);
  }
  const bytes = readFileSync(join(dirname(file), path));
  return bytes.subarray(offset, offset + length);
}
