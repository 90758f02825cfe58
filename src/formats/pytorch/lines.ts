/**
 * The statements of a file, line by line: its blocks follow from how far lines are moved in, and a line that is like one
 * before it needs no parser. What is not plain is left to the parser as a whole.
 */
import { Forms } from "./forms.js";
import type { Expression, Statement } from "./syntax.js";

/** A statement, of several lines where they stand in brackets; of a longer one what stands before its block. */
interface Line {
  readonly at: number;
  readonly indent: number;
  readonly text: string;
  readonly kind: "simple" | "opens" | "elif" | "else" | "decorator";
  readonly form: string;
}

/** The parser: the statements of a text, or undefined where it is no Python. */
type Parse = (text: string) => readonly Statement[] | undefined;
type Branches = (readonly [test: Expression | undefined, body: readonly Statement[]])[];

/** Undefined where the parser must see the whole file. */
export function statementsByLine(text: string, parse: Parse): readonly Statement[] | undefined {
  const lines = linesOf(text);
  if (!lines) return undefined;
  const forms = new Forms(text);
  // Once for forms, once more for those of which digits decide.
  for (let i = 0; i < 2; i++) if (!learnt(lines, forms, parse)) return undefined;
  return new Blocks(lines, forms).all();
}

/** Texts, comments, brackets and ends of lines; last what makes a file not plain. */
const sign =
  /"""(?:[^"\\]|"(?!""))*"""|'''(?:[^'\\]|'(?!''))*'''|"[^"\\\n]*"(?!")|'[^'\\\n]*'(?!')|#[^\n]*|[([{]|[)\]}]|\n|["'\\\t\f;]|\r(?!\n)/g;

function linesOf(text: string): Line[] | undefined {
  const lines: Line[] = [];
  let start = 0;
  let depth = 0;
  let digitsInTexts = false;
  let plain = true;
  const finish = (end: number, next: number): void => {
    let from = start;
    let to = end;
    while (text[from] === " ") from++;
    while (to > from && (text[to - 1] === " " || text[to - 1] === "\r")) to--;
    if (to > from) {
      const made = lineOf(text.slice(from, to), from, from - start, digitsInTexts);
      if (made) lines.push(made);
      else plain = false;
    }
    start = next;
    digitsInTexts = false;
  };
  sign.lastIndex = 0;
  for (let found = sign.exec(text); found && plain; found = sign.exec(text)) {
    const [what] = found;
    switch (what[0]) {
      case "\n":
        if (depth === 0) finish(found.index, sign.lastIndex);
        break;
      case "#":
        if (depth === 0) finish(found.index, ++sign.lastIndex);
        break;
      case "(":
      case "[":
      case "{":
        depth++;
        break;
      case ")":
      case "]":
      case "}":
        if (--depth < 0) return undefined;
        break;
      default:
        if (what.length === 1) return undefined;
        digitsInTexts ||= /\d/.test(what);
    }
  }
  if (depth > 0) return undefined;
  if (start < text.length) finish(text.length, text.length);
  return plain ? lines : undefined;
}

const opening = /^(?:class|def|if|elif|for|while|with)\b/;
const otherwise = /^else *:$/;
const decorator = /^@[\w.]+$/;
/** What has several blocks, or stands in one line with its block. */
const unread = /^(?:@|(?:else|try|except|finally|async|match|case)\b)/;

/** Undefined for what is not plain. */
function lineOf(text: string, at: number, indent: number, digitsInTexts: boolean): Line | undefined {
  if (otherwise.test(text)) return { at, indent, text, kind: "else", form: "" };
  if (decorator.test(text)) return { at, indent, text, kind: "decorator", form: "" };
  const opens = opening.test(text);
  if (opens !== text.endsWith(":") || unread.test(text)) return undefined;
  // `elif a:` is read as `if a:`.
  const elif = text.startsWith("elif");
  const kept = elif ? text.slice(2) : text;
  const kind = elif ? "elif" : opens ? "opens" : "simple";
  return { at: elif ? at + 2 : at, indent, text: kept, kind, form: Forms.of(kept, digitsInTexts) };
}

/** Characters without a known form, above which nothing is to be gained. */
const mostUnknown = 100_000;

