/** Tensors that the program makes, and those of them that are learned: `nn.Parameter`. */
import { batchSize } from "../../op/index.js";
import { product, type Shape, show } from "../../shape/index.js";
import type { Core } from "./core.js";
import { calculate, undecided } from "./operators.js";
import {
  type Args,
  describe,
  type Instance,
  isInstance,
  isList,
  isSpecial,
  isTensor,
  kindOf,
  type Made,
  type Native,
  own,
  type SliceValue,
  type Special,
  special,
  type Tensor,
  tupleOf,
  type Value,
} from "./values.js";

/** What functions of torch fill a tensor with; undefined where numbers are drawn. */
const fillings: Readonly<Record<string, number | undefined>> = {
  ...{ zeros: 0, ones: 1 },
  ...{ empty: undefined, rand: undefined, randn: undefined },
};

/** `torch.zeros(1, 16)`: its numbers are no part of a graph, but what a parameter of it is like. */
export function madeTensor(name: string, { positional, keywords }: Args): Special {
  const size = keywords.get("size");
  const sizes = name === "full" ? positional.slice(0, 1) : size === undefined ? positional : [size];
  const [list] = sizes;
  const shape = sizes.length === 1 && isList(list) ? list.items : sizes;
  const filling = name === "full" ? (positional[1] ?? keywords.get("fill_value")) : own(fillings, name);
  const known = (name === "full" || name in fillings) && shape.every(one => Number.isSafeInteger(one));
  const value = typeof filling === "number" ? { value: filling } : {};
  return {
    ...special("opaque", `a tensor of torch.${name}`),
    ...(known && { made: { shape: shape as number[], ...value } }),
    ...(typeof filling === "number" && { filled: filling }),
  };
}

/** A tensor that was made, after arithmetic with a number. */
export function calculatedMade(sign: string, a: Value, b: Value): Value | undefined {
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    if (!isSpecial(one, "opaque") || !one.made || typeof other !== "number") continue;
    const { shape, value } = one.made;
    if (value === undefined) return one;
    const [x, y] = one === a ? [value, other] : [other, value];
    return { ...one, made: { shape, value: calculate(sign, x, y) as number } };
  }
  return undefined;
}

/** What `.normal_()` and its like leave of a tensor that was made; `.view()` and its like leave no shape. */
export function methodOfMade(of: Special, name: string): Special {
  if (same.has(name) || name === "detach") return of;
  const { made, filled: _, ...rest } = of;
  return made && name.endsWith("_") ? { ...rest, made: { shape: made.shape } } : rest;
}

export const isParameter = (value: unknown): value is Instance & { readonly parameter: Made } =>
  isInstance(value) && value.parameter !== undefined;

/** What `nn.init` does to a parameter. */
export function initialise(how: string, { positional: [of, number] }: Args): null {
  if (!isParameter(of)) return null;
  const value = how === "constant_" ? number : { zeros_: 0, ones_: 1 }[how];
  of.parameter = { shape: of.parameter.shape, ...(typeof value === "number" && { value }) };
  return null;
}

export const parameterClass = (core: Core): Native => ({
  init: (self, { positional, keywords }) => {
    const data = positional[0] ?? keywords.get("data") ?? null;
    const made = isParameter(data) ? data.parameter : isSpecial(data, "opaque") ? data.made : undefined;
    self.parameter =
      made ??
      undecided(
        `nn.Parameter: its shape must follow, got ${describe(data)}; make it of torch.zeros, ones, full, empty, rand or randn with constant sizes`,
      );
  },
  attribute: (self, name) => attributeOf(self as Instance & { parameter: Made }, name, core),
});

const same = new Set(["to", "type_as", "float", "cuda", "cpu", "clone", "contiguous", "requires_grad_"]);

function attributeOf(self: Instance & { parameter: Made }, name: string, core: Core): Value | undefined {
  const { shape } = self.parameter;
  if (name === "shape") return tupleOf(shape);
  if (name === "ndim") return shape.length;
  if (name === "data") return self;
  if (name === "device" || name === "dtype") return special("opaque", `the ${name} of a parameter`);
  const builtin = (call: (args: Args, at: number) => Value): Value => ({ kind: "builtin", name, call });
  if (same.has(name)) return builtin(() => self);
  if (name === "size")
    return builtin(({ positional: [dim] }) => (dim === undefined ? tupleOf(shape) : shape.at(Number(dim))!));
  if (name === "expand" || name === "repeat") {
    return builtin(({ positional }, at) => core.at(at, () => repeated(self, name, sizesOf(positional), core, at)));
  }
  if (name === "view" || name === "reshape") return builtin(({ positional }) => seenAs(self, sizesOf(positional)));
  if (name === "unsqueeze") {
    return builtin(({ positional: [dim] }) => {
      const place = Number(dim) < 0 ? Number(dim) + shape.length + 1 : Number(dim);
      return seenAs(self, [...shape.slice(0, place), 1, ...shape.slice(place)]);
    });
  }
  return undefined;
}

const sizesOf = (positional: readonly Value[]): readonly Value[] =>
  positional.length === 1 && isList(positional[0]) ? positional[0].items : positional;

