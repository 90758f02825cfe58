/** Models on the disk. */
import { closeSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { type External, OnnxError } from "../formats/onnx/index.js";
import type { FileParts } from "../formats/safetensors.js";
import { writeWhole } from "../write-whole.js";
import { checkModelName, decodedModel, encodedModel, ModelError, type SavedModel } from "./model-file.js";

/** Writes the model, whole or not at all; the ending decides the format. */
export const writeModel = (file: string, model: SavedModel): void => writeParts(file, encodedModel(file, model));

/** Reads what `writeModel` wrote; refuses everything else in a sentence that names the file. */
export function readModel(file: string): SavedModel {
  checkModelName(file, "load");
  return decodedModel(file, fileParts(file), { external: beside(file) });
}

/**
 * Fetches numbers that lie in files of the model's own folder, or below it, each part once: what links lead out of it,
 * what ends before its part, and parts that are more than the whole are refused.
 */
export function beside(model: string): External {
  const folder = dirname(model);
  const given = new Map<string, number>();
  return (location, offset, length) => {
    const place = join(folder, location);
    try {
      const path = realpathSync(place);
      if (!path.startsWith(join(realpathSync(folder), sep))) {
        throw new OnnxError(
          `onnx: numbers must lie in the model's own folder, got ${location} elsewhere; copy the file`,
        );
      }
      const total = (given.get(location) ?? 0) + length;
      given.set(location, total);
      const stat = statSync(path);
      if (!stat.isFile()) {
        throw new OnnxError(`onnx: ${location} must be a file, got something else; give the files beside the model`);
      }
      const { size } = stat;
      if (offset + length > size || total > size) {
        throw new OnnxError(
          `onnx: ${location} must have ${Math.max(offset + length, total)} bytes, got ${size}; the file is damaged`,
        );
      }
      return part(path, offset, length);
    } catch (error) {
      throw systemError("load: cannot read", place, error, "give the files beside the model");
    }
  };
}

function part(path: string, offset: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  const file = openSync(path, "r");
  try {
    for (let at = 0; at < length; ) {
      // One call reads no more than 2 GB.
      const count = readSync(file, bytes, at, Math.min(length - at, 2 ** 30), offset + at);
      if (count === 0) {
        throw new ModelError(`load: ${path} must have ${offset + length} bytes, got ${offset + at}; read it again`);
      }
      at += count;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

export function writeParts(file: string, parts: readonly Uint8Array[]): void {
  try {
    writeWhole(file, parts);
  } catch (error) {
    throw systemError("save: cannot write", file, error, "choose another place");
  }
}

/** A file of any size; parts are read when they are asked for. */
export function fileParts(file: string): FileParts {
  const reading = <T>(read: () => T): T => {
    try {
      return read();
    } catch (error) {
      throw systemError("load: cannot read", file, error, "check its name and permissions");
    }
  };
  const length = reading(() => {
    const stat = statSync(file);
    if (!stat.isFile()) throw new ModelError(`load: ${file} must be a file, got something else; give one`);
    return stat.size;
  });
  return { length, part: (at, count) => reading(() => part(file, at, count)) };
}

function systemError(doing: string, file: string, error: unknown, mend: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? error : new ModelError(`${doing} ${file}, got ${code}; ${mend}`, { cause: error });
}