/** Parses those lines of which no form is known; false where that cannot be told apart. */
function learnt(lines: readonly Line[], forms: Forms, parse: Parse): boolean {
  const unknown = new Map<string, Line>();
  for (const line of lines) {
    if (line.form !== "" && !forms.has(line.form, line.text)) unknown.set(forms.key(line.form, line.text), line);
  }
  if (unknown.size === 0) return true;
  const pass = " pass";
  const texts = [...unknown.values()].map(({ text, kind }) => (kind === "simple" ? text : text + pass));
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  const statements = length > mostUnknown ? undefined : parse(`${texts.join("\n")}\n`);
  if (statements?.length !== texts.length) return false;
  let at = 0;
  for (const [i, [key, { text, kind }]] of [...unknown].entries()) {
    const statement = statements[i]!;
    const body = bodyOf(statement);
    const whole = kind === "simple" ? body === undefined : body?.length === 1 && body[0]!.at === at + text.length + 1;
    if (statement.at !== at || !whole) return false;
    forms.learn(key, statement);
    at += texts[i]!.length + 1;
  }
  return true;
}

function bodyOf(statement: Statement): readonly Statement[] | undefined {
  if (statement.kind === "if") return statement.branches[0]![1];
  return "body" in statement ? statement.body : undefined;
}

const deepest = 40;

/** Lines as blocks. */
class Blocks {
  private next = 0;
  private plain = true;
  private depth = 0;

  constructor(
    private readonly lines: readonly Line[],
    private readonly forms: Forms,
  ) {}

  all(): readonly Statement[] | undefined {
    const statements = this.block(0);
    return this.plain && this.next === this.lines.length ? statements : undefined;
  }

  /** The lines of one indentation, with what stands further in. */
  private block(indent: number): readonly Statement[] {
    const statements: Statement[] = [];
    if (++this.depth > deepest) this.plain = false;
    while (this.plain) {
      const line = this.lines[this.next];
      if (!line || line.indent < indent) break;
      if (line.indent > indent) this.plain = false;
      else statements.push(this.statement(line));
    }
    this.depth--;
    return statements;
  }

  private statement(line: Line): Statement {
    const decorators: string[] = [];
    let first = line;
    for (; first.kind === "decorator"; first = this.lines[this.next] ?? line) {
      decorators.push(first.text.slice(1));
      this.next++;
      if (this.lines[this.next]?.indent !== line.indent) this.plain = false;
      if (!this.plain) return { kind: "pass", at: line.at };
    }
    this.next++;
    const statement = this.forms.statement(first.form, first.text, first.at);
    if (!statement || first.kind === "elif") this.plain = false;
    else if (first.kind === "opens") return this.opened(statement, first.indent, decorators);
    if (decorators.length > 0) this.plain = false;
    return statement ?? { kind: "pass", at: line.at };
  }

  private opened(statement: Statement, indent: number, decorators: readonly string[]): Statement {
    const body = this.inner(indent);
    switch (statement.kind) {
      case "if":
        if (decorators.length > 0) this.plain = false;
        return { ...statement, branches: this.branches(statement.branches[0]![0], body, indent) };
      case "function":
        return { ...statement, body, decorators };
      case "class":
        return { ...statement, body };
      default:
        if (decorators.length > 0) this.plain = false;
        return { ...statement, body } as Statement;
    }
  }

  /** The block that must follow. */
  private inner(indent: number): readonly Statement[] {
    const line = this.lines[this.next];
    if (!line || line.indent <= indent) this.plain = false;
    return this.plain ? this.block(line!.indent) : [];
  }

  private branches(test: Expression | undefined, body: readonly Statement[], indent: number): Branches {
    const branches: Branches = [[test, body]];
    for (;;) {
      const line = this.lines[this.next];
      const goesOn = line?.indent === indent && (line.kind === "elif" || line.kind === "else");
      if (!goesOn || !this.plain || branches.at(-1)![0] === undefined) return branches;
      this.next++;
      const statement = line.kind === "elif" ? this.forms.statement(line.form, line.text, line.at) : undefined;
      branches.push([statement?.kind === "if" ? statement.branches[0]![0] : undefined, this.inner(indent)]);
    }
  }
}
