/**
 * Statements of one form, parsed once. Files of a kind say `self.f3 = nn.Conv2d(in_channels=16, ...)` thousands of times with
 * other digits, and the parser takes most of the time of reading them. A statement of which all but the digits has been
 * parsed before is that statement with its own digits.
 */
import { numberOf } from "./strings.js";
import type { Statement } from "./syntax.js";

/** A statement with the place and the digits that it has in a text, in which it stands so much further on. */
type Build = (by: number, text: string) => unknown;
interface Form {
  readonly build: Build;
  /** Where the statement stood when it was parsed. */
  readonly at: number;
  /** Whether all digits stand where its places say, so that those of another statement can be put there. */
  readonly open: boolean;
}

/** Of all files that this program has read. */
let shared = new Map<string, Form>();
/** Characters of all of them together; a form takes some hundred times that in memory. */
let kept = 0;
const mostKept = 400_000;

/** The forms that one file needs. */
export class Forms {
  private readonly mine = new Map<string, Form>();

  constructor(private readonly text: string) {}

  /** What statements have in common that differ in digits alone, or in a class's name. */
  static of(statement: string, digitsInTexts: boolean): string {
    const named = statement.startsWith("class")
      ? statement.replace(className, (_, word: string, name: string) => word + "_".repeat(name.length))
      : statement;
    return digitsInTexts || /\b0[xob]/i.test(named) ? `=${named}` : named.replace(/\d/g, "0");
  }

  /** The statement of that text and place, where one of its form has been parsed. */
  statement(form: string, text: string, at: number): Statement | undefined {
    const found = this.find(form, text);
    return found && (found.build(at - found.at, this.text) as Statement);
  }

  /** What it is kept under: its form, or its very text where digits decide. */
  key(form: string, text: string): string {
    return this.get(form)?.open === false ? `=${text}` : form;
  }

  has(form: string, text: string): boolean {
    return this.find(form, text) !== undefined;
  }

  /** Keeps a statement that has been parsed. */
  learn(key: string, statement: Statement): void {
    const exact = key.startsWith("=");
    const open = exact || !/\d/.test(key) || holdsPlaces(statement);
    const form: Form = { build: builder(statement, exact)!, at: statement.at, open };
    this.mine.set(key, form);
    kept += key.length;
    if (kept > mostKept) {
      shared = new Map();
      kept = key.length;
    }
    shared.set(key, form);
  }

  private find(form: string, text: string): Form | undefined {
    const found = this.get(form);
    return found?.open === false ? this.get(`=${text}`) : found;
  }

  private get(key: string): Form | undefined {
    return shared.get(key) ?? this.mine.get(key);
  }
}

const className = /^(class +)([^\s(:]+)/;

function holdsPlaces(part: unknown): boolean {
  if (typeof part === "string") return !/\d/.test(part);
  if (typeof part !== "object" || part === null) return true;
  return Object.entries(part).every(([key, value]) => (key === "name" && isNamed(part)) || holdsPlaces(value));
}

const isNamed = (part: object): boolean => {
  const { kind } = part as { kind?: string };
  return kind === "name" || kind === "attribute" || kind === "class";
};

/** Undefined for what is the same in every statement of the form, which an exact one's digits are, too. */
function builder(part: unknown, exact: boolean): Build | undefined {
  if (typeof part !== "object" || part === null) return undefined;
  const keys: string[] = [];
  const builds: Build[] = [];
  for (const [key, value] of Object.entries(part)) {
    const build = builder(value, exact);
    if (!build) continue;
    keys.push(key);
    builds.push(build);
  }
  if (Array.isArray(part)) {
    if (keys.length === 0) return undefined;
    const places = keys.map(Number);
    return (by, text) => {
      const made: unknown[] = part.slice();
      for (let i = 0; i < places.length; i++) made[places[i]!] = builds[i]!(by, text);
      return made;
    };
  }
  const { at } = part as { at?: number };
  if (at === undefined && keys.length === 0) return undefined;
  const own = digitsOf(part, exact);
  return (by, text) => {
    const made: Record<string, unknown> = { ...part };
    if (at !== undefined) {
      made.at = at + by;
      own?.(made, at + by, text);
    }
    for (let i = 0; i < keys.length; i++) made[keys[i]!] = builds[i]!(by, text);
    return made;
  };
}

const number = /[\d_]*\.?[\d_]*(?:e[+-]?[\d_]+)?/iy;
const nameOfClass = /class +([^\s(:]+)/y;

/** What puts the digits that stand at a place into a part of a statement. */
function digitsOf(
  part: object,
  exact: boolean,
): ((made: Record<string, unknown>, at: number, text: string) => void) | undefined {
  const { kind, name, value } = part as { kind?: string; name?: string; value?: unknown };
  if (kind === "class") {
    return (made, at, text) => {
      nameOfClass.lastIndex = at;
      made.name = nameOfClass.exec(text)![1];
    };
  }
  if (exact) return undefined;
  if (kind === "constant" && typeof value === "number") {
    return (made, at, text) => {
      number.lastIndex = at;
      made.value = numberOf(number.exec(text)![0]);
    };
  }
  if (!isNamed(part)) return undefined;
  const { length } = name!;
  return (made, at, text) => {
    made.name = text.slice(at, at + length);
  };
}
