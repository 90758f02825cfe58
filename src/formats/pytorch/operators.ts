/** Python's operators on constants. */
import { longestValue } from "./limits.js";
import {
  describe,
  isList,
  isModule,
  isSpecial,
  kindOf,
  type List,
  listOf,
  type SliceValue,
  type Value,
} from "./values.js";

/** Why something cannot be decided; whoever knows the place adds it. */
export class Undecided extends Error {
  override readonly name = "Undecided";
}
export const undecided = (sentence: string): never => {
  throw new Undecided(sentence);
};

export function truth(value: Value): boolean {
  if (value === null || value === false || value === 0 || value === "") return false;
  if (typeof value !== "object") return true;
  switch (value.kind) {
    case "list":
    case "tuple":
      return value.items.length > 0;
    case "dict":
      return value.entries.size > 0;
    // The network is read as it is in use.
    case "training":
      return false;
    case "tensor":
    case "batch":
    case "unknown":
    case "opaque":
      return undecided(`if: only constants can decide, got ${describe(value)}; decide by what __init__ knows`);
    default:
      return true;
  }
}

const number = (value: Value): number | undefined =>
  typeof value === "number" ? value : typeof value === "boolean" ? Number(value) : undefined;

const arithmetic: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => (b === 0 ? byZero(a) : a / b),
  "//": (a, b) => (b === 0 ? byZero(a) : Math.floor(a / b)),
  "%": (a, b) => (b === 0 ? byZero(a) : a - b * Math.floor(a / b)),
  "**": (a, b) => a ** b,
  "&": (a, b) => a & b,
  "|": (a, b) => a | b,
  "^": (a, b) => a ^ b,
  "<<": (a, b) => a * 2 ** b,
  ">>": (a, b) => Math.floor(a / 2 ** b),
};
const byZero = (a: number): never => undecided(`python: a division by zero, got ${a} / 0; divide by another number`);

/** The length itself, unless it is too long for what is kept while a file is read. */
export const fits = (length: number): number =>
  length <= longestValue
    ? length
    : undecided(`python: a list or text may have ${longestValue} items, got ${length}; make it shorter`);

export function calculate(sign: string, a: Value, b: Value): Value {
  const [x, y] = [number(a), number(b)];
  if (x !== undefined && y !== undefined && sign in arithmetic) return arithmetic[sign]!(x, y);
  if (sign === "+" && typeof a === "string" && typeof b === "string") return fits(a.length + b.length) && a + b;
  if (sign === "+" && isList(a) && isList(b) && a.kind === b.kind) {
    fits(a.items.length + b.items.length);
    return { kind: a.kind, items: [...a.items, ...b.items] };
  }
  if (sign === "*" && y !== undefined && (isList(a) || typeof a === "string")) return repeated(a, y);
  if (sign === "*" && x !== undefined && (isList(b) || typeof b === "string")) return repeated(b, x);
  if (sign === "%" && typeof a === "string") return substituted(a, isList(b) ? b.items : [b]);
  const got = `${describe(a)} ${sign} ${describe(b)}`;
  return undecided(`python: this cannot be worked out, got ${got}; use numbers, lists or tensors of known shape`);
}

function repeated(value: List | string, times: number): Value {
  const count = Math.max(0, times);
  fits(count * (typeof value === "string" ? value.length : value.items.length));
  if (typeof value === "string") return value.repeat(count);
  return { kind: value.kind, items: Array.from({ length: count }, () => value.items).flat() };
}

/** `"conv%d" % i` */
function substituted(text: string, values: readonly Value[]): string {
  let at = 0;
  return filled(text, /%[sdi%]/g, code => (code === "%%" ? "%" : asText(values[at++] ?? null)));
}

/** The text with its places filled, unless that becomes too long. */
export function filled(text: string, places: RegExp, fill: (code: string, key: string) => string): string {
  let length = text.length;
  return text.replace(places, (code: string, key: string) => {
    const put = fill(code, key);
    length += put.length;
    fits(length);
    return put;
  });
}

export const asText = (value: Value): string => (typeof value === "string" ? value : describe(value));

export function equal(a: Value, b: Value): boolean {
  for (const one of [a, b]) {
    const open = ["batch", "unknown", "opaque", "tensor"].includes(kindOf(one) ?? "");
    if (open && a !== b && a !== null && b !== null) {
      undecided(`python: only constants can be compared, got ${describe(one)}; compare what __init__ knows`);
    }
  }
  if (isList(a) && isList(b)) {
    return (
      a.kind === b.kind && a.items.length === b.items.length && a.items.every((item, i) => equal(item, b.items[i]!))
    );
  }
  const [x, y] = [number(a), number(b)];
  return x !== undefined && y !== undefined ? x === y : a === b;
}

