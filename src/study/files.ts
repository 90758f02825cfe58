/** Where the parts of a study lie, and how one part is written: whole or not at all. */
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Content, removeQuietly, temporaryName, writeWhole as writeFile } from "../write-whole.js";
import { errorCode, fileError } from "./error.js";

export const FOLDERS = ["networks", "trials", "weights", "derived"] as const;

export const studyPath = (folder: string) => join(folder, "study.json");
export const networkPath = (folder: string, hash: string) => join(folder, "networks", `${hash}.json`);
export const trialPath = (folder: string, id: string) => join(folder, "trials", `${id}.json`);
export const scoresPath = (folder: string, id: string) => join(folder, "trials", `${id}.parquet`);
export const weightsPath = (folder: string, id: string) => join(folder, "weights", `${id}.safetensors`);
export const derivedPath = (folder: string, name: string) => join(folder, "derived", name);

/** Whole or not at all, with the study's sentence where it cannot be. */
export function writeWhole(file: string, content: Content): void {
  try {
    writeFile(file, content);
  } catch (error) {
    throw fileError("write", file, error);
  }
}

export function makeFolder(folder: string): void {
  try {
    makePath(resolve(folder));
  } catch (error) {
    throw fileError("write", folder, error);
  }
}

/** Step by step: Node's own recursion hides why it failed, and never ends where the system says ENOENT for good. */
function makePath(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(folder) !== folder) makePath(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have made it meanwhile.
    if (errorCode(error) !== "EEXIST" || !statSync(folder).isDirectory()) throw error;
  }
}

/** Removes what killed runs left half written. Only for the process that holds the study's lock. */
export function removeLeftovers(folder: string): void {
  for (const part of [".", ...FOLDERS]) {
    for (const name of list(join(folder, part))) if (temporaryName.test(name)) removeQuietly(join(folder, part, name));
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
