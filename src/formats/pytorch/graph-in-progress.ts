/** The graph that grows while a network's `forward` is read. */
import type { Graph } from "../../graph/index.js";
import { nearest } from "../../nearest.js";
import {
  ArgumentError,
  type Assembler,
  assemble,
  type Border,
  findOp,
  type PyTorchArgs,
  readAttrs,
} from "../../op/index.js";
import { type Shape, show } from "../../shape/index.js";
import { type Bound, bindValues, boundCall, checkStated, checkUnread, literals, tensorsOf } from "./arguments.js";
import { batchAfter, batchOf, batchWanted, movedBatch, viewedBatch, withBatchFirst } from "./batch-axis.js";
import type { Core } from "./core.js";
import { dryRun } from "./dry-run.js";
import { knownCalls, knownNames } from "./known-calls.js";
import { mostJoined, mostNodes } from "./limits.js";
import { undecided } from "./operators.js";
import { withParameters } from "./parameters.js";
import { narrowed } from "./repeated.js";
import { sequence } from "./sequences.js";
import {
  type Args,
  describe,
  type Instance,
  isTensor,
  type Known,
  special,
  type Tensor,
  tupleOf,
  type Value,
} from "./values.js";

/** The shape of an input turned up: reading begins again with it. */
export class InputFound extends Error {
  override readonly name = "InputFound";
  constructor(
    readonly input: number,
    readonly shape: Shape,
  ) {
    super(`input ${input} is ${show(shape)}`);
  }
}

/** Who calls: its name in the graph, and the layer whose weights it may share. */
interface Caller {
  readonly instance?: Instance;
  /** What the layer is called with, where its record says how. */
  readonly call?: Args;
}

export class GraphInProgress {
  private readonly assembler: Assembler;
  private nodes = 0;
  private joined = 0;
  private inputs = 0;
  /** Something was given a batch in front that wants it second. */
  batchMayBeSecond = false;

  constructor(readonly name: string) {
    this.assembler = assemble(name);
  }

  private readonly scratch = (): GraphInProgress => new GraphInProgress("a try");

  input(wanted: string, shape: Shape): Tensor {
    this.inputs++;
    return { kind: "tensor", name: this.assembler.input(this.freeName(wanted), shape) };
  }

  shape(tensor: Tensor): Shape {
    return this.assembler.shape(this.settled(tensor).name);
  }

  /** As PyTorch shows it, batch first. */
  fullShape(tensor: Tensor): Value {
    const batch = { ...special("batch", "the batch size"), tensor };
    if (tensor.open !== undefined) return { kind: "tuple", items: [batch], open: tensor };
    return tupleOf((this.shape(tensor) as Value[]).toSpliced(tensor.batchAt ?? 0, 0, batch));
  }

  finish(outputs: readonly Tensor[]): Graph {
    return this.assembler.finish(...outputs.map(one => this.settled(one).name));
  }

  /** The tensor with the border that waits around it as a node. */
  settled(tensor: Tensor): Tensor {
    if (tensor.pending) {
      tensor.pending.placed ??= tensor.pending.whole();
      return tensor.pending.placed;
    }
    return tensor.border ? (this.place("F.pad", tensor.border.args, undefined, {}) as Tensor) : tensor;
  }

  /** A function or method of PyTorch's on tensors. */
  function(
    name: string,
    positional: readonly Value[],
    at: number,
    core: Core,
    keywords: Args["keywords"] = new Map(),
  ): Value {
    core.tick(at);
    const dry = dryRun(name, { positional, keywords }, this.scratch, (graph, args) =>
      graph.function(name, args.positional, at, core, args.keywords),
    );
    if (dry !== undefined) return dry;
    const args = withParameters(name, { positional, keywords }, core, at);
    const moved = movedBatch(name, args, at, core) ?? viewedBatch(name, args, at, core);
    return moved ?? core.at(at, () => this.place(name, args, undefined, {}));
  }

