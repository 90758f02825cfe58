/** Classes of packages that are made of ops, as Python of our own: they are interpreted like the user's. */
import { parse } from "./parse.js";
import type { Source } from "./source.js";
import type { Statement } from "./syntax.js";
import { torchvisionText } from "./torchvision.js";
import { transformerText } from "./transformer-layers.js";
import { own } from "./values.js";

interface Composed {
  readonly source: Source;
  readonly statements: readonly Statement[];
}
const texts: Readonly<Record<string, (name: string) => string | undefined>> = {
  torchvision: torchvisionText,
  nn: transformerText,
};
const parsed = new Map<string, Composed>();

/** A class by its package and name, parsed once for all files that use it. */
export function composed(from: string, name: string): Composed | undefined {
  const text = own(texts, from)?.(name);
  if (text === undefined) return undefined;
  const source = { file: `<${from}>`, text };
  const found = parsed.get(`${from}.${name}`) ?? { source, statements: parse(source) };
  parsed.set(`${from}.${name}`, found);
  return found;
}
