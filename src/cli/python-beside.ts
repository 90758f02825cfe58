/** Where Python looks for what a file imports, as far as that is another file of the same project. */
import { statSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** Folders above the file in which an absolute import may begin: a project's root is seldom further up. */
const highest = 4;

/**
 * The path of a module as an import names it, seen from the file that imports it: `.blocks` is beside that file,
 * `..blocks` one folder up, `models.blocks` in its folder or in one above. Undefined where there is no such file.
 */
export function pathBeside(module: string, importer: string): string | undefined {
  const [, dots = "", names = ""] = /^(\.*)([\w.]*)$/.exec(module) ?? [];
  const path = names.split(".").join("/");
  let folder = dirname(importer);
  for (let i = 1; i < dots.length; i++) folder = join(folder, "..");
  const ways = dots === "" ? highest + 1 : 1;
  for (let i = 0; i < ways; i++, folder = join(folder, "..")) {
    const found = [`${join(folder, path)}.py`, join(folder, path, "__init__.py")].find(isFile);
    if (found && relative(found, importer) !== "") return found;
  }
  return undefined;
}

/** What is below a file, or too long a name, is none either. */
function isFile(path: string): boolean {
  try {
    // Most are not there: an error for each would take longer than to look.
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false;
  }
}
