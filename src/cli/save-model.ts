/** A trained network as a file: refused before anything is trained where it cannot be. */
import { accessSync, constants } from "node:fs";
import { dirname } from "node:path";
import { checkModelName, ModelError } from "../fit/index.js";
import { cannotWrite, UsageError } from "./failure.js";

/** Refuses a name that no format has, and a folder that is not there or not to be written to. */
export function checkModelFile(file: string): void {
  try {
    checkModelName(file);
    accessSync(dirname(file), constants.W_OK);
  } catch (error) {
    throw error instanceof ModelError ? new UsageError(error.message) : cannotWrite("train", file, error);
  }
}
