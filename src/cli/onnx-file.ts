/** ONNX models of other programs: networks and weights out of what their operators say. */
import { beside, fileParts } from "../fit/disk.js";
import { ModelError, onnxBytes } from "../fit/file-size.js";
import { decodeModel, OnnxError, type OnnxReading, readOnnx } from "../formats/onnx/index.js";
import "../ops/index.js";
import type { Shape } from "../shape/index.js";
import { FileError } from "./failure.js";

/** The network of a model that another program wrote; undefined where netpick saved it. Says what is worth a note. */
export function readOtherOnnx(file: string, shapes: readonly Shape[] = []): OnnxReading | undefined {
  try {
    const bytes = onnxBytes(fileParts(file));
    const { metadataProps = [], graph } = decodeModel(bytes);
    if (metadataProps.some(({ key }) => key === "netpick")) return undefined;
    const stored = new Set(graph?.initializer.map(({ name }) => name));
    const ports = (graph?.input ?? []).filter(({ name }) => !stored.has(name));
    const inputs = Object.fromEntries(shapes.map((shape, i) => [ports[i]?.name ?? "", shape]));
    return readOnnx(bytes, { inputs, external: beside(file) });
  } catch (error) {
    throw error instanceof OnnxError || error instanceof ModelError
      ? new FileError(`${file}: ${error.message}`)
      : error;
  }
}
