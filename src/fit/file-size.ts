/** How much a file of a model may hold, and what is said where it holds more. */
import { bytesIn, type FileParts, joinedParts } from "../formats/safetensors.js";

/** A model that cannot be saved so, or a file that holds none. */
export class ModelError extends Error {
  override readonly name = "ModelError";
}

/** What a file holds: all of it, or parts that are fetched. */
export type Content = Uint8Array | FileParts;

/** Protobuf's limit; and as many as every runtime holds in one array. */
const largest = 2 ** 31 - 1;

/** All bytes of an ONNX model; refuses more than one can have. */
export function onnxBytes(content: Content): Uint8Array {
  checkSize("load", content.length, "convert it, its weights in a file beside it");
  return content instanceof Uint8Array ? content : content.part(0, content.length);
}

/** Refuses an ONNX model of more bytes than one can have. */
export function checkSize(doing: "save" | "load", bytes: number, mend: string): void {
  if (bytes <= largest) return;
  throw new ModelError(
    `${doing === "save" ? "save: " : ""}an ONNX model must be below 2 GB, got ${bytes} bytes; ${mend}`,
  );
}

/** All bytes of a file at once, as a page offers it for download; refuses what no array holds. */
export function allBytes(parts: readonly Uint8Array[]): Uint8Array {
  const size = bytesIn(parts);
  if (size <= largest) return joinedParts(parts);
  throw new ModelError(`toBytes: bytes at once must be below 2 GB, got ${size}; write a file with save`);
}
