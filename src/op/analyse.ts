/** A graph read through its ops: shapes, weights and figures. */
import { freeze, type Graph, GraphError, type Node, notEarlier } from "../graph/index.js";
import { product, type Shape, sameShape, show } from "../shape/index.js";
import { type Cost, findOp, type Op, readAttrs, type Site, takes, toAttrs, type WeightSpec } from "./record.js";

/** A node with what its op says of it. */
export interface Placed {
  readonly node: Node;
  readonly op: Op;
  readonly site: Site<object>;
  readonly cost: Cost;
  readonly weights: readonly WeightSpec[];
  /** Node that owns the weights: itself unless it shares another's. */
  readonly owner: string;
}

export interface Analysis {
  /** Output shape of every input and node. */
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly placed: readonly Placed[];
}

/** Shapes by input and node. */
export type Shapes = Pick<ReadonlyMap<string, Shape>, "get">;

/** Output shape of one node; throws the op's own error. */
export function place(node: Node, shapes: Shapes): Placed {
  const op = findOp(node.op);
  checkArity(op, node);
  const inputs = node.inputs.map(name => {
    const shape = shapes.get(name);
    if (shape === undefined) throw new GraphError(notEarlier(node, name));
    return shape;
  });
  const output = op.shape(inputs, node.attrs);
  const site = { attrs: node.attrs, inputs, output };
  return {
    node,
    op,
    site,
    cost: op.cost(site),
    weights: op.weights(inputs, node.attrs),
    owner: node.shares ?? node.name,
  };
}

function checkArity({ name, arity }: Op, node: Node): void {
  const count = node.inputs.length;
  if (takes(arity, count)) return;
  const wanted =
    typeof arity === "number"
      ? `exactly ${arity}`
      : "oneOf" in arity
        ? arity.oneOf.join(" or ")
        : `at least ${arity.atLeast}`;
  throw new GraphError(`${name}: ${node.name} needs ${wanted} inputs, got ${count}; connect them`);
}

const known = new WeakMap<Graph, Analysis>();

/** Every node placed, in order. A graph is frozen, so the answer is kept with it. */
export function analyse(graph: Graph): Analysis {
  const before = known.get(graph);
  if (before) return before;
  const shapes = new Map(graph.inputs.map(input => [input.name, input.shape]));
  const placed = graph.nodes.map(node => {
    const one = place(node, shapes);
    shapes.set(node.name, one.site.output);
    return one;
  });
  checkShared(placed);
  const analysis = { shapes, placed };
  known.set(graph, analysis);
  return analysis;
}

const roles = ({ weights }: Placed): string => weights.map(spec => spec.role).join(" and ");

/** Refuses nodes that share weights which do not fit them. */
export function checkShared(placed: readonly Placed[]): void {
  const sharing = placed.filter(one => one.node.shares !== undefined);
  if (sharing.length === 0) return;
  const owners = new Map(placed.map(one => [one.node.name, one]));
  for (const one of sharing) {
    const owner = owners.get(one.owner)!;
    if (roles(one) !== roles(owner)) {
      throw new GraphError(
        `${one.op.name}: ${one.node.name} cannot share the weights of ${one.owner}, got ${roles(one)} instead of ${roles(owner)}; give both the same attributes`,
      );
    }
    one.weights.forEach((spec, i) => {
      const other = owner.weights[i]!;
      if (!sameShape(spec.shape, other.shape)) {
        throw new GraphError(
          `${one.op.name}: ${one.node.name} cannot share ${spec.role} with ${one.owner}, got ${show(spec.shape)} and ${show(other.shape)}; give it an input of the same shape`,
        );
      }
    });
  }
}

/** The same graph with every attribute read by its op: defaults filled in, unknown and impossible ones refused. */
export const resolve = (graph: Graph): Graph =>
  freeze({
    ...graph,
    nodes: graph.nodes.map(node => ({ ...node, attrs: toAttrs(readAttrs(findOp(node.op), node.attrs)) })),
  });

/** What a network costs. */
export interface Figures {
  /** Trainable scalars; shared ones once. */
  readonly params: number;
  /** Multiply-accumulates of one forward pass of one sample. */
  readonly macs: number;
  /** Elements of the inputs, of every view and of every result, for one sample; what is written over its input counts nothing. */
  readonly memoryElements: number;
  /** Most bytes of float32 activations alive at once in a forward pass of one sample. */
  readonly peakBytes: number;
  /** Nodes. */
  readonly ops: number;
  /** Nodes as PyTorch's autograd records them. */
  readonly autogradOps: number;
}

export function figures(graph: Graph): Figures {
  const { placed } = analyse(graph);
  const sum = (value: (one: Placed) => number): number => placed.reduce((total, one) => total + value(one), 0);
  const inputElements = graph.inputs.reduce((total, input) => total + product(input.shape), 0);
  return {
    params: sum(one => (one.node.shares === undefined ? trainableCount(one) : 0)),
    macs: sum(one => one.cost.macs),
    memoryElements: inputElements + sum(memoryElements),
    peakBytes: 4 * peakElementsOf(graph)(analyse(graph).shapes),
    ops: placed.length,
    autogradOps: sum(one => one.cost.autogradOps),
  };
}

/** Trainable scalars of one node. */
export const trainableCount = (one: Placed): number =>
  one.weights.reduce((total, spec) => total + (spec.trainable ? product(spec.shape) : 0), 0);

const memoryElements = ({ cost, site }: Placed): number =>
  cost.storage === "own" || cost.storage === "view" ? product(site.output) : 0;

/**
 * Most elements alive at once, of any shapes of a graph's tensors: a buffer lives from the op that makes it to the last op
 * that reads it or a view of it; outputs live to the end.
 */
export function peakElementsOf(graph: Graph): (shapes: Shapes) => number {
  const { placed } = analyse(graph);
  const buffer = new Map(graph.inputs.map(input => [input.name, input.name]));
  for (const { node, cost } of placed) {
    buffer.set(node.name, cost.storage === "own" ? node.name : buffer.get(node.inputs[0]!)!);
  }
  const lastUse = new Map<string, number>();
  placed.forEach(({ node }, i) => {
    for (const name of [...node.inputs, node.name]) lastUse.set(buffer.get(name)!, i);
  });
  for (const name of graph.outputs) lastUse.set(buffer.get(name)!, placed.length);
  const steps = placed.map(({ node, cost }, i) => {
    const around = new Set([...node.inputs, node.name].map(input => buffer.get(input)!));
    const made = cost.storage === "own" ? node.name : undefined;
    return { made, freed: [...around].filter(name => lastUse.get(name) === i) };
  });
  return shapes => {
    const elements = (name: string): number => product(shapes.get(name)!);
    let alive = graph.inputs.reduce((total, { name }) => total + elements(name), 0);
    let peak = alive;
    for (const { made, freed } of steps) {
      if (made !== undefined) alive += elements(made);
      peak = Math.max(peak, alive);
      for (const name of freed) alive -= elements(name);
    }
    return peak;
  };
}
