/** PyTorch's classes: `nn.Module`, its containers, and the layers that the ops know. */
import { bind } from "../../op/index.js";
import type { Core } from "./core.js";
import { knownCalls } from "./known-calls.js";
import { itemsOf, place, sliced, undecided } from "./operators.js";
import { isPadding, padding } from "./padding-layers.js";
import { parameterClass } from "./parameters.js";
import {
  type Args,
  describe,
  type Instance,
  isInstance,
  isModule,
  kindOf,
  type Native,
  own,
  type SliceValue,
  special,
  type Value,
} from "./values.js";

export function nativeClasses(name: string, core: Core): Native | undefined {
  if (name === "nn.Module") return { init: () => {} };
  if (name === "nn.Parameter") return parameterClass(core);
  const container = own(containers, name);
  if (container) return container(core);
  if (isPadding(name)) return padding(name, core);
  return name.startsWith("nn.") && knownCalls(name).length > 0 ? layer(name, core) : undefined;
}

/** Modules by place or by name, in the order in which they were given. */
function fill(self: Instance, given: readonly Value[]): void {
  const start = itemsOf(self).length;
  for (const [i, one] of given.entries()) {
    if (kindOf(one) === "dict")
      for (const [key, each] of (one as { entries: Map<Value, Value> }).entries) keep(self, String(key), each);
    else keep(self, String(start + i), one);
  }
}

function keep(self: Instance, name: string, one: Value): void {
  if (!isModule(one) && one !== null)
    undecided(`${self.of.name}: only modules can be kept, got ${describe(one)}; give layers`);
  self.attributes.set(name, one);
}

const containers: Readonly<Record<string, (core: Core) => Native>> = {
  "nn.Sequential": core => ({
    init: (self, { positional }) => fill(self, positional),
    call: (self, { positional: [x = null] }, at) =>
      itemsOf(self).reduce((value, one) => core.call(one, { positional: [value], keywords: new Map() }, at), x),
    attribute: (self, name) => ofContainer(self, name, core),
  }),
  "nn.ModuleList": core => ({
    init: (self, { positional: [list] }) => fill(self, list === undefined ? [] : itemsOf(list)),
    attribute: (self, name) => ofContainer(self, name, core),
  }),
  "nn.ParameterList": core => ({
    init: (self, { positional: [list] }) => fill(self, list === undefined ? [] : itemsOf(list)),
    attribute: (self, name) => ofContainer(self, name, core),
  }),
  "nn.ModuleDict": core => ({
    init: (self, { positional }) => fill(self, positional),
    attribute: (self, name) => ofContainer(self, name, core),
  }),
};

function ofContainer(self: Instance, name: string, core: Core): Value | undefined {
  const work = own(containerMethods, name);
  return work && { kind: "builtin", name, call: (args, at) => work(self, args, core, at) };
}

const names = (self: Instance): string[] =>
  [...self.attributes].flatMap(([name, one]) => (isModule(one) ? [name] : []));

const containerMethods: Readonly<Record<string, (self: Instance, args: Args, core: Core, at: number) => Value>> = {
  append: (self, { positional }) => {
    fill(self, positional);
    return self;
  },
  extend: (self, { positional: [list = null] }) => {
    fill(self, itemsOf(list));
    return self;
  },
  insert: (self, { positional: [at = null, one = null] }) => {
    const all = [...itemsOf(self)];
    all.splice(Number(at), 0, one);
    for (const name of names(self)) self.attributes.delete(name);
    fill(self, all);
    return null;
  },
  __getitem__: (self, { positional: [index = null] }, core, at) => {
    if (typeof index === "number") return itemsOf(self)[place(index, itemsOf(self).length)]!;
    if (kindOf(index) !== "slice") return self.attributes.get(String(index)) ?? missing(self, index);
    const part = core.construct(
      self.of.native ? self.of : self.of.bases[0]!,
      { positional: [], keywords: new Map() },
      at,
    );
    fill(part, sliced(itemsOf(self), (index as SliceValue).bounds));
    return part;
  },
  __setitem__: (self, { positional: [index = null, one = null] }) => {
    keep(self, typeof index === "number" ? names(self)[place(index, names(self).length)]! : String(index), one);
    return null;
  },
  update: (self, { positional }) => {
    fill(self, positional);
    return null;
  },
  keys: self => ({ kind: "list", items: names(self) }),
  values: self => ({ kind: "list", items: [...itemsOf(self)] }),
  items: self => ({
    kind: "list",
    items: names(self).map(name => ({ kind: "tuple", items: [name, self.attributes.get(name)!] })),
  }),
};

const missing = (self: Instance, key: Value): never =>
  undecided(
    `${self.of.name}: there is no such module, got ${describe(key)}; there are ${names(self).slice(0, 10).join(", ")}`,
  );

/** A layer keeps what it was made with; the graph reads it where it is called. */
const layer = (name: string, core: Core): Native => ({
  init: (self, args) => {
    const failures: unknown[] = [];
    for (const { signature } of knownCalls(name)) {
      try {
        self.layer = { name, args, bound: bind(signature, args.positional, args.keywords) };
        return;
      } catch (error) {
        failures.push(error);
      }
    }
    throw failures[0];
  },
  call: (self, args, at) => core.graph.layer(self, args, at, core),
  attribute: (self, key, at) => {
    if (key === "weight" || key === "bias") {
      return self.layer?.bound.get("bias") === false && key === "bias"
        ? null
        : { ...special("opaque", `the ${key} of a ${name}`), weightOf: self };
    }
    const value = self.layer?.bound.get(key);
    return value === undefined ? undefined : core.at(at, () => perAxis(name, key, value));
  },
});

/** PyTorch keeps sizes of windows as tuples. */
function perAxis(name: string, key: string, value: unknown): Value {
  const rank = Number(/Conv(?:Transpose)?(\d)d$/.exec(name)?.[1] ?? 0);
  const windowed = /^(kernel_size|stride|padding|output_padding|dilation)$/.test(key);
  if (Array.isArray(value)) return { kind: "tuple", items: value as Value[] };
  if (rank === 0 || !windowed || typeof value !== "number") return value as Value;
  return { kind: "tuple", items: Array<Value>(rank).fill(value) };
}

/** Modules inside a module, itself first, each once, with names from it. */
export function modulesIn(root: Instance, path = ""): (readonly [path: string, module: Instance])[] {
  const found: (readonly [string, Instance])[] = [];
  const seen = new Set<Instance>();
  const walk = (one: Instance, name: string): void => {
    if (seen.has(one)) return;
    seen.add(one);
    found.push([name, one]);
    for (const [key, value] of one.attributes) {
      if (isInstance(value) && isModule(value)) walk(value, name === "" ? key : `${name}.${key}`);
    }
  };
  walk(root, path);
  return found;
}
