/** Text and numbers as Python writes them. */

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  "0": "\0",
  "\n": "",
};

/** The text between the quotes of a literal, and whether backslashes stand for themselves. */
export function unquoted(literal: string): { readonly text: string; readonly raw: boolean; readonly start: number } {
  const [, prefix = "", quote = '"'] = /^([a-z]*)("""|'''|"|')/i.exec(literal) ?? [];
  const start = prefix.length + quote.length;
  const end = literal.endsWith(quote) && literal.length >= start + quote.length ? -quote.length : literal.length;
  return { text: literal.slice(start, end), raw: /r/i.test(prefix), start };
}

export const unescaped = (text: string): string =>
  text.replace(/\\(x[0-9a-f]{2}|u[0-9a-f]{4}|[\s\S])/gi, (whole, code: string) =>
    code.length > 1 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (escapes[code] ?? whole),
  );

export function textOf(literal: string): string {
  const { text, raw } = unquoted(literal);
  return raw ? text : unescaped(text);
}

/** Not a number where it is none that a network has, as `2j`. */
export const numberOf = (literal: string): number => Number(literal.replaceAll("_", ""));