/** `token.expand(x.shape[0], -1, -1)`: one for every sample. */
function repeated(
  self: Instance & { parameter: Made },
  name: string,
  sizes: readonly Value[],
  core: Core,
  at: number,
): Value {
  const [batch = null, ...others] = sizes;
  const { shape } = self.parameter;
  const inner = shape.length === sizes.length ? shape.slice(1) : shape;
  const keeps = others.every((size, i) => (name === "repeat" ? size === 1 : size === -1 || size === inner[i]));
  const like = isSpecial(batch, "batch") ? batch.tensor : undefined;
  const isOnce = shape.length < sizes.length || shape[0] === 1;
  if (!like || !keeps || inner.length !== others.length || !isOnce) {
    return undecided(
      `nn.Parameter: it can be repeated for every sample alone, got ${name}(${sizes.map(one => describe(one)).join(", ")}) of ${show(shape)}; write expand(x.shape[0], -1, -1)`,
    );
  }
  return place(self, like, inner, core, at);
}

/** The same numbers in another shape. */
function seenAs(self: Instance & { parameter: Made }, sizes: readonly Value[]): Value {
  const { shape } = self.parameter;
  const open = sizes.indexOf(-1);
  const others = product(sizes.filter(size => size !== -1) as number[]);
  const seen = open < 0 ? sizes : sizes.with(open, product(shape) / others);
  if (!seen.every(size => Number.isSafeInteger(size)) || product(seen as number[]) !== product(shape)) {
    return undecided(
      `nn.Parameter: ${show(shape)} cannot be seen so, got ${sizes.map(one => describe(one)).join(", ")}; choose sizes with the same product`,
    );
  }
  return { ...self, parameter: { ...self.parameter, shape: seen as number[], root: self.parameter.root ?? self } };
}

/** `scale[:, None, None]`, `positions[:, :197]`: what keeps all numbers. */
export function subscriptOfParameter(self: Instance & { parameter: Made }, index: Value): Value {
  const { shape } = self.parameter;
  const items = isList(index) && index.kind === "tuple" ? index.items : [index];
  const refuse = (): never =>
    undecided(
      `nn.Parameter: all of it must be taken, got [${items.map(one => describe(one)).join(", ")}] of ${show(shape)}; slice the tensor that it is added to`,
    );
  const seen: number[] = [];
  let axis = 0;
  for (const one of items) {
    if (one === null) seen.push(1);
    else if (isSpecial(one, "ellipsis")) {
      const behind = items.slice(items.indexOf(one) + 1).filter(item => item !== null).length;
      while (axis < shape.length - behind) seen.push(shape[axis++]!);
    } else {
      const size = shape[axis++] ?? refuse();
      const [start, end, step] = kindOf(one) === "slice" ? (one as SliceValue).bounds : [1];
      const whole = (start === null || start === 0) && (step === null || step === 1);
      if (!whole || !(end === null || (typeof end === "number" && end >= size))) refuse();
      seen.push(size);
    }
  }
  return seenAs(self, [...seen, ...shape.slice(axis)]);
}

/** A parameter beside a tensor, axes in line from the last one on, as PyTorch repeats them. */
export function besideTensor(self: Instance & { parameter: Made }, like: Tensor, core: Core, at: number): Tensor {
  const { shape } = self.parameter;
  const { batchAt = 0 } = like;
  const rank = core.at(at, () => core.graph.shape(like)).length + 1;
  const aligned = [...Array<number>(Math.max(0, rank - shape.length)).fill(1), ...shape];
  if (shape.length > rank || aligned[batchAt] !== 1) {
    core.at(at, () =>
      undecided(
        `nn.Parameter: it must be the same for every sample, got ${show(shape)} beside a batch of ${show(core.graph.shape(like))}; begin its shape with a 1`,
      ),
    );
  }
  const placed = place(self, like, aligned.toSpliced(batchAt, 1), core, at);
  return batchAt === 0 ? placed : { ...placed, batchAt };
}

function place(self: Instance & { parameter: Made }, like: Tensor, shape: Shape, core: Core, at: number): Tensor {
  const { value = null, root = self } = self.parameter;
  if (root.path === undefined) {
    core.at(at, () => undecided("nn.Parameter: it must be kept, got one that no module holds; assign it in __init__"));
  }
  core.tick(at);
  return core.at(at, () => core.graph.parameter(root, like, shape, value));
}

/** Parameters among the arguments of a function become tensors beside the first tensor there. */
export function withParameters(name: string, args: Args, core: Core, at: number): Args {
  const all = [...args.positional, ...args.keywords.values()];
  if (!all.some(one => isParameter(one) || (isList(one) && one.items.some(isParameter)))) return args;
  const like = all.find(isTensor);
  const changed = (one: Value): Value => {
    if (isParameter(one) && like) return besideTensor(one, like, core, at);
    if (!isParameter(one) && !(isList(one) && one.items.some(isParameter))) return one;
    return core.at(at, () =>
      undecided(
        `${name}: there must be one for every sample, got an nn.Parameter; write its expand(${batchSize}, -1, -1)`,
      ),
    );
  };
  return {
    positional: args.positional.map(changed),
    keywords: new Map([...args.keywords].map(([key, one]) => [key, changed(one)])),
  };
}