export function compare(sign: string, a: Value, b: Value): boolean {
  switch (sign) {
    case "==":
      return equal(a, b);
    case "!=":
      return !equal(a, b);
    case "is":
      return a === b;
    case "is not":
      return a !== b;
    case "in":
      return contains(b, a);
    case "not in":
      return !contains(b, a);
  }
  const pair = typeof a === "string" && typeof b === "string" ? [a, b] : [number(a), number(b)];
  const [x, y] = pair;
  if (x === undefined || y === undefined) {
    const got = `${describe(a)} ${sign} ${describe(b)}`;
    return undecided(`python: only numbers can be compared, got ${got}; compare what __init__ knows`);
  }
  return sign === "<" ? x < y : sign === "<=" ? x <= y : sign === ">" ? x > y : x >= y;
}

function contains(all: Value, one: Value): boolean {
  if (isList(all)) return all.items.some(item => equal(item, one));
  if (typeof all === "string" && typeof one === "string") return all.includes(one);
  if (kindOf(all) === "dict") return (all as { entries: Map<Value, Value> }).entries.has(one);
  return undecided(`python: nothing can be looked up here, got ${describe(all)}; use a list or a dict`);
}

export function negative(sign: string, value: Value): Value {
  if (sign === "not") return !truth(value);
  const x = number(value);
  if (x === undefined) return undecided(`python: this has no sign, got ${describe(value)}; use a number`);
  return sign === "-" ? -x : sign === "~" ? ~x : x;
}

/** What a loop runs over. */
export function itemsOf(value: Value): readonly Value[] {
  if (isList(value)) {
    if (!value.open) return value.items;
    undecided("input: its shape is not known yet, got a loop over it; give it, as in --input 1,28,28");
  }
  if (typeof value === "string") return [...value];
  if (typeof value === "object" && value !== null) {
    if (value.kind === "dict") return [...value.entries.keys()];
    if (isModule(value)) return [...value.attributes.values()].filter(isModule);
  }
  return undecided(`python: there is nothing to go through, got ${describe(value)}; use a list`);
}

/** What a dict is made of: another one, or pairs. */
export function entriesOf(value: Value | undefined): Map<Value, Value> {
  if (value === undefined) return new Map();
  if (kindOf(value) === "dict") return new Map((value as { entries: Map<Value, Value> }).entries);
  return new Map(
    itemsOf(value).map((pair): [Value, Value] => {
      const [key, one, ...others] = itemsOf(pair);
      if (key !== undefined && one !== undefined && others.length === 0) return [key, one];
      return undecided(`python: a dict is made of pairs, got ${describe(pair)}; give a key and a value`);
    }),
  );
}

/** Where an index points, counted from the front. */
export function place(index: number, length: number): number {
  const at = index < 0 ? index + length : index;
  if (Number.isInteger(index) && at >= 0 && at < length) return at;
  return undecided(`python: the index must be from ${-length} to ${length - 1}, got ${index}; choose another`);
}

export function sliced<T>(items: readonly T[], bounds: readonly Value[]): T[] {
  const [start, end, step = 1] = bounds.map(bound => {
    if (bound === null) return undefined;
    if (Number.isInteger(bound)) return bound as number;
    return undecided(`python: a slice needs whole numbers, got ${describe(bound)}; give constants`);
  });
  if (step > 0) return items.slice(start, end).filter((_, i) => i % step === 0);
  if (step === -1 && start === undefined && end === undefined) return [...items].reverse();
  return undecided(`python: this slice is not understood, got step ${step}; give a step above 0`);
}

/** The value at an index of a list, text or dict. */
export function item(of: Value, index: Value): Value {
  if (isList(of)) {
    if (kindOf(index) === "slice" && !of.open) {
      return { kind: of.kind, items: sliced(of.items, (index as { bounds: readonly Value[] }).bounds) };
    }
    if (of.open && index !== 0) {
      undecided("input: its shape is not known yet, got a question for it; give it, as in --input 1,28,28");
    }
    if (typeof index === "number") return of.items[place(index, of.items.length)]!;
    // `h[-1, :, :]` of states that are a tensor in PyTorch.
    if (isList(index) && index.items.slice(1).every(isWhole)) return item(of, index.items[0] ?? null);
  }
  if (typeof of === "string" && typeof index === "number") return of[place(index, of.length)]!;
  if (kindOf(of) === "dict") {
    const found = (of as { entries: Map<Value, Value> }).entries.get(index);
    if (found !== undefined) return found;
    undecided(`python: there is no such key, got ${describe(index)}; add it`);
  }
  if (isSpecial(of, "opaque")) return of;
  return undecided(
    `python: this has no items, got ${describe(of)}[${describe(index)}]; use a list, a dict or a tensor`,
  );
}

const isWhole = (value: Value): boolean =>
  kindOf(value) === "slice" && (value as SliceValue).bounds.every(bound => bound === null);

/** A set: each value once. */
export function setOf(items: readonly Value[]): List {
  const kept = new Map<unknown, Value>();
  for (const one of items) {
    // Tuples of numbers and texts are equal where they look so.
    const plain = isList(one) && one.items.every(item => typeof item !== "object");
    const key = plain ? JSON.stringify(one) : one;
    if (!kept.has(key)) kept.set(key, one);
  }
  return listOf([...kept.values()]);
}

export const listFrom = (value: Value): List => listOf(itemsOf(value));
