/** netpick edit: sizes and structure of a network. */
import { operate, type Strategy } from "../surgery/index.js";
import { type Asked, allEdits } from "./edits.js";
import { UsageError } from "./failure.js";
import { applied, operated, type SurgeryOptions } from "./operated.js";

interface Options extends SurgeryOptions, Pick<Strategy, "alignment" | "onFailure"> {
  readonly exact?: true;
  readonly path?: true;
}

export async function run(asked: readonly Asked[], file: string, options: Options): Promise<number> {
  if (asked.length === 0) {
    throw new UsageError("edit: there is nothing to do, got no edit; give --resize, --remove or another of them");
  }
  const { exact, path, alignment, onFailure, frozen } = options;
  const strategy: Strategy = {
    ...(exact && { fallback: "refuse" }),
    ...(path && { resolve: "path" }),
    ...(alignment && { alignment }),
    ...(onFailure && { onFailure }),
    ...(frozen && { frozen }),
  };
  return operated("edit", file, options, subject => applied(allEdits(operate(subject, strategy), asked)));
}
