/** What a name can stand for while a file is read: Python's constants, and modules and tensors of a graph under assembly. */
import type { Border, FromPyTorch, Op, Signature } from "../../op/index.js";
import type { Shape } from "../../shape/index.js";
import type { Source } from "./source.js";
import type { ClassNode, Expression, FunctionNode, Parameter, Statement } from "./syntax.js";

export type Value =
  | number
  | string
  | boolean
  | null
  | List
  | Dict
  | Tensor
  | Instance
  | ClassValue
  | FunctionValue
  | Builtin
  | Namespace
  | SliceValue
  | Super
  | Special;

export interface List {
  readonly kind: "list" | "tuple";
  readonly items: Value[];
  /** The shape of an input of which only the batch is known yet. */
  readonly open?: Tensor;
}
export interface Dict {
  readonly kind: "dict";
  readonly entries: Map<Value, Value>;
}
export interface Tensor {
  readonly kind: "tensor";
  /** Its node or input in the graph. */
  name: string;
  /** Its place among the inputs, where nobody has told its shape yet. */
  open?: number | undefined;
  /** It has been called a vector of unknown length. */
  flat?: true;
  /** A border that no node has laid yet: the convolution behind it may take it as its padding. */
  readonly border?: Bordered;
  /** A sequence, or its last state: a node once somebody needs it. */
  readonly pending?: Pending;
  /** It stands for a smaller one with axes of size 1 that were repeated. */
  readonly repeated?: { readonly from: Tensor; readonly shape: Shape };
  /** The axis in which the batch stands as the source has it; in front unless told, as always in the graph. */
  readonly batchAt?: number;
}
export interface Pending {
  readonly whole: () => Tensor;
  /** Of a sequence: its last state. */
  readonly last?: (() => Tensor) | undefined;
  placed?: Tensor;
}
export interface Bordered {
  readonly as: Border;
  /** What `F.pad` was given. */
  readonly args: Args;
}
export interface SliceValue {
  readonly kind: "slice";
  readonly bounds: readonly [start: Value, end: Value, step: Value];
}
/** `super()`: the object, seen from behind a class of its. */
export interface Super {
  readonly kind: "super";
  readonly inside: ClassValue;
  readonly self: Value;
}
export interface Special {
  readonly kind: "batch" | "training" | "ellipsis" | "opaque" | "unknown";
  /** What it is, for errors. */
  readonly what: string;
  /** Of a tensor that the program makes: what a parameter of it is like. */
  readonly made?: Made;
  /** Of a tensor that the program makes: the number in all its places, whatever its shape. */
  readonly filled?: number;
  /** Of the batch size: the tensor that was asked for it. */
  readonly tensor?: Tensor;
  /** Of a layer's own weight: whose it is. */
  readonly weightOf?: Instance;
}
/** A tensor that the program makes, all of one value or of numbers that are drawn. */
export interface Made {
  readonly shape: readonly number[];
  readonly value?: number;
  /** The parameter of which this is another look. */
  readonly root?: Instance;
}

/** An object of a class: PyTorch's own modules, containers of them, and classes of the file. */
export interface Instance {
  readonly kind: "instance";
  readonly of: ClassValue;
  readonly attributes: Map<string, Value>;
  /** Set where it is an nn.Parameter. */
  parameter?: Made;
  /** Of a parameter that a function was given as a weight: the layer that it is a weight of. */
  layered?: Instance;
  /** Set where its class is, or comes from, one of PyTorch's layers. */
  layer?: LayerCall;
  /** Its name in the state dict, once its network has been built. */
  path?: string | undefined;
  /** The node that owns its weights, once it has been called. */
  node?: string;
}
/** One of PyTorch's layers as it was declared. */
export interface LayerCall {
  /** `nn.Linear` */
  readonly name: string;
  readonly args: Args;
  /** By parameter, defaults filled in. */
  readonly bound: ReadonlyMap<string, unknown>;
}
/** A call that an op's record says it is. */
export interface Known {
  readonly op: Op;
  readonly reading: FromPyTorch;
  readonly signature: Signature;
}

export interface ClassValue {
  readonly kind: "class";
  /** `nn.Linear` where it is PyTorch's. */
  readonly name: string;
  readonly bases: readonly ClassValue[];
  readonly attributes: Map<string, Value>;
  readonly node?: ClassNode;
  /** PyTorch's own: what `__init__` and a call do. */
  readonly native?: Native;
}
export interface Native {
  readonly init: (self: Instance, args: Args, at: number) => void;
  readonly call?: (self: Instance, args: Args, at: number) => Value;
  readonly attribute?: (self: Instance, name: string, at: number) => Value | undefined;
}

