/** Random networks over all registered ops: in a line or with branches, from one input or several, to one output or several. */
import type { Graph } from "../../src/graph/index.js";
import { type Assembler, allOps, analyse, assemble, type Op, type Site } from "../../src/op/index.js";
import type { Random } from "../../src/random.js";
import { product, type Shape, sameShape } from "../../src/shape/index.js";
import type { Arrays } from "./op-model.js";
import { factor, inputCounts } from "./sampled.js";
import { batchOf, inputOf, type Layout } from "./values.js";

export interface NetworkLimits {
  /** Most nodes. */
  readonly nodes?: number;
  /** Most elements of any result, for one sample. */
  readonly elements?: number;
  /** Most multiply-accumulates of a node. */
  readonly macs?: number;
  /** Most axes, and how many inputs a network may have. */
  readonly axes?: number;
  readonly inputs?: number;
  /** Whether a node is wanted; all are unless told. */
  readonly wants?: (op: Op, site: Site<object>) => boolean;
}
const usual = { nodes: 60, elements: 240, macs: 4000, axes: 4, inputs: 4, wants: () => true };

/** How often an op is tried behind what there is, before a new input is made for it or another op is taken. */
const tries = 6;

/** A network being drawn. */
interface Drawing {
  readonly random: Random;
  readonly a: Assembler;
  readonly limits: Required<NetworkLimits>;
  /** Probability that an input of a node is any earlier value, and not the latest. */
  readonly branching: number;
  /** Inputs and nodes, oldest first. */
  readonly values: string[];
  readonly inputs: string[];
  readonly nodes: Drawn[];
}
interface Drawn {
  readonly name: string;
  readonly op: Op;
  readonly attrs: object;
  readonly from: readonly string[];
  readonly owner: string;
}

