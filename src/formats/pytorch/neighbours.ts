/** The other files of a project that a file imports from: parsed as it is, and never run. */
import { mostFiles } from "./limits.js";
import { undecided } from "./operators.js";
import { parse } from "./parse.js";
import { PyTorchError, type Source } from "./source.js";
import type { Statement } from "./syntax.js";

/**
 * The file of a module as an import names it (`.blocks`, `..ops.misc`, `models.blocks`), seen from the file that
 * imports it; undefined where there is none.
 */
export type Beside = (module: string, importer: string) => Source | undefined;

export interface Neighbour {
  readonly source: Source;
  /** Why its text is no Python, where it is none. */
  readonly statements: readonly Statement[] | PyTorchError;
}

/** Each file is parsed once, whoever imports it. */
export class Neighbours {
  private readonly files = new Map<string, Neighbour>();
  constructor(private readonly beside: Beside) {}

  find(module: string, importer: string): Neighbour | undefined {
    const source = this.beside(module, importer);
    if (!source) return undefined;
    const before = this.files.get(source.file);
    if (before) return before;
    if (this.files.size >= mostFiles)
      undecided(`python: a network may be in ${mostFiles} files, got more; put its classes together`);
    const made = { source, statements: parsed(source) };
    this.files.set(source.file, made);
    return made;
  }
}

function parsed(source: Source): Neighbour["statements"] {
  try {
    return parse(source);
  } catch (error) {
    if (error instanceof PyTorchError) return error;
    throw error;
  }
}
