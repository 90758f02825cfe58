/** The parser's tree as lists of children, with the text behind them. */
import { parser } from "@lezer/python";
import { longestSource } from "./limits.js";
import { PyTorchError, type Source } from "./source.js";

export interface Branch {
  /** The grammar's name of it, which for signs and keywords is their text. */
  readonly name: string;
  readonly at: number;
  readonly end: number;
  readonly children: readonly Branch[];
}

/** The tree of a file; what is no Python is refused at its first place. */
export function treeOf(source: Source): Branch {
  if (source.text.length > longestSource) {
    const size = `${source.text.length} characters`;
    throw new PyTorchError(source, 0, `python: a file may have ${longestSource} characters, got ${size}; split it`);
  }
  const stack: { name: string; at: number; end: number; children: Branch[] }[] = [];
  let root: Branch | undefined;
  strictly(source).iterate({
    enter: ({ type, from, to }) => {
      if (type.name === "Comment") return false;
      stack.push({ name: type.name, at: from, end: to, children: [] });
    },
    leave: () => {
      const branch = stack.pop()!;
      if (stack.length > 0) stack.at(-1)!.children.push(branch);
      else root = branch;
    },
  });
  return root!;
}

/** Stops at the first thing that is no Python: to go on and guess what was meant takes long where there is much of it. */
const strict = parser.configure({ strict: true });

/** `0.` and `1.`, which the parser takes for the beginning of another number. */
const endsInPoint = /(?<![\w.])(\d[\d_]*)\.(?![\w.])/g;

function strictly(source: Source) {
  try {
    // `0.` becomes `00`, as long: only the tree is taken from this text.
    return strict.parse(source.text.replace(endsInPoint, "0$1"));
  } catch (error) {
    const at = /at (\d+)/.exec((error as Error).message)?.[1];
    throw at === undefined ? error : noPython(source, Number(at));
  }
}

function noPython(source: Source, at: number): PyTorchError {
  // The parser stops at the end of what it could read; what it could not read comes next.
  const next = at + (/^\s*/.exec(source.text.slice(at, at + 1000))?.[0].length ?? 0);
  const text = /^\S{1,20}/.exec(source.text.slice(next, next + 20))?.[0];
  const got = text === undefined ? "the end of the file" : JSON.stringify(text);
  return new PyTorchError(
    source,
    Math.min(next, source.text.length),
    `python: this is no Python, got ${got}; correct it`,
  );
}
