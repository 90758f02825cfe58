/** Settings as objects: a name that none has was mistyped, and would otherwise be trained without. */
import { nearest } from "../nearest.js";
import { TrainError } from "./pass.js";

/** Refuses what is no object, and names that are not among `known`. */
export function checkKnown(where: string, settings: unknown, known: readonly string[]): void {
  if (typeof settings !== "object" || settings === null || Array.isArray(settings)) {
    throw new TrainError(
      `${where}: settings must be an object, got ${got(settings)}; give e.g. { ${known.slice(0, 2).join(", ")} }`,
    );
  }
  const strange = Object.keys(settings).find(key => !known.includes(key));
  if (strange === undefined) return;
  throw new TrainError(`${where}: there is no such setting, got ${strange}; ${nearest(strange, known)}`);
}

/** What was given, as a sentence says it. */
export function got(value: unknown): string {
  if (typeof value === "function") return `the function ${value.name || "without a name"}`;
  if (value === undefined) return "nothing";
  if (typeof value === "number") return `${value}`;
  return JSON.stringify(value) ?? typeof value;
}