  /** A learned tensor of this shape, for as many samples as another tensor has. */
  parameter(instance: Instance, like: Tensor, shape: Shape, value: number | null): Tensor {
    // It says how many samples there are, and nothing else.
    const samples: Tensor = { ...this.settled(like), batchAt: 0 };
    const args = { positional: [samples, tupleOf(shape), value], keywords: new Map() };
    return this.place("Parameter.__for__", args, [samples], { instance }) as Tensor;
  }

  /** A layer called on tensors. */
  layer(instance: Instance, { positional, keywords }: Args, at: number, core: Core): Value {
    core.tick(at);
    return core.at(at, () => {
      const { name, args } = instance.layer ?? unmade(instance);
      const dry = dryRun(name, { positional, keywords }, this.scratch, (graph, given) =>
        graph.layer({ ...instance, path: undefined }, given, at, core),
      );
      if (dry !== undefined) return dry;
      const [call] = knownCalls(name).flatMap(({ reading }) => reading.call ?? []);
      if (call !== undefined) return this.place(name, args, undefined, { instance, call: { positional, keywords } });
      const given = [...positional, ...keywords.values()];
      const tensors = given.map(one =>
        isTensor(one) ? one : undecided(`${name}: the input must be a tensor, got ${describe(one)}; give one`),
      );
      return this.place(name, args, tensors, { instance });
    });
  }

  private place(name: string, args: Args, tensors: readonly Tensor[] | undefined, caller: Caller): Value {
    let failure: Error | undefined;
    const known = knownCalls(name);
    for (const one of known) {
      try {
        const bound = caller.call ? boundCall(one, args, caller.call) : bindValues(one, args);
        const found = this.tryPlace(one, bound, tensors ?? tensorsOf(bound, one), caller);
        if (found !== undefined) return found;
      } catch (error) {
        if (!(error instanceof ArgumentError)) throw error;
        failure ??= error;
      }
    }
    if (failure) throw failure;
    const given = [
      ...args.positional.map(one => describe(one)),
      ...[...args.keywords].map(([key, one]) => `${key}=${describe(one)}`),
    ];
    const beginning = name.slice(0, name.indexOf(".") + 1);
    const others =
      known.length > 0 ? "give tensors and constants as PyTorch takes them" : nearest(name, knownNames(beginning));
    return undecided(`${name}: this call is not understood, got ${name}(${given.join(", ")}); ${others}`);
  }

  private tryPlace(known: Known, asTold: Bound, given: readonly Tensor[], caller: Caller): Value | undefined {
    const { op, reading, signature } = known;
    if (given.length === 0) {
      throw new ArgumentError(`${signature.name}: a tensor of the network is needed, got none; give what a layer made`);
    }
    const read = new Set<string>();
    const batchAt = batchOf(given, signature.name);
    const rank = batchAt === 0 || given[0]!.open !== undefined ? 0 : this.shape(given[0]!).length + 1;
    const wanted = batchWanted(known, literals(signature.name, asTold, read), batchAt, rank);
    if (wanted !== batchAt) return this.batchElsewhere(signature.name, wanted, batchAt);
    const bound = batchAt === 0 ? asTold : withBatchFirst(asTold, batchAt, rank);
    const args = literals(signature.name, bound, read);
    const open = given.find(tensor => tensor.open !== undefined);
    if (open && !this.decide(open, known, args)) return open;
    const border = reading.takesBorder?.(args) ? takeable(given[0]) : undefined;
    const tensors = border ? given : narrowed(given, op, one => this.shape(one)).map(one => this.settled(one));
    const inputs = tensors.map(({ name }) => this.assembler.shape(name));
    const attrs = reading.attrs(args, { inputs, ...(border && { border }) });
    if (attrs === undefined) return undefined;
    if (attrs === "input") return tensors[0]!;
    checkStated(known, args, inputs, read);
    checkUnread(known, bound, read);
    const names = tensors.map(tensor => tensor.name);
    const made = (attrs: object, caller: Caller): Tensor => {
      const node = this.node(op.name, names, attrs, caller);
      const after = batchAfter(asTold, batchAt, inputs[0]!.length, this.shape(node).length);
      return after === 0 ? node : { ...node, batchAt: after };
    };
    if (Array.isArray(attrs)) return tupleOf(attrs.map(one => made(one, {})));
    const states = reading.sequence?.(args);
    if (states) {
      const place = (override: object): Tensor => this.node(op.name, names, { ...attrs, ...override }, caller);
      const call = (name: string, ...positional: readonly Value[]): Tensor =>
        this.place(name, { positional, keywords: new Map() }, undefined, {}) as Tensor;
      return sequence(states, place, batchAt, call);
    }
    const node = made(attrs, caller);
    // Whoever holds the tensor that was written over holds what was written.
    if ("inPlace" in attrs && attrs.inPlace) return Object.assign(tensors[0]!, { name: node.name });
    return reading.tuple ? tupleOf([node, special("opaque", `what else ${signature.name} gives`)]) : node;
  }

