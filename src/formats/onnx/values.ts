/** What the values of an ONNX graph are while it is read, and the graph that is being made of them. */
import { freeze, type Graph } from "../../graph/index.js";
import { type Assembler, assemble, type Constant, findOp } from "../../op/index.js";
import { type Shape, sameShape } from "../../shape/index.js";
import { type Cells, onnxDims, sampleShape } from "./layout.js";
import type { Known } from "./tensors.js";

/** A value that the graph computes. */
export interface Computed {
  readonly kind: "computed";
  /** Input or node of the graph. */
  readonly node: string;
  readonly cells: Cells;
  /** ONNX's number for the type that it has in the file; here it is float32. */
  readonly type: number;
}
/** A value that is known without running. */
export interface Stored {
  readonly kind: "stored";
  readonly known: Known;
}
/** A value that could not be read, and why: an error only where an output needs it. */
export interface Refused {
  readonly kind: "refused";
  readonly why: string;
}
export type OnnxValue = Computed | Stored | Refused;

export type Weights = Readonly<Record<string, Float32Array>>;

/** A graph being made: nodes with their weights, of which those that no output needs fall away at the end. */
export interface Making {
  readonly batch: number;
  input(name: string, cells: Cells, type: number): Computed;
  /** A node of an op, named as wished if that is free, without slashes in front. */
  node(
    op: string,
    inputs: readonly string[],
    attrs: object,
    wish: string,
    weights?: Readonly<Record<string, Constant>>,
  ): string;
  /** The same elements as a sample of another shape. */
  reshape(node: string, shape: Shape): string;
  shape(node: string): Shape;
  finish(outputs: readonly string[]): { graph: Graph; weights: Weights };
}

export function startMaking(name: string, batch: number): Making {
  const assembler: Assembler = assemble(name);
  const taken = new Set<string>();
  const weights = new Map<string, ReadonlyMap<string, Constant>>();
  const owners = new Map<string, string>();
  /** What a node was reshaped from. */
  const sources = new Map<string, string>();
  const identities = new WeakMap<object, number>();
  let count = 0;

  const identity = (data: object): number => {
    if (!identities.has(data)) identities.set(data, ++count);
    return identities.get(data)!;
  };
  const free = (wish: string): string => {
    for (let i = 0; ; i++) {
      const one = i === 0 ? wish : `${wish}_${i}`;
      if (one !== "" && !taken.has(one)) {
        taken.add(one);
        return one;
      }
    }
  };
  const node: Making["node"] = (op, inputs, attrs, wish, own = {}) => {
    const held = Object.entries(own);
    const shapes = inputs.map(input => assembler.shape(input).join());
    const key = [
      op,
      JSON.stringify(attrs),
      shapes.join("|"),
      ...held.map(([role, { data }]) => `${role}:${identity(data)}`),
    ].join(" ");
    const shares = held.length > 0 ? owners.get(key) : undefined;
    const made = assembler.node(op, inputs, attrs, {
      name: free(wish.replace(/^\/+/, "")),
      ...(shares === undefined ? {} : { shares }),
    });
    if (held.length > 0 && shares === undefined) {
      owners.set(key, made);
      weights.set(made, new Map(held));
    }
    return made;
  };
  return {
    batch,
    node,
    shape: one => assembler.shape(one),
    input: (wish, cells, type) => ({
      kind: "computed",
      node: assembler.input(free(wish), sampleShape(cells)),
      cells,
      type,
    }),
    reshape: (from, shape) => {
      const source = sources.get(from) ?? from;
      if (sameShape(assembler.shape(source), shape)) return source;
      if (sameShape(assembler.shape(from), shape)) return from;
      const flat = shape.length === 1;
      const made = node(
        flat ? "flatten" : "reshape",
        [source],
        flat ? {} : { shape },
        flat ? "flatten_1" : "reshape_1",
      );
      sources.set(made, source);
      return made;
    },
    finish: outputs => {
      const whole = assembler.finish(...outputs);
      const needed = new Set(outputs);
      for (const one of [...whole.nodes].reverse()) {
        if (!needed.has(one.name)) continue;
        for (const input of one.inputs) needed.add(input);
        if (one.shares !== undefined) needed.add(one.shares);
      }
      const nodes = whole.nodes.filter(one => needed.has(one.name));
      const learned = nodes.flatMap(one =>
        Array.from(weights.get(one.name) ?? [], ([role, { data }]) => [`${one.name}.${role}`, asFloats(data)] as const),
      );
      return { graph: freeze({ ...whole, nodes }), weights: Object.fromEntries(learned) };
    },
  };
}

const asFloats = (data: ArrayLike<number>): Float32Array =>
  data instanceof Float32Array ? data : Float32Array.from(data);

/** Sizes as ONNX has them. */
export const dimsOf = (value: Computed, { batch }: Making): number[] => onnxDims(value.cells, batch);

/** Weights that the op wants and that are not those of a meaning: the sentence that says which. */
export function wrongWeights(
  op: string,
  inputs: readonly Shape[],
  attrs: object,
  weights: Readonly<Record<string, Constant>> = {},
): string | undefined {
  const wanted = findOp(op).weights(inputs, attrs);
  const wrong = wanted.find(({ role, shape }) => !weights[role] || !sameShape(weights[role].dims, shape));
  if (!wrong) return undefined;
  return `${op}: ${wrong.role} must be [${wrong.shape}], got ${weights[wrong.role] ? `[${weights[wrong.role]!.dims}]` : "none"}`;
}
