/** Calls of Python whose arguments are constants: signatures with defaults, and modules as ops spell them. */

/** A constant of Python; tuples and lists are both lists here. */
export type Literal = number | string | boolean | null | readonly Literal[];

/** A word that stands for a value, as in `stride=kernel_size`. */
export interface Word {
  readonly word: string;
}
export interface Argument {
  /** The keyword; in a signature, the parameter's name, with a star in front where it takes the rest. */
  readonly name: string | undefined;
  readonly value: Literal | Word | undefined;
  /** It stands in square brackets: a list of sizes, each of which counts, and no size per axis. */
  readonly isList?: true;
}
export interface PythonCall {
  readonly name: string;
  readonly arguments: readonly Argument[];
}

export const isWord = (value: unknown): value is Word => typeof value === "object" && value !== null && "word" in value;

const token = /\s*(?:(-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)|"([^"]*)"|'([^']*)'|(\*?[A-Za-z_][\w.]*)|([()[\],=]))/iy;
const constants: Readonly<Record<string, Literal>> = { True: true, False: false, None: null };

/** `nn.Linear(784, 10, bias=False)`, or a signature; whoever wrote it is an op's file, so that a mistake is a fault. */
export function parseCall(text: string): PythonCall {
  const tokens = tokensOf(text);
  let at = 0;
  const next = () => tokens[at++];
  const value = (): Literal | Word => {
    const one = next();
    if (typeof one === "object") return one.text;
    if (one === "(" || one === "[") return sequence(one === "(" ? ")" : "]");
    if (one === undefined || typeof one === "string") {
      const word = one?.replace(/^@/, "");
      if (word !== undefined && word !== one) return word in constants ? constants[word]! : { word };
      throw new Error(`${text}: this is no call with constants`);
    }
    return one;
  };
  const sequence = (end: string): Literal => {
    const items: Literal[] = [];
    while (tokens[at] !== end) {
      items.push(value() as Literal);
      if (tokens[at] === ",") at++;
    }
    at++;
    return items;
  };
  const name = value();
  if (!isWord(name) || next() !== "(") throw new Error(`${text}: this is no call`);
  const given: Argument[] = [];
  while (tokens[at] !== ")") {
    let list = tokens[at] === "[" ? ({ isList: true } as const) : {};
    const first = value();
    if (isWord(first)) {
      const keyword = tokens[at] === "=";
      if (keyword) at++;
      list = keyword && tokens[at] === "[" ? { isList: true } : {};
      given.push({ name: first.word, value: keyword ? value() : undefined, ...list });
    } else given.push({ name: undefined, value: first, ...list });
    if (tokens[at] === ",") at++;
  }
  return { name: name.word, arguments: given };
}

/** Words are marked with `@`, so that they are told from brackets. */
function tokensOf(text: string): (number | string | { readonly text: string })[] {
  const found: (number | string | { readonly text: string })[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.trimEnd().length) {
    const match = token.exec(text);
    if (!match) throw new Error(`${text}: this is no call with constants`);
    const [, number, double, single, word, sign] = match;
    if (number !== undefined) found.push(Number(number));
    else if (word !== undefined) found.push(`@${word}`);
    else found.push(sign ?? { text: double ?? single! });
  }
  return found;
}

/** A constant as Python writes it; a list of one is a tuple with its comma. */
export function python(value: Literal): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : `float("${value < 0 ? "-" : ""}inf")`;
  return value.length === 1 ? `(${python(value[0]!)},)` : `(${value.map(python).join(", ")})`;
}
