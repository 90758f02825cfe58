/** What can be imported: PyTorch's packages, and the little of others that networks use. */

import { composed } from "./composed.js";
import type { Imports } from "./imports.js";
import { knownCalls, knownNames } from "./known-calls.js";
import { nativeClasses } from "./native-classes.js";
import { otherFunctions } from "./other-functions.js";
import { type ClassValue, special, type Value } from "./values.js";
import { isWeighted, weightedFunction } from "./weighted-functions.js";

const shorter: readonly (readonly [RegExp, string])[] = [
  [/^torch\.nn\.functional\b/, "F"],
  [/^nn\.functional\b/, "F"],
  [/^torch\.nn\.modules(\.\w+)?\b/, "nn"],
  [/^torch\.nn\.parameter\b/, "nn"],
  [/^torch\.nn\b/, "nn"],
  [/^numpy\b/, "np"],
  [/^torchvision(\.(models|ops|resnet|misc|stochastic_depth)\b)+/, "torchvision"],
];
/** One name for what has several: `torch.nn.functional.relu` is `F.relu`. */
export const canonical = (name: string): string =>
  /^(torch|nn\.func|numpy)/.test(name)
    ? shorter.reduce((text, [long, short]) => text.replace(long, short), name)
    : name;

const packages = new Set([
  "torch",
  "nn",
  "F",
  "math",
  "np",
  "torchvision",
  "functools",
  "collections",
  "dataclasses",
  "copy",
  "nn.init",
  "torch.jit",
]);

/** Of torchvision's only some classes are known. */
export const isPackage = (name: string): boolean => packages.has(name) && name !== "torchvision";

export class Packages {
  private readonly classes = new Map<string, ClassValue>();
  private readonly blocks = new Map<string, Value | undefined>();
  constructor(private readonly machine: Imports) {}

  member(from: string, name: string): Value {
    const full = canonical(`${from}.${name}`);
    if (packages.has(full)) return { kind: "namespace", name: full };
    const known = this.classOf(full) ?? this.weighted(full) ?? otherFunctions(full, this.machine);
    if (known !== undefined) return known;
    const made = this.composed(from, name);
    if (made !== undefined) return made;
    if (full === "torch.Tensor" || knownCalls(full).length === 0) return special("unknown", full);
    const { machine } = this;
    return {
      kind: "builtin",
      name: full,
      call: ({ positional, keywords }, at) => machine.graph.function(full, positional, at, machine, keywords),
    };
  }

  private weighted(name: string): Value | undefined {
    if (!isWeighted(name)) return undefined;
    const classOf = (layer: string): Value => this.classOf(layer)!;
    return {
      kind: "builtin",
      name,
      call: (args, at) => weightedFunction(name, args, classOf, this.machine, at),
    };
  }

  /** PyTorch's own class; always the same one, so that `isinstance` holds. */
  private classOf(name: string): ClassValue | undefined {
    const before = this.classes.get(name);
    if (before) return before;
    const native = nativeClasses(name, this.machine);
    if (!native) return undefined;
    const base = name === "nn.Module" || name === "nn.Parameter" ? [] : [this.classOf("nn.Module")!];
    const made: ClassValue = { kind: "class", name, bases: base, attributes: new Map(), native };
    this.classes.set(name, made);
    return made;
  }

  private composed(from: string, name: string): Value | undefined {
    const full = `${from}.${name}`;
    if (!this.blocks.has(full)) {
      const found = composed(from, name);
      this.blocks.set(full, found && this.machine.define(found.source, found.statements).get(name));
    }
    return this.blocks.get(full);
  }

  /** `from torch.nn import *` */
  everything(from: string): (readonly [string, Value])[] {
    const beginning = `${canonical(from)}.`;
    const names = new Set(knownNames(beginning).map(name => name.slice(beginning.length)));
    if (beginning === "nn.")
      for (const name of [
        "Module",
        "Sequential",
        "ModuleList",
        "ModuleDict",
        "Parameter",
        "ParameterList",
        "functional",
      ])
        names.add(name);
    return [...names].map(name => [name, this.member(canonical(from), name)] as const);
  }
}
