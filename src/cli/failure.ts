/** How failures end: one sentence on standard error and an exit code; only a fault of netpick shows its stack. */
import { StudyError } from "../study/error.js";

/** Wrong use of the command, as opposed to work that found errors. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Ctrl-C, with what it means for the work. */
export class Stopped extends Error {
  override readonly name = "Stopped";
}

/** A file or folder of the user's that cannot be read or written; the message names it. */
export class FileError extends Error {
  override readonly name = "FileError";
  constructor(
    message: string,
    /** Line and column from 1, the line's text, and what is wrong there, where the format tells. */
    readonly place?: {
      readonly line: number;
      readonly column: number;
      readonly source: string;
      readonly error: string;
      /** The other file that the place is in, where it is not in the one that was asked for. */
      readonly in?: string;
    },
  ) {
    super(message);
  }
}

/** Does what writes a file or folder; a failure says which. */
export function writing(verb: string, path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    throw cannotWrite(verb, path, error);
  }
}

/** What a failed write says outside of studies: the file, the system's code, what to do. */
export function cannotWrite(verb: string, path: string, error: unknown): unknown {
  const cause = error instanceof StudyError ? error.cause : error;
  const { code } = cause as NodeJS.ErrnoException;
  return code === undefined ? error : new FileError(`${verb}: cannot write ${path}, got ${code}; choose another place`);
}

/** Errors of the language itself: nobody threw them on purpose. */
const faults = new Set([
  "Error",
  "TypeError",
  "RangeError",
  "ReferenceError",
  "SyntaxError",
  "AssertionError",
  "ZodError",
]);

/** Errors that say that what was asked for cannot be. */
const wrongUse = new Set(["UsageError", "GenerateError"]);

/** Says what went wrong; returns the exit code: 1 for work that found errors, 2 for wrong use, 130 for Ctrl-C. */
export function report(error: unknown): number {
  if (!(error instanceof Error)) throw error;
  if (error.name === "AbortError" || error instanceof Stopped) {
    console.error(error instanceof Stopped ? error.message : "Stopped.");
    return 130;
  }
  if (faults.has(error.name)) {
    console.error(`netpick: this is a fault in netpick, please report it with what you did\n${error.stack}`);
    return 1;
  }
  console.error(error.message);
  return wrongUse.has(error.name) ? 2 : 1;
}

/** Aborts on Ctrl-C or an ordinary kill; a second one ends the process at once. */
export function interruptible(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
    });
  }
  return controller.signal;
}
