/** Tables: columns of a kind, rows of cells, and how they look as plain text. */
import { printable, spell } from "./spell.js";

/** How the numbers of a column are spelled: "share" is printed as percent. */
export type Kind = "text" | "integer" | "number" | "share" | "seconds" | "ratio";

export interface Column {
  readonly title: string;
  readonly kind: Kind;
}

export interface Table {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

const GAP = "  ";
const NARROWEST = 12;

interface Strip {
  readonly head: readonly string[];
  readonly cells: readonly string[];
  readonly left: boolean;
  readonly width: number;
}

/**
 * The table as plain text of at most `width` columns: numbers to the right, heads wrapped between words, long names
 * shortened. What even so does not fit goes below, with the names at the left repeated.
 */
export function textTable(table: Table, width = 80): string {
  const strips = table.columns.map((column, i) => strip(column, i, table));
  const short = shorten(strips, width);
  return (total(short) <= width ? [short] : blocks(strips, width)).map(block => lines(block).join("\n")).join("\n\n");
}

function strip(column: Column, i: number, table: Table): Strip {
  const cells = table.rows.map(row => spell(row[i] ?? null, column.kind));
  const words = printable(column.title).split(/ (?!%)|(?<=-)/);
  const width = Math.max(...cells.map(lengthOf), ...words.map(lengthOf));
  return { head: wrap(words, width), cells, left: column.kind === "text", width };
}

const lengthOf = (text: string) => [...text].length;

function wrap(words: readonly string[], width: number): string[] {
  const wrapped: string[] = [];
  for (const word of words) {
    const last = wrapped.at(-1);
    const joined = `${last}${last?.endsWith("-") ? "" : " "}${word}`;
    if (last !== undefined && lengthOf(joined) <= width) wrapped[wrapped.length - 1] = joined;
    else wrapped.push(word);
  }
  return wrapped;
}

const total = (strips: readonly Strip[]) =>
  strips.reduce((sum, { width }) => sum + width, 0) + GAP.length * (strips.length - 1);

/** Takes what is too much from the widest columns of text. */
function shorten(strips: readonly Strip[], width: number): Strip[] {
  const shortened = [...strips];
  while (total(shortened) > width) {
    const texts = shortened.filter(s => s.left && s.width > NARROWEST);
    if (texts.length === 0) break;
    const widest = texts.reduce((a, b) => (b.width > a.width ? b : a));
    shortened[shortened.indexOf(widest)] = { ...widest, width: widest.width - 1 };
  }
  return shortened.map(cut);
}

/** In the middle, since names often differ only at their ends. */
function cut(s: Strip): Strip {
  const short = (text: string) => {
    const letters = [...text];
    if (letters.length <= s.width) return text;
    const front = Math.ceil((s.width - 1) / 2);
    return [...letters.slice(0, front), "…", ...letters.slice(front + 1 - s.width)].join("");
  };
  return { ...s, cells: s.cells.map(short), head: s.head.map(short) };
}

function blocks(strips: readonly Strip[], width: number): Strip[][] {
  const names = Math.max(
    strips.findIndex(({ left }) => !left),
    1,
  );
  const others = strips.slice(names);
  const room = width - GAP.length - Math.max(...others.map(s => s.width));
  const repeated = shorten(strips.slice(0, names), room);
  const found: Strip[][] = [];
  for (const s of others) {
    const block = found.at(-1);
    if (block && total([...block, s]) <= width) block.push(s);
    else found.push([...repeated, s]);
  }
  return found;
}

function lines(strips: readonly Strip[]): string[] {
  const height = Math.max(...strips.map(({ head }) => head.length));
  const row = (text: (s: Strip) => string) =>
    strips
      .map(s => pad(text(s), s))
      .join(GAP)
      .trimEnd();
  return [
    // Heads stand on the line, so a short one begins lower.
    ...Array.from({ length: height }, (_, i) => row(({ head }) => head[i - height + head.length] ?? "")),
    strips.map(({ width }) => "─".repeat(width)).join(GAP),
    ...Array.from({ length: strips[0]!.cells.length }, (_, i) => row(({ cells }) => cells[i]!)),
  ];
}

function pad(text: string, { width, left }: Strip): string {
  const blank = " ".repeat(Math.max(width - lengthOf(text), 0));
  return left ? text + blank : blank + text;
}
