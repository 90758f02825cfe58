/** Forward and backward passes: every op's own ONNX nodes, in order and back. */
import type { Graph } from "../graph/index.js";
import { analyse, draws, type Emit, type Forward, type Placed, type Setting, type Value } from "../op/index.js";
import { deriveSeed } from "../random.js";
import { batchesLast, Forms, turned } from "./forms.js";
import { parameters } from "./parameters.js";

/** A network that cannot be trained as asked. */
export class TrainError extends Error {
  override readonly name = "TrainError";
}

export interface PassOptions extends Setting {
  /** ONNX value of a parameter. */
  readonly weight: (parameter: string) => Value;
  readonly seed: number;
  /** Running statistics that stay as they are: their layers are run as in use. */
  readonly kept?: ReadonlySet<string>;
  /** Ops that would draw random numbers are run as in use. */
  readonly drawsNothing?: true;
}
export interface Pass {
  /** ONNX values of every input and node. */
  readonly forms: Forms;
  readonly calls: ReadonlyMap<string, Ran>;
  /** Samples at once, where there are always so many. */
  readonly batch: number | undefined;
  /** New values of parameters that are carried and not learned. */
  readonly carried: ReadonlyMap<string, Value>;
}

interface Ran {
  readonly training: boolean;
  readonly forward: Forward;
  readonly w: Readonly<Record<string, Value>>;
  readonly seed: number;
}

/** Every op's forward nodes, in order. */
export function forwardPass(emit: Emit, graph: Graph, inputs: ReadonlyMap<string, Value>, options: PassOptions): Pass {
  const { placed, shapes } = analyse(graph);
  const { batch } = options;
  const forms = new Forms(emit, shapes, batchesLast(placed, options));
  for (const [name, value] of inputs) forms.set(name, value);
  const calls = new Map<string, Ran>();
  const carried = new Map<string, Value>();
  for (const { node, op, site, weights, owner } of placed) {
    // 24 bits: ONNX keeps seeds as float32.
    const seed = deriveSeed("op", options.seed, node.name) >>> 8;
    // Who shares a carried weight goes on from the value that the one before left.
    const now = (name: string): Value => carried.get(name) ?? options.weight(name);
    const w = Object.fromEntries(weights.map(({ role }) => [role, now(`${owner}.${role}`)]));
    const batchLast = forms.isLast(node.name);
    const x = node.inputs.map(name => forms.get(name, batchLast));
    const inUse =
      weights.some(({ role }) => options.kept?.has(`${owner}.${role}`)) ||
      (options.drawsNothing && draws(op, site.attrs));
    const training = options.training && !inUse;
    const forward = op.forward(emit, { ...site, x, w, training, batch, batchLast, seed });
    forms.set(node.name, forward.y);
    calls.set(node.name, { forward, w, training, seed });
    for (const [role, value] of Object.entries(forward.carried ?? {})) carried.set(`${owner}.${role}`, value);
  }
  return { forms, calls, batch, carried };
}

export interface Arriving {
  /** Gradients that arrive at outputs, by node; several of one node are added. */
  readonly gradients: readonly (readonly [node: string, gradient: Value])[];
  /** ONNX value of a parameter. */
  readonly weight: (parameter: string) => Value;
  /** Parameters whose gradients are wanted; all trainable ones unless told. */
  readonly learns?: (parameter: string) => boolean;
  /** Graph inputs, and nodes, whose gradients are wanted, samples first; none unless told. */
  readonly inputs?: readonly string[];
}

/** Every op's backward nodes, last first; returns the gradient of every trainable parameter that learns, and of what else is wanted. */
export function backwardPass(
  emit: Emit,
  graph: Graph,
  pass: Pass,
  { gradients, weight, learns = () => true, inputs: wanted = [] }: Arriving,
): Map<string, Value> {
  const { placed, shapes } = analyse(graph);
  const { forms, batch } = pass;
  const needed = needsGradient(placed, learns, wanted);
  const arriving = new Map<string, Value[]>();
  const arrive = (name: string, gradient: Value, last: boolean): void => {
    const here = forms.isLast(name);
    push(arriving, name, here === last ? gradient : turned(emit, gradient, shapes.get(name)!, here));
  };
  for (const [name, gradient] of gradients) arrive(name, gradient, false);
  const learned = new Map<string, Value[]>();
  for (const { node, op, site, owner } of [...placed].reverse()) {
    const parts = arriving.get(node.name);
    if (!parts || !needed.has(node.name)) continue;
    if ("none" in op.backward)
      throw new TrainError(
        `${op.name}: it has no gradient, got ${node.name} in a network to train; ${op.backward.none}`,
      );
    const without = op.indices && node.inputs.find(name => needed.has(name));
    if (without !== undefined) {
      throw new TrainError(
        `${op.name}: its input holds places, which have no gradient, got ${without} in need of one; freeze what learns before it`,
      );
    }
    const { forward, w, training, seed } = pass.calls.get(node.name)!;
    const batchLast = forms.isLast(node.name);
    const { inputs, weights } = op.backward(emit, {
      ...site,
      x: node.inputs.map(name => forms.get(name, batchLast)),
      y: forward.y,
      w,
      training,
      batch,
      batchLast,
      seed,
      saved: forward.saved ?? {},
      dy: sum(emit, parts),
      needs: node.inputs.map(name => needed.has(name)),
    });
    inputs.forEach((value, i) => {
      const name = node.inputs[i]!;
      if (value !== undefined && needed.has(name)) arrive(name, value, batchLast);
    });
    for (const [role, value] of Object.entries(weights ?? {})) push(learned, `${owner}.${role}`, value);
  }
  const total = (name: string, value: Value, parts: readonly Value[] | undefined) =>
    [name, parts ? sum(emit, parts) : zero(emit, value)] as const;
  return new Map([
    ...parameters(graph)
      .filter(({ name, trainable }) => trainable && learns(name))
      .map(({ name }) => total(name, weight(name), learned.get(name))),
    ...wanted.map(name => {
      const [, gradient] = total(name, forms.get(name, forms.isLast(name)), arriving.get(name));
      return [name, forms.isLast(name) ? turned(emit, gradient, shapes.get(name)!, false) : gradient] as const;
    }),
  ]);
}

/** What the outputs do not depend on. */
const zero = (emit: Emit, value: Value): Value => emit.op("Mul", [value, emit.float(0)]);

const sum = (emit: Emit, parts: readonly Value[]): Value => (parts.length === 1 ? parts[0]! : emit.op("Sum", parts));

function push(map: Map<string, Value[]>, name: string, value: Value): void {
  const list = map.get(name);
  if (list) list.push(value);
  else map.set(name, [value]);
}

/** Wanted inputs, and nodes that have one or something to learn in or before them. */
function needsGradient(
  placed: readonly Placed[],
  learns: (name: string) => boolean,
  wanted: readonly string[],
): Set<string> {
  const needed = new Set<string>(wanted);
  for (const { node, weights, owner } of placed) {
    if (
      weights.some(({ role, trainable }) => trainable && learns(`${owner}.${role}`)) ||
      node.inputs.some(name => needed.has(name))
    )
      needed.add(node.name);
  }
  return needed;
}
