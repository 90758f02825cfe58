/**
 * Lines of one form, parsed once. Files of a kind say `self.f3 = nn.Conv2d(in_channels=16, ...)` thousands of times with other
 * digits; the parser takes most of the time of reading them. A line of which all but the digits has been parsed before is
 * that statement with its own digits, and the parser sees a single letter in its place.
 */
import { numberOf } from "./strings.js";
import type { Statement } from "./syntax.js";

interface Template {
  readonly statement: Statement;
  /** Where its line began. */
  readonly at: number;
}
interface Line {
  /** The line with every digit a zero. */
  readonly form: string;
  readonly at: number;
}

/** Of all files that this program has read. */
let templates = new Map<string, Template>();
const mostTemplates = 10_000;
const longestLine = 1000;

export class Forms {
  /** What the parser is given: as long as the file, with a letter for each line of a known form. */
  readonly text: string;
  private readonly lines = new Map<number, Line>();

  constructor(private readonly source: string) {
    this.text = this.masked();
  }

  private masked(): string {
    // Lines that go on: what one means depends on others.
    if (/\\|\f/.test(this.source)) return this.source;
    let depth = 0;
    let at = 0;
    let text = "";
    for (const line of this.source.split("\n")) {
      const bare = line.replace(/"""[^"]*"""|"[^"]*"|'[^']*'/g, '""').replace(/#.*/, "");
      const opened = depth;
      for (const [bracket] of bare.matchAll(/[()[\]{}]/g)) depth += "([{".includes(bracket) ? 1 : -1;
      // A text over several lines, or a quote in a text or comment.
      if (/""["']|'/.test(bare)) return this.source;
      text += at === 0 ? "" : "\n";
      text += opened === 0 && depth === 0 ? this.line(line, bare, at) : line;
      at += line.length + 1;
    }
    return text;
  }

  /** The line as the parser shall see it. */
  private line(line: string, bare: string, at: number): string {
    const indent = /^[ \t]*/.exec(line)![0].length;
    if (!isPlain(line, bare)) return line;
    const form = line.slice(indent).replace(/\d/g, "0");
    this.lines.set(at + indent, { form, at: at + indent });
    return templates.has(form) ? `${line.slice(0, indent)}x${" ".repeat(line.length - indent - 1)}` : line;
  }

  /** The statement that stands there, where its form is known. */
  known(at: number): Statement | undefined {
    const line = this.lines.get(at);
    const template = line && this.text[at] === "x" ? templates.get(line.form) : undefined;
    return template && moved(template.statement, at - template.at, this.source);
  }

  /** Keeps the form of a statement that has been parsed. */
  learn(at: number, statement: Statement): void {
    const line = this.lines.get(at);
    if (!line || !holdsPlaces(statement)) return;
    if (templates.size >= mostTemplates) templates = new Map();
    templates.set(line.form, { statement, at });
  }
}

/** Whether a line is a whole statement, whatever stands around it, in which digits stand in names and decimal numbers only. */
const isPlain = (line: string, bare: string): boolean =>
  line.length <= longestLine &&
  /^[ \t]*[A-Za-z_][^#;:]*$/.test(line) &&
  !/^[ \t]*(class|def|if|elif|else|for|while|with|try|except|finally|async|match|case)\b/.test(line) &&
  !/["'][^"']*\d[^"']*["']|"""|\b0[xob]/i.test(line) &&
  bare.trim() !== "";

/** Whether all digits of a statement stand where its places say, so that another line's can be put there. */
function holdsPlaces(part: unknown): boolean {
  if (typeof part === "string") return !/\d/.test(part);
  if (typeof part !== "object" || part === null) return true;
  return Object.entries(part).every(([key, value]) => (key === "name" && isNamed(part)) || holdsPlaces(value));
}

const isNamed = (part: object): boolean => {
  const { kind } = part as { kind?: string };
  return kind === "name" || kind === "attribute";
};

const number = /[\d_]*\.?[\d_]*(?:e[+-]?[\d_]+)?/iy;

/** A part of a statement of the same form, so much further on, with the digits that stand in the text there. */
function moved<T>(part: T, by: number, text: string): T {
  if (typeof part !== "object" || part === null) return part;
  if (Array.isArray(part)) return part.map(one => moved(one, by, text)) as T;
  const made: Record<string, unknown> = {};
  for (const key in part) made[key] = moved(part[key], by, text);
  if (typeof made.at !== "number") return made as T;
  const at = made.at + by;
  made.at = at;
  if (isNamed(made)) made.name = text.slice(at, at + (made.name as string).length);
  else if (typeof made.value === "number" && made.kind === "constant") {
    number.lastIndex = at;
    made.value = numberOf(number.exec(text)![0]);
  }
  return made as T;
}