  /** The batch does not stand where it must; of the inputs themselves it may do so as well. */
  private batchElsewhere(name: string, wanted: number, found: number): never {
    if (wanted > 0) this.batchMayBeSecond = true;
    throw new ArgumentError(
      `${name}: the batch must be axis ${wanted} of its input, got it in axis ${found}; ${wanted > 0 ? "give batch_first=True, or " : ""}exchange the axes before`,
    );
  }

  /** The shape of an input from the first call that sees it; false where that makes a vector of any. */
  private decide(input: Tensor, { reading, signature }: Known, args: PyTorchArgs): boolean {
    const { states } = reading;
    const features = states?.axis === -1 ? args[states.parameter] : undefined;
    const shape = reading.inputShape?.(args) ?? (typeof features === "number" ? [features] : undefined);
    if (shape === "later") {
      input.flat = true;
      return false;
    }
    if (shape) return this.found(input, shape);
    const like = states?.axis === 0 ? `${args[states.parameter]},28,28` : "1,28,28";
    return undecided(
      `input: the shape of ${input.name} does not follow from its first layer, got ${signature.name}; give it, as in --input ${like}`,
    );
  }

  /** An input that nothing has seen yet is made now; otherwise all begins again. */
  private found(input: Tensor, shape: Shape): boolean {
    // Inputs stand in the order of the parameters, whichever is found first.
    if (input.flat || this.nodes > 0 || input.open !== this.inputs) throw new InputFound(input.open!, shape);
    input.name = this.input(input.name, shape).name;
    input.open = undefined;
    return true;
  }

  private node(op: string, inputs: readonly string[], attrs: object, { instance }: Caller): Tensor {
    if (++this.nodes > mostNodes) undecided(`graph: a network may have ${mostNodes} nodes, got more; make it smaller`);
    this.joined += inputs.length;
    if (this.joined > mostJoined)
      undecided(`graph: nodes may be given ${mostJoined} tensors in all, got more; join fewer at once`);
    if (!instance) return { kind: "tensor", name: this.assembler.node(op, inputs, attrs) };
    const name = instance.path === undefined ? {} : { name: this.freeName(instance.path) };
    const shares = instance.node !== undefined && this.learns(op, inputs, attrs) ? { shares: instance.node } : {};
    const node = this.assembler.node(op, inputs, attrs, { ...name, ...shares });
    instance.node ??= node;
    return { kind: "tensor", name: node };
  }

  private learns(name: string, inputs: readonly string[], attrs: object): boolean {
    const op = findOp(name);
    const shapes = inputs.map(input => this.assembler.shape(input));
    return op.weights(shapes, readAttrs(op, attrs)).length > 0;
  }

  private freeName(wanted: string): string {
    for (let i = 1; ; i++) {
      const name = i === 1 ? wanted : `${wanted}_${i}`;
      if (this.assembler.shape(name) === undefined) return name;
    }
  }
}

const unmade = ({ of }: Instance): never =>
  undecided(
    `${of.name}: it must be made before it is called, got a class that never calls super().__init__; call it in __init__`,
  );

/** What a convolution can take as its padding. */
const takeable = (tensor: Tensor | undefined): Border | undefined => {
  const as = tensor?.border?.as;
  return as?.ends.every(end => end >= 0) && as.mode !== "circular" ? as : undefined;
};
