/** Python's own functions, as far as networks use them. */
import type { Core } from "./core.js";
import { longestValue } from "./limits.js";
import { asText, compare, entriesOf, item, itemsOf, listFrom, setOf, truth, undecided } from "./operators.js";
import { PyTorchError } from "./source.js";
import {
  type Args,
  type Builtin,
  describe,
  isClass,
  isInstance,
  isList,
  isTensor,
  kindOf,
  lineage,
  listOf,
  own,
  Scope,
  special,
  tupleOf,
  type Value,
} from "./values.js";

type Work = (args: readonly Value[], keywords: Args["keywords"], at: number, core: Core) => Value;

const none: Args["keywords"] = new Map();

/** Python's own names, made when they are asked for. */
export class Builtins extends Scope {
  constructor(private readonly core: Core) {
    super();
  }
  override get(name: string): Value | undefined {
    const before = this.names.get(name);
    if (before !== undefined) return before;
    const work = own(plain, name) ?? own(ofObjects, name) ?? own(ofFunctions, name);
    if (!work) return failures.has(name) ? special("opaque", name) : undefined;
    const call: Builtin["call"] = ({ positional, keywords }, at) => work(positional, keywords, at, this.core);
    const made: Builtin = { kind: "builtin", name, call };
    this.set(name, made);
    return made;
  }
}

const number = (value: Value | undefined): number => {
  if (typeof value === "number" || typeof value === "boolean") return Number(value);
  if (typeof value === "string" && value.trim() !== "" && !Number.isNaN(Number(value))) return Number(value);
  return undecided(`python: a number is needed, got ${describe(value ?? null)}; give a constant`);
};

function range(args: readonly Value[]): Value {
  const [start, end, step] =
    args.length === 1 ? [0, number(args[0]), 1] : [number(args[0]), number(args[1]), number(args[2] ?? 1)];
  if (step === 0) undecided("python: a range needs a step, got 0; give another");
  const count = Math.max(0, Math.ceil((end - start) / step));
  if (!(count <= longestValue))
    undecided(`python: a range may have ${longestValue} numbers, got ${count}; make it shorter`);
  return listOf(Array.from({ length: count }, (_, i) => start + i * step));
}

function length(value: Value): number {
  if (typeof value === "string") return value.length;
  if (kindOf(value) === "dict") return (value as { entries: Map<Value, Value> }).entries.size;
  return itemsOf(value).length;
}

const extreme = (args: readonly Value[], better: string): Value => {
  const items = args.length === 1 ? itemsOf(args[0]!) : args;
  if (items.length === 0) return undecided("python: there is none of nothing, got an empty list; give items");
  return items.reduce((best, one) => (compare(better, one, best) ? one : best));
};

/** To the nearest, halves to the even one. */
function rounded(x: number, digits: number): number {
  const scaled = x * 10 ** digits;
  const down = Math.floor(scaled);
  const whole = scaled - down === 0.5 ? down + (down % 2) : Math.round(scaled);
  return whole / 10 ** digits;
}

const unusual: Readonly<Record<string, number>> = {
  inf: Number.POSITIVE_INFINITY,
  "-inf": Number.NEGATIVE_INFINITY,
  nan: Number.NaN,
};

const plain: Readonly<Record<string, Work>> = {
  int: ([x = 0]) => Math.trunc(number(x)),
  float: ([x = 0]) => own(unusual, String(x)) ?? number(x),
  str: ([x = ""]) => asText(x),
  bool: ([x = null]) => truth(x),
  list: ([x]) => (x === undefined ? listOf([]) : listFrom(x)),
  set: ([x]) => setOf(x === undefined ? [] : itemsOf(x)),
  tuple: ([x]) => tupleOf(x === undefined ? [] : itemsOf(x)),
  len: ([x = null], _, __, core) => (isTensor(x) ? item(core.graph.fullShape(x), 0) : length(x)),
  abs: ([x]) => Math.abs(number(x)),
  round: ([x, digits = 0]) => rounded(number(x), number(digits)),
  min: args => extreme(args, "<"),
  max: args => extreme(args, ">"),
  range: args => range(args),
  enumerate: ([x = null, start = 0], keywords) =>
    listOf(itemsOf(x).map((one, i) => tupleOf([i + number(keywords.get("start") ?? start), one]))),
  zip: lists => {
    const all = lists.map(itemsOf);
    const shortest = Math.min(...all.map(({ length }) => length));
    return listOf(Array.from({ length: all.length === 0 ? 0 : shortest }, (_, i) => tupleOf(all.map(one => one[i]!))));
  },
  reversed: ([x = null]) => listOf([...itemsOf(x)].reverse()),
  sorted: ([x = null]) =>
    listOf([...itemsOf(x)].sort((a, b) => (compare("<", a, b) ? -1 : compare("<", b, a) ? 1 : 0))),
  any: ([x = null]) => itemsOf(x).some(truth),
  all: ([x = null]) => itemsOf(x).every(truth),
  pow: ([x, y]) => number(x) ** number(y),
  divmod: ([x, y]) =>
    tupleOf([Math.floor(number(x) / number(y)), number(x) - number(y) * Math.floor(number(x) / number(y))]),
  print: () => null,
  dict: ([x], keywords) => ({ kind: "dict", entries: new Map<Value, Value>([...entriesOf(x), ...keywords]) }),
};

