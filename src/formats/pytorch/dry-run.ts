/**
 * Layers and functions on tensors that the program makes, as `self.conv(torch.zeros(1, 3, 32, 32))` in `__init__`, which is
 * done to see what shape comes out: they leave nothing in the network.
 */
import { product } from "../../shape/index.js";
import type { GraphInProgress } from "./graph-in-progress.js";
import { item, sliced, undecided } from "./operators.js";
import {
  type Args,
  describe,
  isList,
  isSpecial,
  isTensor,
  kindOf,
  type List,
  type Made,
  own,
  type SliceValue,
  type Special,
  special,
  tupleOf,
  type Value,
} from "./values.js";

export const isMade = (value: unknown): value is Special & { readonly made: Made } =>
  isSpecial(value as Value, "opaque") && (value as Special).made !== undefined;

const holdsTensor = (value: Value): boolean => isTensor(value) || (isList(value) && value.items.some(holdsTensor));
const holdsMade = (value: Value): boolean => isMade(value) || (isList(value) && value.items.some(holdsMade));

const made = (shape: readonly number[], what: string): Special => ({ ...special("opaque", what), made: { shape } });

/** What a call gives where it is given such tensors and none of the network; undefined where it is not. */
export function dryRun(
  name: string,
  { positional, keywords }: Args,
  scratch: () => GraphInProgress,
  work: (graph: GraphInProgress, args: Args) => Value,
): Value | undefined {
  const [first] = positional;
  const all = [...positional, ...keywords.values()];
  if (first === undefined || !holdsMade(first) || all.some(holdsTensor)) return undefined;
  const graph = scratch();
  let batch = 0;
  const real = (value: Value): Value => {
    if (isList(value)) return { kind: value.kind, items: value.items.map(real) };
    if (!isMade(value) || value.made.shape.length === 0) return value;
    const [count = 0, ...shape] = value.made.shape;
    batch = count;
    return graph.input("x", shape);
  };
  const args = {
    positional: positional.map(real),
    keywords: new Map([...keywords].map(([key, value]) => [key, real(value)] as const)),
  };
  const back = (value: Value): Value => {
    if (isTensor(value)) return made(graph.shape(value).toSpliced(value.batchAt ?? 0, 0, batch), `what ${name} gives`);
    return isList(value) ? { kind: value.kind, items: value.items.map(back) } : value;
  };
  return back(work(graph, args));
}

/** Attributes of such a tensor that tell of its shape, or change it. */
export function attributeOfMade(of: Special & { readonly made: Made }, name: string): Value | undefined {
  const { shape } = of.made;
  if (name === "shape") return tupleOf(shape);
  if (name === "ndim") return shape.length;
  const work = own(methods, name);
  return work && { kind: "builtin", name, call: ({ positional }) => work(of, positional) };
}

const methods: Readonly<Record<string, (of: Special & { readonly made: Made }, args: readonly Value[]) => Value>> = {
  size: ({ made: { shape } }, [dim]) => (dim === undefined ? tupleOf(shape) : item(tupleOf(shape), dim)),
  dim: ({ made: { shape } }) => shape.length,
  numel: ({ made: { shape } }) => product(shape),
  nelement: ({ made: { shape } }) => product(shape),
  view: (of, sizes) => seen(of, sizes),
  reshape: (of, sizes) => seen(of, sizes),
  unsqueeze: (of, [dim]) => {
    const { shape } = of.made;
    const place = Number(dim) < 0 ? Number(dim) + shape.length + 1 : Number(dim);
    return { ...of, made: { ...of.made, shape: shape.toSpliced(place, 0, 1) } };
  },
};

function seen(of: Special & { readonly made: Made }, args: readonly Value[]): Value {
  const [list] = args;
  const sizes = (args.length === 1 && isList(list) ? (list as List).items : args) as readonly number[];
  const known = product(sizes.filter(size => size !== -1));
  const shape = sizes.map(size => (size === -1 ? product(of.made.shape) / known : size));
  if (shape.every(size => Number.isSafeInteger(size)) && product(shape) === product(of.made.shape)) {
    return { ...of, made: { ...of.made, shape } };
  }
  const got = sizes.map(one => describe(one)).join(", ");
  return undecided(
    `view: ${product(of.made.shape)} elements cannot be seen so, got ${got}; choose sizes with that product`,
  );
}

/** `x[0]` and `x[:2]` of such a tensor. */
export function itemOfMade(of: Special & { readonly made: Made }, index: Value): Special {
  const { made: m, ...rest } = of;
  const [first = 0, ...shape] = m.shape;
  if (typeof index === "number") return { ...rest, made: { ...m, shape } };
  if (kindOf(index) !== "slice") return rest;
  const places = sliced(Array.from({ length: Math.min(first, 10_000) }), (index as SliceValue).bounds);
  return { ...rest, made: { ...m, shape: [places.length, ...shape] } };
}