export function randomNetwork(random: Random, name: string, given: NetworkLimits = {}): Graph {
  // By name: in which order ops are registered depends on who imports them.
  const ops = [...allOps.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const limits = { ...usual, ...given };
  const branching = random.pick([0, 0.2, 0.5, 1]);
  const drawing: Drawing = { random, a: assemble(name), limits, branching, values: [], inputs: [], nodes: [] };
  // Mostly shorter ones: a long one proves little that two short ones do not.
  const count = Math.min(random.int(1, limits.nodes), random.int(1, limits.nodes));
  // An op that nothing suits is left out; the last ones may be missing.
  for (let attempt = 0; attempt < 3 * count && drawing.nodes.length < count; attempt++) {
    if (!(random.chance(0.1) && shareWeights(drawing))) addNode(drawing, random.pick(ops));
  }
  if (drawing.nodes.length === 0) return randomNetwork(random, name, given);
  const read = new Set(drawing.nodes.flatMap(({ from }) => from));
  return drawing.a.finish(...drawing.nodes.map(node => node.name).filter(node => !read.has(node)));
}

function addNode(drawing: Drawing, op: Op): void {
  const { random, values, inputs, limits, branching } = drawing;
  // What takes places gets an input of its own, which nothing else reads.
  for (let i = 0; i < tries && values.length > 0 && !op.indices; i++) {
    const first = random.chance(branching) ? random.pick(values) : values.at(-1)!;
    if (place(drawing, op, [first, ...Array.from({ length: others(op, random) }, () => random.pick(values))])) return;
  }
  if (inputs.length === limits.inputs || (inputs.length > 0 && branching === 0)) return;
  for (let i = 0; i < 10 * tries; i++) {
    if (place(drawing, op, freshShapes(drawing, op))) return;
  }
}

const others = ({ arity }: Op, random: Random): number => random.pick(inputCounts(arity)) - 1;

/** A new shape, or behind what there is shapes that ops of several inputs want. */
function freshShapes({ random, a, values, limits }: Drawing, op: Op): (string | Shape)[] {
  const old =
    values.length > 0 && op.arity !== 1 && !op.indices && random.chance(0.8) ? random.pick(values) : undefined;
  const drawn = Array.from({ length: random.int(0, limits.axes) }, () => random.int(1, random.pick([3, 6, 12])));
  const first = old === undefined ? drawn : a.shape(old);
  const like = random.pick([
    () => first,
    () => (first.length === 0 ? first : [random.int(1, 6), ...first.slice(1)]),
    () => first.map(dim => (random.chance(0.3) ? 1 : dim)),
    (i: number) => factor(first, random.int(1, 6), i),
  ]);
  return [old ?? first, ...Array.from({ length: others(op, random) }, (_, i) => like(i + 1))];
}

/** Put the op behind these values and new inputs of these shapes, where it may stand there. */
function place(drawing: Drawing, op: Op, from: readonly (string | Shape)[]): boolean {
  const { random, a, limits, inputs, values, nodes } = drawing;
  const shapes = from.map(one => (typeof one === "string" ? a.shape(one) : one));
  const fresh = from.filter(one => typeof one !== "string").length;
  if (inputs.length + fresh > limits.inputs || shapes.some(shape => !allowed(limits, shape))) return false;
  const attrs = op.sample(random, shapes, { maxChannels: 12 });
  if (attrs === undefined) return false;
  const output = op.shape(shapes, attrs);
  const learned = op.weights(shapes, attrs).reduce((sum, { shape }) => sum + product(shape), 0);
  if (!allowed(limits, output) || learned > limits.macs) return false;
  const site = { attrs, inputs: shapes, output };
  if (op.cost(site).macs > limits.macs || !limits.wants(op, site)) return false;
  // Networks that have shrunk to a few numbers prove little.
  if (product(output) < 6 && product(shapes[0]!) >= 6 && random.chance(0.8)) return false;
  const names = from.map(one => {
    if (typeof one === "string") return one;
    const name = a.input(`x${inputs.length}`, one);
    inputs.push(name);
    if (!op.indices) values.push(name);
    return name;
  });
  const name = a.node(op.name, names, attrs, { canonical: true });
  values.push(name);
  nodes.push({ name, op, attrs, from: names, owner: name });
  return true;
}

const allowed = ({ elements, axes }: Required<NetworkLimits>, shape: Shape): boolean =>
  shape.length <= axes && product(shape) <= elements;

/** An earlier node's weights once more, behind values of the same shapes. */
function shareWeights({ random, a, nodes, values }: Drawing): boolean {
  const shapesOf = ({ from }: Drawn): Shape[] => from.map(value => a.shape(value));
  const learning = nodes.filter(one => !one.op.indices && one.op.weights(shapesOf(one), one.attrs).length > 0);
  if (learning.length === 0) return false;
  const { op, attrs, from, owner } = random.pick(learning);
  const again = from.map(value => random.pick(values.filter(other => sameShape(a.shape(value), a.shape(other)))));
  const name = a.node(op.name, again, attrs, { canonical: true, shares: owner });
  values.push(name);
  nodes.push({ name, op, attrs, from: again, owner });
  return true;
}

/** Values for every input of a network: whole numbers in range for those of which a node takes places. One may be read by none. */
export function randomInputs(graph: Graph, batch: number, seed: number, layout?: Layout): Arrays {
  const { placed } = analyse(graph);
  const readers = new Map(placed.flatMap(one => one.node.inputs.map(name => [name, one] as const)));
  return Object.fromEntries(
    graph.inputs.map(({ name, shape }, i) => {
      const reader = readers.get(name);
      if (!reader) return [name, batchOf(batch, shape, seed + i, layout)];
      return [name, inputOf({ op: reader.op, attrs: reader.site.attrs }, batch, shape, seed + i, layout)];
    }),
  );
}

/** Inputs that are numbers to compute with, through which gradients flow. */
export const smoothInputs = (graph: Graph): string[] =>
  graph.inputs
    .map(({ name }) => name)
    .filter(name => !analyse(graph).placed.some(({ op, node }) => op.indices && node.inputs.includes(name)));
