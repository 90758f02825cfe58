/** Methods of lists, texts and dicts, as far as networks use them. */
import { longestValue } from "./limits.js";
import { asText, equal, filled, fits, item, itemsOf, place, undecided } from "./operators.js";
import {
  type Args,
  type Dict,
  describe,
  isList,
  kindOf,
  type List,
  listOf,
  own,
  tupleOf,
  type Value,
} from "./values.js";

export function valueAttribute(of: Value, name: string): Value | undefined {
  // What `max` gives: a tuple whose items have names.
  if (name === "values" && isList(of)) return of.items[0];
  const methods = isList(of) ? ofLists : kindOf(of) === "dict" ? ofDicts : typeof of === "string" ? ofTexts : {};
  const work = own(methods as Readonly<Record<string, (of: Value, args: Args) => Value>>, name);
  return work && { kind: "builtin", name, call: args => work(of, args) };
}

function grow({ items }: List, more: readonly Value[], at = items.length): Value {
  if (items.length + more.length > longestValue) {
    undecided(`python: a list may have ${longestValue} items, got ${items.length + more.length}; make it shorter`);
  }
  items.splice(at, 0, ...more);
  return null;
}

type Methods<Of> = Readonly<Record<string, (of: Of, args: Args) => Value>>;

const ofLists: Methods<List> = {
  append: (list, { positional: [one = null] }) => grow(list, [one]),
  extend: (list, { positional: [more = null] }) => grow(list, [...itemsOf(more)]),
  insert: (list, { positional: [at, one = null] }) => grow(list, [one], Number(at)),
  pop: ({ items }, { positional: [at = -1] }) => items.splice(place(Number(at), items.length), 1)[0]!,
  reverse: ({ items }) => {
    items.reverse();
    return null;
  },
  index: ({ items }, { positional: [one = null] }) => items.findIndex(other => equal(one, other)),
  count: ({ items }, { positional: [one = null] }) => items.filter(other => equal(one, other)).length,
  copy: ({ items }) => listOf(items),
  // The states of one layer, which are a tensor in PyTorch.
  squeeze: ({ items }, { positional: [dim] }) =>
    items.length === 1 && dim === 0
      ? items[0]!
      : undecided(`python: only the state of one layer can be squeezed, got ${items.length}; take h[-1]`),
  numel: list =>
    list.items.reduce<number>(
      (total, one) =>
        total *
        (typeof one === "number"
          ? one
          : undecided(`python: the batch size is no constant, got ${describe(list)}.numel(); leave it out`)),
      1,
    ),
};

const ofDicts: Methods<Dict> = {
  keys: ({ entries }) => listOf([...entries.keys()]),
  values: ({ entries }) => listOf([...entries.values()]),
  items: ({ entries }) => listOf([...entries].map(pair => tupleOf(pair))),
  get: ({ entries }, { positional: [key = null, fallback = null] }) => entries.get(key) ?? fallback,
  pop: (dict, { positional: [key = null, fallback] }) => {
    const found = fallback === undefined ? item(dict, key) : (dict.entries.get(key) ?? fallback);
    dict.entries.delete(key);
    return found;
  },
  update: ({ entries }, { positional: [other = null], keywords }) => {
    if (kindOf(other) === "dict") for (const [key, value] of (other as Dict).entries) entries.set(key, value);
    for (const [key, value] of keywords) entries.set(key, value);
    return null;
  },
  setdefault: ({ entries }, { positional: [key = null, fallback = null] }) => {
    if (!entries.has(key)) entries.set(key, fallback);
    return entries.get(key)!;
  },
};

const ofTexts: Methods<string> = {
  lower: text => text.toLowerCase(),
  upper: text => text.toUpperCase(),
  strip: text => text.trim(),
  split: (text, { positional: [by] }) => listOf(by === undefined ? text.trim().split(/\s+/) : text.split(asText(by))),
  join: (text, { positional: [list = null] }) => {
    const parts = itemsOf(list).map(asText);
    fits(parts.reduce((sum, part) => sum + part.length + text.length, 0));
    return parts.join(text);
  },
  startswith: (text, { positional: [part = null] }) => text.startsWith(asText(part)),
  endswith: (text, { positional: [part = null] }) => text.endsWith(asText(part)),
  replace: (text, { positional: [from = null, to = null] }) => {
    const parts = text.split(asText(from));
    fits(text.length + parts.length * asText(to).length);
    return parts.join(asText(to));
  },
  isdigit: text => /^\d+$/.test(text),
  format: (text, { positional, keywords }) => {
    let next = 0;
    return filled(text, /\{(\w*)\}/g, (_, key) =>
      asText((key === "" ? positional[next++] : (positional[Number(key)] ?? keywords.get(key))) ?? null),
    );
  },
};
