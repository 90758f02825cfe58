/** What an op is: everything the project knows of it, in one record, in one file of ops/. */
import type * as z from "zod";
import type { Attrs } from "../graph/index.js";
import { nearest } from "../nearest.js";
import type { Random } from "../random.js";
import { type Shape, sameShape } from "../shape/index.js";
import type { ChannelRule } from "./channels.js";
import type { Emit, Value } from "./emit.js";
import type { FromOnnx } from "./onnx.js";
import type { FromPyTorch } from "./pytorch.js";
import type { Spellings } from "./spellings.js";

export interface Op<A extends object = object> {
  readonly name: string;
  /** Reads attributes as people write them, refuses unknown and impossible ones, fills in defaults. */
  readonly attrs: z.ZodType<A>;
  /** Attributes from the arguments of the fluent method and of the layer of the same name. */
  readonly args: (...args: never[]) => Record<string, unknown>;
  readonly arity: Arity;
  /** Per-sample shapes in, shape out. Throws ShapeMismatch in the words of the type-level rule. */
  readonly shape: (inputs: readonly Shape[], attrs: A) => Shape;
  /** What it learns and carries; in the order in which PyTorch initialises. */
  readonly weights: (inputs: readonly Shape[], attrs: A) => readonly WeightSpec[];
  readonly cost: (site: Site<A>) => Cost;
  /** ONNX nodes for a batch. */
  readonly forward: (emit: Emit, call: Call<A>) => Forward;
  /** ONNX nodes for the gradients, or why there are none. */
  readonly backward: ((emit: Emit, call: BackwardCall<A>) => Gradients) | None;
  /**
   * Whether its nodes may stand on batches as their last axis, [...shape, N]: gladly, or as well as not. Without it, or
   * where it gives none, samples come first.
   */
  readonly batchLast?: (site: Site<A>, setting: Setting) => "wants" | "takes" | undefined;
  /** How its output channels relate to its inputs'; without it, or where it gives none, all channels around it are fixed. */
  readonly channels?: ChannelRule<A>;
  /** Attributes that are valid for these inputs; `undefined` where there are none. */
  readonly sample: (random: Random, inputs: readonly Shape[], wanted: Wanted) => A | undefined;
  /** Its spelling in PyTorch: a module, or an expression over its inputs; or why there is none. */
  readonly pytorch: (site: Site<A>) => PyTorch | None;
  /** Calls of PyTorch that mean this op; among them what `pytorch` spells. */
  readonly fromPytorch?: readonly FromPyTorch[];
  /** Nodes of ONNX files that mean this op. */
  readonly fromOnnx?: readonly FromOnnx[];
  /** Its spellings in languages that are written and never read. */
  readonly spellings?: Spellings<A>;
  /** Its output is log-probabilities, as the loss `nll` wants them. */
  readonly logProbabilities?: true;
  /** Stands in graphs that were read from files alone: nobody describes, draws or spells it. */
  readonly fromFilesAlone?: true;
  /** What reports say of a node, where op and attributes say too little or too much. */
  readonly title?: (attrs: A) => string;
  /** The op of the same attributes whose output is the logarithm of this one's: what losses and predictions want. */
  readonly logarithm?: string;
  /**
   * Attributes and values of its weights, by role, with which it gives back an input of this shape; `undefined` where
   * the wanted attributes do not allow that.
   */
  readonly identity?: (
    input: Shape,
    wanted: object,
  ) => { readonly attrs: object; readonly weights: Readonly<Record<string, Float32Array>> } | undefined;
  /** What it gave, it gives again: max(max(x, 0), 0) is max(x, 0). */
  readonly idempotent?: true;
  /** Draws random numbers while training: always, or with some attributes. */
  readonly random?: true | ((attrs: A) => boolean);
  /**
   * Its inputs are whole numbers from 0 to below this: places, through which no gradient flows back. `backward` gives
   * `undefined` for them.
   */
  readonly indices?: (attrs: A) => number;
}

/** How many inputs an op takes: exactly, at least, or one of a few numbers in rising order. */
export type Arity = number | { readonly atLeast: number } | { readonly oneOf: readonly number[] };
/** Whether an op takes so many inputs. */
export const takes = (arity: Arity, count: number): boolean =>
  typeof arity === "number" ? count === arity : "oneOf" in arity ? arity.oneOf.includes(count) : count >= arity.atLeast;

/** Whether an op draws random numbers while training. */
export const draws = <A>({ random }: { readonly random?: true | ((attrs: A) => boolean) }, attrs: A): boolean =>
  typeof random === "function" ? random(attrs) : random === true;

export interface None {
  readonly none: string;
}
/** A capability that an op does not have, and why. */
export const none = (why: string): None => ({ none: why });

/** Bounds on what `sample` may choose. */
export interface Wanted {
  /** The very output shape that is wanted, where the op can choose it. */
  readonly output?: Shape;
  /** Largest number of output channels or features to choose; 64 unless told. */
  readonly maxChannels?: number;
}

/** Where an op stands in a network. */
export interface Site<A> {
  readonly attrs: A;
  readonly inputs: readonly Shape[];
  readonly output: Shape;
}

export interface WeightSpec {
  /** The field's own word: weight, bias, runningMean. */
  readonly role: string;
  readonly shape: Shape;
  readonly init: Initialiser;
  /** False for what is carried and not learned, as running statistics. */
  readonly trainable: boolean;
  /** Entry of the first axis that begins at 0 and does not learn: its gradient is 0. */
  readonly zeroRow?: number | undefined;
}
export type Initialiser =
  | { readonly kind: "uniform"; readonly bound: number }
  | { readonly kind: "normal"; readonly std: number }
  | { readonly kind: "constant"; readonly value: number };

