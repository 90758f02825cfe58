/** Attributes and calls: what names and objects of a file mean. */
import { nearest } from "../../nearest.js";
import { causalMask } from "../../op/index.js";
import { attributeOfMade, isMade } from "./dry-run.js";
import { asNamespace, Imports } from "./imports.js";
import { knownNames } from "./known-calls.js";
import { moduleAttribute } from "./module-attributes.js";
import { undecided } from "./operators.js";
import { otherFunctions } from "./other-functions.js";
import { methodOfMade } from "./parameters.js";
import { tensorAttribute } from "./tensor-attributes.js";
import { valueAttribute } from "./value-attributes.js";
import {
  type Args,
  type ClassValue,
  describe,
  type FunctionValue,
  type Instance,
  isInstance,
  isModule,
  kindOf,
  lineage,
  type Namespace,
  nativeOf,
  type Special,
  special,
  type Value,
} from "./values.js";

export class Machine extends Imports {
  attribute(of: Value, name: string, at: number): Value {
    const found = this.at(at, () => this.find(of, name, at));
    if (found !== undefined) return found;
    return this.at(at, () => undecided(`python: there is no such attribute, got ${describe(of)}.${name}; define it`));
  }

  private find(of: Value, name: string, at: number): Value | undefined {
    switch (kindOf(of)) {
      case "namespace":
        return this.ofNamespace(of as Namespace, name);
      case "unknown":
        return this.ofUnknown(`${(of as Special).what}.${name}`);
      case "opaque":
        if (name === "triu") return upperTriangle(of);
        return (isMade(of) ? attributeOfMade(of, name) : undefined) ?? methodOfMade(of as Special, name);
      case "tensor":
        return tensorAttribute(of as never, name, this);
      case "instance":
        return this.ofInstance(of as Instance, name, at);
      case "class":
        return this.ofClass(of as ClassValue, name, at);
      case "super":
        return this.ofSuper(of as never, name, at);
      default:
        return valueAttribute(of, name);
    }
  }

  private ofNamespace({ name: from, module }: Namespace, name: string): Value | undefined {
    if (!module) return this.packages.member(from, name);
    return module.scope.own(name) ?? asNamespace(`${from}.${name}`, this.module(`.${name}`, module.file));
  }

  /** A function of a class that is not known may be known itself. */
  private ofUnknown(full: string): Value {
    return otherFunctions(full, this) ?? special("unknown", full);
  }

  private ofInstance(of: Instance, name: string, at: number): Value | undefined {
    if (of.attributes.has(name)) return of.attributes.get(name);
    const inherited = lineage(of.of).find(one => one.attributes.has(name));
    if (inherited) return this.taken(inherited.attributes.get(name)!, of, at);
    if (!isModule(of)) return undefined;
    // None is an answer, too: the bias of a layer without one.
    const own = nativeOf(of.of)?.attribute?.(of, name, at);
    return own === undefined ? moduleAttribute(of, name, this) : own;
  }

  /** A function of a class becomes a method of the object; a property is asked at once. */
  private taken(value: Value, self: Instance, at: number): Value {
    if (kindOf(value) !== "function" || !(value as FunctionValue).inside) return value;
    const method = value as FunctionValue;
    const decorators = method.node?.decorators ?? [];
    if (decorators.includes("staticmethod")) return method;
    if (decorators.includes("classmethod")) return this.bound(method, self.of);
    const bound = this.bound(method, self);
    return decorators.includes("property") ? this.call(bound, { positional: [], keywords: new Map() }, at) : bound;
  }

  bound(found: FunctionValue, self: Value): Value {
    return { ...found, self };
  }

  private ofClass(of: ClassValue, name: string, at: number): Value | undefined {
    if (name === "__name__") return of.name;
    if (name === "__init__") return this.initialiser(of);
    const found = lineage(of)
      .find(one => one.attributes.has(name))
      ?.attributes.get(name);
    const decorated = kindOf(found) === "function" && (found as FunctionValue).node?.decorators.includes("classmethod");
    if (found !== undefined) return decorated ? this.bound(found as FunctionValue, of) : found;
    const ofPackage = of.native && otherFunctions(`${of.name}.${name}`, this);
    if (ofPackage) return ofPackage;
    const native = nativeOf(of);
    return (
      native?.attribute && {
        kind: "builtin",
        name,
        call: ({ positional: [self = null, ...positional], keywords }) => {
          const method = isInstance(self) ? native.attribute!(self, name, at) : undefined;
          if (method !== undefined) return this.call(method, { positional, keywords }, at);
          return undecided(`python: there is no such method, got ${of.name}.${name} of ${describe(self)}; define it`);
        },
      }
    );
  }