const ofObjects: Readonly<Record<string, Work>> = {
  isinstance: ([x = null, type = null]) => (isList(type) ? type.items : [type]).some(one => isOf(x, one)),
  issubclass: ([x = null, type = null]) => isClass(x) && isClass(type) && lineage(x).includes(type),
  callable: ([x = null]) => ["function", "builtin", "class", "instance"].includes(kindOf(x) ?? ""),
  hasattr: ([x = null, name], _, at, core) => has(core, x, String(name), at),
  getattr: ([x = null, name, fallback], _, at, core) =>
    fallback !== undefined && !has(core, x, String(name), at) ? fallback : core.attribute(x, String(name), at),
  setattr: ([x = null, name, value = null]) => {
    if (!isInstance(x)) return undecided(`python: nothing can be kept here, got ${describe(x)}; keep it in self`);
    x.attributes.set(String(name), value);
    return null;
  },
  type: ([x = null]) => (isInstance(x) ? x.of : describe(x)),
  id: () => undecided("python: an id is no constant, got id(...); leave it out"),
};

function has(core: Core, x: Value, name: string, at: number): boolean {
  try {
    core.attribute(x, name, at);
    return true;
  } catch (error) {
    if (error instanceof PyTorchError) return false;
    throw error;
  }
}

/** Types that only say what a value can, of typing, collections.abc and numbers, and tensors. */
const abstract: Readonly<Record<string, (x: Value) => boolean>> = {
  Tensor: isTensor,
  Sequence: x => isList(x) || typeof x === "string",
  Iterable: x => isList(x) || typeof x === "string" || kindOf(x) === "dict",
  List: x => kindOf(x) === "list",
  Tuple: x => kindOf(x) === "tuple",
  Dict: x => kindOf(x) === "dict",
  Mapping: x => kindOf(x) === "dict",
  Number: x => typeof x === "number",
  Integral: x => Number.isInteger(x),
};

/** What a program warns of or throws. */
const failures = new Set(
  ["Value", "Type", "Runtime", "NotImplemented", "Assertion", "Key", "Index", "Attribute", "Import", "ModuleNotFound"]
    .map(name => `${name}Error`)
    .concat(
      ["User", "Future", "Deprecation", "Runtime", ""].map(name => `${name}Warning`),
      "Exception",
    ),
);

/** Whether a value is of a type: a class, or one of Python's own, which are functions here. */
function isOf(x: Value, type: Value): boolean {
  if (isClass(type)) return isInstance(x) && lineage(x.of).includes(type);
  const name = kindOf(type) === "builtin" ? (type as { name: string }).name : undefined;
  if (kindOf(type) === "unknown")
    return own(abstract, (type as { what: string }).what.split(".").at(-1)!)?.(x) ?? false;
  switch (name) {
    case "int":
      return Number.isInteger(x) || typeof x === "boolean";
    case "float":
      return typeof x === "number" && !Number.isInteger(x);
    case "str":
      return typeof x === "string";
    case "bool":
      return typeof x === "boolean";
    default:
      return name !== undefined && kindOf(x) === name;
  }
}

const ofFunctions: Readonly<Record<string, Work>> = {
  map: ([f = null, x = null], _, at, core) =>
    listOf(itemsOf(x).map(one => core.call(f, { positional: [one], keywords: none }, at))),
  filter: ([f = null, x = null], _, at, core) =>
    listOf(itemsOf(x).filter(one => truth(f === null ? one : core.call(f, { positional: [one], keywords: none }, at)))),
  sum: ([x = null, start = 0], _, at, core) => {
    const items = itemsOf(x);
    if (items.some(isTensor)) return core.graph.function("sum", [x], at, core);
    return items.reduce<number>((total, one) => total + number(one), number(start));
  },
};
