/** A Python file and the places in it. */

export interface Source {
  /** As errors call it. */
  readonly file: string;
  readonly text: string;
}

/** What cannot be read of a Python file, and where. */
export class PyTorchError extends Error {
  override readonly name = "PyTorchError";
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** The line of the file. */
  readonly sourceLine: string;

  constructor(
    source: Source,
    at: number,
    /** What is wrong, what was found, what would be understood. */
    readonly sentence: string,
  ) {
    const before = source.text.slice(0, at);
    const start = before.lastIndexOf("\n") + 1;
    const end = source.text.indexOf("\n", at);
    const line = before.split("\n").length;
    const sourceLine = shortened(source.text.slice(start, end < 0 ? undefined : end).replace(/\r$/, ""));
    const column = at - start + 1;
    const marker = column <= longestLine ? `\n    ${" ".repeat(column - 1)}^` : "";
    super(`${source.file}:${line}:${column}: ${sentence}\n    ${sourceLine}${marker}`);
    this.file = source.file;
    this.line = line;
    this.column = column;
    this.sourceLine = sourceLine;
  }
}

const longestLine = 200;
const shortened = (line: string): string => (line.length > longestLine ? `${line.slice(0, longestLine)}...` : line);