  private ofSuper(
    { inside, self }: { inside: ClassValue; self: Instance },
    name: string,
    at: number,
  ): Value | undefined {
    const line = lineage(self.of);
    const behind = line.slice(line.indexOf(inside) + 1);
    const found = behind.find(one => one.attributes.has(name))?.attributes.get(name);
    if (found !== undefined) return this.taken(found, self, at);
    if (name === "__init__") return this.nativeInit(self, behind[0]);
    return (
      nativeOf(self.of)?.attribute?.(self, name, at) ?? (isModule(self) ? moduleAttribute(self, name, this) : undefined)
    );
  }

  private nativeInit(self: Instance, of: ClassValue | undefined): Value {
    return {
      kind: "builtin",
      name: "__init__",
      call: (args, at) => {
        const native = nativeOf(self.of);
        if (native) native.init(self, args, at);
        // A class that nothing is known of takes what it likes.
        else if (of && lineage(of).some(({ node }) => node)) this.fill(self, of, args, at);
        return null;
      },
    };
  }

  /** `Base.__init__(self, ...)` */
  private initialiser(of: ClassValue): Value {
    return {
      kind: "builtin",
      name: `${of.name}.__init__`,
      call: ({ positional: [self, ...positional], keywords }, at) => {
        if (isInstance(self)) this.initialise(self, of, { positional, keywords }, at);
        return null;
      },
    };
  }

  construct(of: ClassValue, args: Args, at: number): Instance {
    const made: Instance = { kind: "instance", of, attributes: new Map() };
    this.initialise(made, of, args, at);
    return made;
  }

  private initialise(self: Instance, of: ClassValue, args: Args, at: number): void {
    const own = lineage(of).find(one => one.attributes.has("__init__"));
    const native = nativeOf(of);
    if (own) this.call(this.bound(own.attributes.get("__init__") as FunctionValue, self), args, at);
    else if (native) this.at(at, () => native.init(self, args, at));
    else this.fill(self, of, args, at);
  }

  call(callee: Value, args: Args, at: number): Value {
    this.tick(at);
    switch (kindOf(callee)) {
      case "builtin":
        return this.at(at, () => (callee as { call: (args: Args, at: number) => Value }).call(args, at));
      case "function":
        return this.callFunction(callee as FunctionValue, args, at);
      case "class":
        return this.construct(callee as ClassValue, args, at);
      case "instance":
        return this.callInstance(callee as Instance, args, at);
      case "opaque":
        return callee;
      case "unknown":
        return this.at(at, () => notUnderstood((callee as { what: string }).what));
      default:
        return this.at(at, () =>
          undecided(`python: this cannot be called, got ${describe(callee)}; call a layer or a function`),
        );
    }
  }

  private callInstance(self: Instance, args: Args, at: number): Value {
    const forward = lineage(self.of).find(one => one.attributes.has("forward") || one.attributes.has("__call__"));
    const own = forward?.attributes.get("forward") ?? forward?.attributes.get("__call__");
    if (own !== undefined) return this.call(this.bound(own as FunctionValue, self), args, at);
    const call = nativeOf(self.of)?.call;
    if (call) return this.at(at, () => this.inside(this.source, at, () => call(self, args, at)));
    return this.at(at, () => undecided(`${self.of.name}: this cannot be called, got no forward; define it`));
  }
}

/** `torch.ones(n, n).triu(1)`, as masks of attention are made. */
const upperTriangle = (of: Value): Value => ({
  kind: "builtin",
  name: "triu",
  call: ({ positional: [first], keywords }) =>
    (first ?? keywords.get("diagonal")) === 1 ? special("opaque", causalMask) : of,
});

function notUnderstood(what: string): never {
  const beginning = /^(nn|F|torch|Tensor)\./.exec(what)?.[0];
  const other = what.startsWith(".") ? "give the file that it is imported from beside this one, or " : "";
  const mend = beginning ? nearest(what, knownNames(beginning)) : `${other}build the network with torch.nn`;
  return undecided(`${what}: this is not understood, got a call of it; ${mend}`);
}