export interface FunctionValue {
  readonly kind: "function";
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** Defaults are worked out where the function is defined. */
  readonly defaults: ReadonlyMap<string, Value>;
  readonly body: readonly Statement[] | Expression;
  readonly scope: Scope;
  readonly source: Source;
  readonly node?: FunctionNode;
  /** What `super()` looks behind. */
  readonly inside?: ClassValue;
  /** The object, or the class, that it was taken from. */
  readonly self?: Value;
}
export interface Builtin {
  readonly kind: "builtin";
  readonly name: string;
  readonly call: (args: Args, at: number) => Value;
}
export interface Namespace {
  readonly kind: "namespace";
  readonly name: string;
  /** Of another file of the project. */
  readonly module?: Module;
}

export interface Module {
  readonly file: string;
  readonly scope: Scope;
}

export interface Args {
  readonly positional: readonly Value[];
  readonly keywords: ReadonlyMap<string, Value>;
}

export class Scope {
  protected readonly names = new Map<string, Value>();
  /** What is made when somebody asks for it. */
  private promised: Map<string, () => Value> | undefined;
  constructor(
    private readonly outer?: Scope,
    /** The class and the object whose method runs here. */
    readonly method?: { readonly inside: ClassValue; readonly self: Value },
  ) {}
  get(name: string): Value | undefined {
    const found = this.own(name);
    return found === undefined ? this.outer?.get(name) : found;
  }
  set(name: string, value: Value): void {
    this.names.set(name, value);
  }
  /** What stands here itself, and not around. */
  own(name: string): Value | undefined {
    return this.names.get(name) ?? (this.names.has(name) ? null : this.kept(name));
  }
  /** The names that stand here themselves. */
  ownNames(): string[] {
    return [...this.names.keys(), ...(this.promised?.keys() ?? [])];
  }
  promise(name: string, make: () => Value): void {
    this.names.delete(name);
    this.promised ??= new Map();
    this.promised.set(name, make);
  }
  private kept(name: string): Value | undefined {
    const make = this.promised?.get(name);
    if (!make) return undefined;
    const value = make();
    this.set(name, value);
    return value;
  }
  nearestMethod(): Scope["method"] {
    return this.method ?? this.outer?.nearestMethod();
  }
}

export const listOf = (items: readonly Value[]): List => ({ kind: "list", items: [...items] });
export const tupleOf = (items: readonly Value[]): List => ({ kind: "tuple", items: [...items] });
export const special = (kind: Special["kind"], what: string): Special => ({ kind, what });
export const isList = (value: unknown): value is List => kindOf(value) === "list" || kindOf(value) === "tuple";

/** The kind of what is no constant of JavaScript's. */
export const kindOf = (value: unknown): string | undefined =>
  typeof value === "object" && value !== null ? (value as { kind?: string }).kind : undefined;

export const isTensor = (value: unknown): value is Tensor => kindOf(value) === "tensor";
export const isInstance = (value: unknown): value is Instance => kindOf(value) === "instance";
export const isClass = (value: unknown): value is ClassValue => kindOf(value) === "class";
export const isSpecial = (value: unknown, kind: Special["kind"]): value is Special => kindOf(value) === kind;

/** An entry of a table, and nothing that all of JavaScript's objects have: a file may ask for `constructor`. */
export const own = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

/** The class and those it comes from, nearest first. */
export function lineage(of: ClassValue): ClassValue[] {
  const found: ClassValue[] = [];
  const walk = (one: ClassValue): void => {
    if (found.includes(one)) return;
    found.push(one);
    one.bases.forEach(walk);
  };
  walk(of);
  return found;
}
export const nativeOf = (of: ClassValue): Native | undefined => lineage(of).find(one => one.native)?.native;
export const isModule = (value: unknown): value is Instance => isInstance(value) && nativeOf(value.of) !== undefined;

/** For errors. */
export function describe(value: Value, depth = 0): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
  switch (value.kind) {
    case "list":
    case "tuple": {
      if (depth > 1) return "...";
      const items = value.items.slice(0, 6).map(item => describe(item, depth + 1));
      if (value.items.length > 6) items.push("...");
      return value.kind === "list" ? `[${items.join(", ")}]` : `(${items.join(", ")}${items.length === 1 ? "," : ""})`;
    }
    case "tensor":
      return `the tensor ${value.name}`;
    case "instance":
      return `a ${value.of.name}`;
    case "class":
      return `the class ${value.name}`;
    case "function":
    case "builtin":
      return `the function ${value.name}`;
    case "namespace":
      return `the package ${value.name}`;
    case "dict":
      return "a dict";
    case "slice":
      return "a slice";
    case "super":
      return "super()";
    default:
      return value.what;
  }
}
