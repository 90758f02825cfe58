/** Models on the disk. */
import { readFileSync, statSync } from "node:fs";
import { writeWhole } from "../write-whole.js";
import { checkModelName, decodedModel, encodedModel, largestFile, ModelError, type SavedModel } from "./model-file.js";

/** Writes the model, whole or not at all; the ending decides the format. */
export const writeModel = (file: string, model: SavedModel): void => writeBytes(file, encodedModel(file, model));

/** Reads what `writeModel` wrote; refuses everything else in a sentence that names the file. */
export function readModel(file: string): SavedModel {
  checkModelName(file, "load");
  return decodedModel(file, readBytes(file));
}

export function writeBytes(file: string, bytes: Uint8Array): void {
  try {
    writeWhole(file, bytes);
  } catch (error) {
    throw systemError("save: cannot write", file, error, "choose another place");
  }
}

export function readBytes(file: string): Uint8Array {
  try {
    const stat = statSync(file);
    if (!stat.isFile()) throw new ModelError(`load: ${file} must be a file, got something else; give one`);
    if (stat.size > largestFile) {
      throw new ModelError(`load: ${file} must be below 2 GB, got ${stat.size} bytes; give a smaller one`);
    }
    return readFileSync(file);
  } catch (error) {
    throw systemError("load: cannot read", file, error, "check its name and permissions");
  }
}

function systemError(doing: string, file: string, error: unknown, mend: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? error : new ModelError(`${doing} ${file}, got ${code}; ${mend}`, { cause: error });
}
