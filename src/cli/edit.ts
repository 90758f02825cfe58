/** netpick edit: sizes and structure of a network. */
import type { Change } from "../surgery/index.js";
import { UsageError } from "./failure.js";
import { operated, type SurgeryOptions } from "./operated.js";

interface Options extends SurgeryOptions {
  readonly resize?: readonly string[];
  readonly remove?: readonly string[];
  readonly exact?: true;
}

export async function run(file: string, options: Options): Promise<number> {
  const { resize = [], remove = [], exact } = options;
  if (resize.length + remove.length === 0) {
    throw new UsageError("edit: there is nothing to do, got no edit; give --resize or --remove");
  }
  const changes = Object.fromEntries(resize.map(changeOf));
  return operated("edit", file, options, exact ? { fallback: "refuse" } : {}, operation => {
    const resized = resize.length > 0 ? operation.resize(changes) : operation;
    return remove.reduce((one, name) => one.remove(name), resized);
  });
}

/** `conv1=-3`, `conv2=+8`: channels fewer or more; `conv3=16`: so many. */
function changeOf(text: string): [string, Change] {
  const found = /^(.+)=([+-]?)(\d+)$/.exec(text);
  if (!found) throw new UsageError(`edit: a change is LAYER=-3, LAYER=+8 or LAYER=16, got ${text}; write it so`);
  const [, name, sign, digits] = found as unknown as [string, string, string, string];
  const count = Number(digits);
  return [name, sign === "" ? { to: count } : { by: sign === "-" ? -count : count }];
}
