/** What every tensor has: its shape, and the functions of PyTorch as methods. */
import type { Core } from "./core.js";
import { knownCalls } from "./known-calls.js";
import { madeMethod } from "./made-methods.js";
import { item, itemsOf, undecided } from "./operators.js";
import { type Args, isTensor, own, special, type Tensor, type Value } from "./values.js";

/** Where a tensor lies and what it is for: no affair of the graph's. */
const same = new Set(["contiguous", "float", "long", "to", "cuda", "cpu", "type", "type_as", "requires_grad_"]);

export function tensorAttribute(x: Tensor, name: string, core: Core): Value | undefined {
  const builtin = (call: (args: Args, at: number) => Value): Value => ({ kind: "builtin", name, call });
  if (name === "shape") return core.graph.fullShape(x);
  if (name === "ndim") return rank(x, core);
  if (name === "device" || name === "dtype") return special("opaque", `the ${name} of a tensor`);
  if (name === "is_cuda" || name === "requires_grad") return false;
  if (same.has(name)) return builtin(() => x);
  // What is written over one of them leaves the other as it is; an input that nothing has seen yet is found once.
  if (name === "clone") return builtin(() => (x.open === undefined ? { ...x } : x));
  const measure = own(measures, name);
  if (measure) return builtin(args => measure(x, args, core));
  const full = `Tensor.${name}`;
  const made = madeMethod(x, name, core);
  if (made) return made;
  if (knownCalls(full).length === 0) return special("unknown", full);
  return builtin(({ positional, keywords }, at) => core.graph.function(full, [x, ...positional], at, core, keywords));
}

const measures: Readonly<Record<string, (x: Tensor, args: Args, core: Core) => Value>> = {
  size: (x, { positional, keywords }, core) => {
    const shape = core.graph.fullShape(x);
    const dim = positional[0] ?? keywords.get("dim");
    return dim === undefined ? shape : item(shape, dim);
  },
  dim: (x, _, core) => rank(x, core),
  view_as: (x, args, core) => reshaped(x, args, core),
  reshape_as: (x, args, core) => reshaped(x, args, core),
};

const rank = (x: Tensor, core: Core): number => itemsOf(core.graph.fullShape(x)).length;

function reshaped(x: Tensor, { positional: [other = null] }: Args, core: Core): Value {
  if (!isTensor(other)) return undecided("Tensor.view_as: a tensor is needed, got another value; give one");
  return core.graph.function("Tensor.view", [x, core.graph.fullShape(other)], 0, core);
}
