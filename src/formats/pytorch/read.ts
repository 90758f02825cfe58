/** Networks out of PyTorch source, without running Python. */
import type { Graph } from "../../graph/index.js";
import type { Shape } from "../../shape/index.js";
import { type Candidate, candidates } from "./candidates.js";
import { InputFound } from "./graph-in-progress.js";
import { Machine } from "./machine.js";
import { modulesIn } from "./native-classes.js";
import { type Beside, Neighbours } from "./neighbours.js";
import { undecided } from "./operators.js";
import { parse } from "./parse.js";
import { PyTorchError, type Source } from "./source.js";
import type { Statement } from "./syntax.js";
import {
  type Args,
  describe,
  type FunctionValue,
  type Instance,
  isClass,
  isList,
  isModule,
  isTensor,
  kindOf,
  lineage,
  nativeOf,
  special,
  type Tensor,
  tupleOf,
  type Value,
} from "./values.js";

export interface PyTorchOptions {
  /** What errors call the file; `model.py` unless told. */
  readonly file?: string;
  /** Shapes of the inputs without the batch; those that the first layers tell need not be given. */
  readonly inputs?: readonly Shape[];
  /** Finds the other files that this one imports from; none unless told. */
  readonly beside?: Beside;
}
export interface PyTorchFile {
  /** Every network of the file: a class that no other one uses, or what a variable or function of the file makes. */
  readonly networks: readonly Graph[];
  /** Why the others cannot be read. */
  readonly errors: readonly PyTorchError[];
}

/** What is said of a file in which there is nothing to read. */
export const noNetwork = "python: there is no network, got no class of nn.Module; define one";

/** Every network of a Python file; what cannot be read is among the errors, unless the file as a whole is no Python. */
export function readPyTorchFile(
  text: string,
  { file = "model.py", inputs = [], beside = () => undefined }: PyTorchOptions = {},
): PyTorchFile {
  // A byte order mark is no Python.
  const source = { file, text: text.replace(/^\uFEFF/, "") };
  const statements = parse(source);
  const neighbours = new Neighbours(beside);
  const networks: Graph[] = [];
  const errors: PyTorchError[] = [];
  for (const candidate of candidates(statements, name => neighbours.find(name, file) !== undefined)) {
    try {
      const graph = readCandidate({ source, statements, neighbours }, candidate, inputs);
      if (graph) networks.push(graph);
    } catch (error) {
      if (!(error instanceof PyTorchError)) throw error;
      errors.push(error);
    }
  }
  if (networks.length === 0 && errors.length === 0) {
    errors.push(new PyTorchError(source, 0, noNetwork));
  }
  return { networks, errors };
}

/** Every network of a Python file, or the first reason why one cannot be read. */
export function readPyTorch(text: string, options: PyTorchOptions = {}): readonly Graph[] {
  const { networks, errors } = readPyTorchFile(text, options);
  if (errors.length > 0) throw errors[0];
  return networks;
}

/** Undefined where a function or variable turns out to be no network. */
function readCandidate(file: File, candidate: Candidate, given: readonly Shape[]): Graph | undefined {
  const shapes = [...given];
  let refusal: PyTorchError | undefined;
  for (;;) {
    const reading = new Reading(file, candidate, shapes, refusal ? 1 : 0);
    try {
      return reading.graph();
    } catch (error) {
      if (error instanceof PyTorchError) {
        if (refusal || !reading.batchMayBeSecond) throw refusal ?? error;
        // As `batch_first=False` has it, the inputs begin with their steps.
        refusal = error;
        continue;
      }
      if (error instanceof RangeError && error.message.startsWith("Maximum call stack")) {
        throw new PyTorchError(
          file.source,
          candidate.at,
          "python: values stand too deep in one another, got an endless one; end it",
        );
      }
      if (!(error instanceof InputFound)) throw error;
      shapes[error.input] = error.shape;
    }
  }
}

interface File {
  readonly source: Source;
  readonly statements: readonly Statement[];
  readonly neighbours: Neighbours;
}

class Reading {
  private readonly machine: Machine;
  constructor(
    private readonly file: File,
    private readonly candidate: Candidate,
    private readonly shapes: readonly (Shape | undefined)[],
    private readonly batchAt: number,
  ) {
    this.machine = new Machine(file.source, candidate.name, file.neighbours);
  }

  get batchMayBeSecond(): boolean {
    return this.machine.graph.batchMayBeSecond;
  }

  graph(): Graph | undefined {
    this.machine.runFile(this.file.statements);
    const root = this.root();
    if (!isModule(root)) return undefined;
    for (const [path, module] of modulesIn(root)) if (path !== "") module.path = path;
    const { at } = this.candidate;
    return this.machine.at(at, () => {
      const returned = this.machine.call(root, { positional: this.inputs(root), keywords: new Map() }, at);
      return this.machine.graph.finish(outputs(returned));
    });
  }

  private root(): Value {
    const { name, at, made } = this.candidate;
    const value = this.machine.globals.get(name) ?? null;
    const failure = this.machine.failed.get(name);
    if (made && failure) throw failure;
    // A class that only holds settings is no network, whatever it wants to be given.
    if (isClass(value)) return nativeOf(value) ? this.machine.call(value, unknownArguments(value), at) : null;
    return kindOf(value) === "function" ? this.machine.call(value, { positional: [], keywords: new Map() }, at) : value;
  }

  /** A tensor for every parameter of `forward` without a default. */
  private inputs(root: Instance): Value[] {
    const forward = lineage(root.of)
      .find(one => one.attributes.has("forward"))
      ?.attributes.get("forward") as FunctionValue | undefined;
    const wanted = forward?.parameters
      .slice(1)
      .filter(({ fallback, keywordOnly, stars }) => !fallback && !keywordOnly && stars !== 2) ?? [
      { name: "x", stars: undefined },
    ];
    let next = 0;
    return wanted.flatMap(({ name, stars }) => {
      if (stars === undefined) return [this.input(name, next++)];
      const count = Math.max(1, this.shapes.length - next);
      return Array.from({ length: count }, (_, i) => this.input(count === 1 ? "x" : `x${i + 1}`, next++));
    });
  }

  private input(name: string, i: number): Tensor {
    const shape = this.shapes[i];
    const tensor: Tensor = shape ? this.machine.graph.input(name, shape) : { kind: "tensor", name, open: i };
    // A number for each sample has one axis.
    return this.batchAt === 0 || shape?.length === 0 ? tensor : { ...tensor, batchAt: this.batchAt };
  }
}

/** Arguments without a default are unknown; a network that never asks for them can be read all the same. */
function unknownArguments(of: Value): Args {
  const init = isClass(of)
    ? lineage(of)
        .find(one => one.attributes.has("__init__"))
        ?.attributes.get("__init__")
    : undefined;
  const { parameters = [], defaults = new Map() } = (init ?? {}) as Partial<FunctionValue>;
  const missing = parameters.slice(1).filter(({ name, stars }) => !stars && !defaults.has(name));
  return {
    positional: [],
    keywords: new Map(
      missing.map(({ name }) => [name, special("unknown", `the argument ${name}, which has no default`)]),
    ),
  };
}

/** The tensors that `forward` returns, whatever holds them. */
function outputs(returned: Value): Tensor[] {
  if (isTensor(returned)) return [returned];
  if (isList(returned)) return returned.items.filter(one => one !== null).flatMap(outputs);
  if (kindOf(returned) === "dict")
    return outputs(tupleOf([...(returned as { entries: Map<Value, Value> }).entries.values()]));
  return undecided(`forward: it must return tensors, got ${describe(returned)}; return what the last layer gives`);
}