export interface Cost {
  /** Multiply-accumulates of one forward pass of one sample. */
  readonly macs: number;
  /** Nodes that PyTorch's autograd records for it. */
  readonly autogradOps: number;
  /** Elements that the backward pass needs and that no output of another op holds anyway. */
  readonly saved: number;
  /** Where its result lives: a tensor of its own, another look at its input, over its input, or its very input. */
  readonly storage: "own" | "view" | "inPlace" | "input";
}

/** How a network is run. */
export interface Setting {
  readonly training: boolean;
  /** Samples at once, where there are always so many. */
  readonly batch?: number | undefined;
}
export interface Call<A> extends Site<A>, Setting {
  readonly x: readonly Value[];
  /** Values of the weights by role. */
  readonly w: Readonly<Record<string, Value>>;
  /** The batch is the last axis of its inputs, its output and their gradients, not the first. */
  readonly batchLast?: boolean;
  /** Decides what a random op draws. */
  readonly seed: number;
}
export interface Forward {
  readonly y: Value;
  /** Values that the backward pass wants back. */
  readonly saved?: Readonly<Record<string, Value>>;
  /** New values of weights that are carried and not learned. */
  readonly carried?: Readonly<Record<string, Value>>;
}

export interface BackwardCall<A> extends Call<A> {
  readonly y: Value;
  readonly saved: Readonly<Record<string, Value>>;
  /** Gradient of the loss with respect to the output. */
  readonly dy: Value;
  /** Which inputs' gradients anybody needs. */
  readonly needs: readonly boolean[];
}
export interface Gradients {
  /** In the order of the inputs; `undefined` where not needed, or where an input changes nothing. */
  readonly inputs: readonly (Value | undefined)[];
  /** By role; every trainable weight. */
  readonly weights?: Readonly<Record<string, Value>>;
}

export type PyTorch =
  | {
      readonly module: string;
      /** What the module is given, where that is not the very input. */
      readonly before?: (input: string) => string;
      /** How the module is called, where that is not with its inputs alone. */
      readonly call?: (module: string, inputs: readonly string[]) => string;
      /** It is no module but a weight: in the state dict it has the node's name alone. */
      readonly isWeight?: true;
    }
  | { readonly expression: (inputs: readonly string[]) => string };

const registry = new Map<string, Op>();
const fromFiles = new Map<string, Op>();

/** Register an op. Its sample never misses a wanted output: what it cannot reach is `undefined`. */
export function op<A extends object>(record: Op<A>): Op<A> {
  if (registry.has(record.name) || fromFiles.has(record.name))
    throw new Error(`${record.name}: an op of this name exists already; choose another name`);
  const registered: Op<A> = {
    ...record,
    sample: (random, inputs, wanted) => {
      const attrs = record.sample(random, inputs, wanted);
      const reached = !attrs || !wanted.output || sameShape(record.shape(inputs, attrs), wanted.output);
      return reached ? attrs : undefined;
    },
  };
  (record.fromFilesAlone ? fromFiles : registry).set(record.name, registered as unknown as Op);
  return registered;
}

/** All ops that networks are described with, by name. */
export const allOps: ReadonlyMap<string, Op> = registry;

/** The op of that name, or an OpError that offers the nearest names; those of files alone, too. */
export function findOp(name: string): Op {
  const found = registry.get(name) ?? fromFiles.get(name);
  if (found) return found;
  throw new OpError(
    `${name}: there is no such op, got ${JSON.stringify(name)}; ${nearest(name, [...registry.keys()])}`,
  );
}

/** An op or attribute that does not exist or cannot be. */
export class OpError extends Error {
  override readonly name = "OpError";
}

/** Attributes as the op's schema reads them, or an OpError that names the field. */
export function readAttrs<A extends object>(record: Pick<Op<A>, "name" | "attrs">, attrs: unknown): A {
  const parsed = record.attrs.safeParse(attrs ?? {});
  if (parsed.success) return parsed.data;
  // A misspelled attribute is missing too: its spelling is what helps.
  const { issues } = parsed.error;
  const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0]!;
  if (issue.code === "unrecognized_keys") {
    const [key] = issue.keys;
    throw new OpError(
      `${record.name}: there is no such attribute, got ${key}; ${nearest(key!, attributeNames(record))}`,
    );
  }
  throw new OpError(`${record.name}: ${issue.message}`);
}

/** Attributes from the arguments of a call; an argument that became none of them is refused, not lost. */
export function attrsOfCall(record: Pick<Op, "name" | "args">, args: readonly unknown[]): Record<string, unknown> {
  const attrs = record.args(...(args as never[]));
  const taken = Object.values(attrs);
  const lost = args.find(arg => arg !== undefined && typeof arg !== "object" && !taken.includes(arg));
  if (lost === undefined) return attrs;
  throw new OpError(
    `${record.name}: an argument has no meaning, got ${JSON.stringify(lost)}; give sizes of what comes out alone (those of its input are inferred), and options as an object`,
  );
}

/** Names of the attributes that the op takes. */
function attributeNames({ attrs }: Pick<Op, "attrs">): string[] {
  const schema = attrs as unknown as { def: { shape?: object; in?: { def: { shape: object } } } };
  return Object.keys(schema.def.shape ?? schema.def.in?.def.shape ?? {});
}

export const toAttrs = (attrs: object): Attrs => attrs as Attrs;
