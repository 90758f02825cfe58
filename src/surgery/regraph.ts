/** A network whose layers were exchanged: values of what is gone are gone, what is new begins, the rest must fit. */
import type { Graph, Node } from "../graph/index.js";
import { nearest } from "../nearest.js";
import { analyse, upTo, type WeightSpec } from "../op/index.js";
import { product, type Shape, sameShape, show } from "../shape/index.js";
import { SurgeryError } from "./error.js";
import { firstValues, type Weights } from "./rebuild.js";
import type { Demand } from "./request.js";
import { type Lists, type State, type Strategy, withValues } from "./state.js";
import { same } from "./sums.js";

export function nodeOf(graph: Graph, name: string): Node {
  const node = graph.nodes.find(other => other.name === name);
  if (node) return node;
  const known = graph.nodes.map(other => other.name);
  throw new SurgeryError(`surgery: there is no layer of that name, got ${name}; ${nearest(name, known)}`);
}

/** Of an input or a layer's output. */
export function shapeOf(graph: Graph, name: string, edit: string): Shape {
  const { shapes } = analyse(graph);
  const shape = shapes.get(name);
  if (shape) return shape;
  throw new SurgeryError(`${edit}: there is no layer of that name, got ${name}; ${nearest(name, [...shapes.keys()])}`);
}

/** Refuses to take away a layer whose weights another uses. */
export function refuseShared(graph: Graph, name: string, edit: string): void {
  const sharing = graph.nodes.find(other => other.shares === name);
  if (sharing) throw new SurgeryError(`${edit}: its weights are used, got ${sharing.name}; remove that first`);
}

/** What reads `reader` has the sizes that `what` makes, along every axis that may change. */
export function readsShape(lists: Lists, reader: string, shape: Shape, what: string): Demand[] {
  const axes = lists.axes(reader);
  // Of other axes, what reads it must make sense as it is.
  if (axes.length !== shape.length) return [];
  return axes.flatMap((list, axis) =>
    list.held
      ? []
      : [
          same(
            lists.sum(list),
            { terms: [], constant: shape[axis]! },
            `what reads ${what} has its ${shape[axis]} channels`,
          ),
        ],
  );
}

/** An input that stood for what a layer gave, and the layer that it has become. */
interface Moved {
  readonly reader: string;
  readonly name: string;
}

/** Where channels came from, those of an input that stands for a tensor among them. */
export function readAs({ lineage }: State, name: string, reader: string): State["lineage"] {
  const own = lineage.get(name);
  return own ? new Map(lineage).set(reader, own) : lineage;
}

/** The state with another graph. Refused where a weight that stays, or an output, would have another shape. */
export function withGraph(state: State, edit: string, strategy: Strategy, graph: Graph, moved?: Moved): State {
  refuseOutputs(state.graph, graph, edit, strategy);
  if (state.weights) refuseMisfits(state.graph, graph, state.weights, edit);
  const parameters = specsOf(graph);
  const lineage = lineageOf(state, graph, moved);
  const left = withValues(state, values =>
    Object.fromEntries(Object.entries(values).filter(([key]) => parameters.has(key))),
  );
  return { ...left, graph, lineage };
}

/** Where channels came from; along an axis that has another size because layers are connected otherwise, from nowhere. */
function lineageOf(state: State, graph: Graph, moved: Moved | undefined): State["lineage"] {
  const before = analyse(state.graph).shapes;
  const lineage = new Map<string, readonly Int32Array[]>();
  for (const [name, shape] of analyse(graph).shapes) {
    const from = moved?.name === name ? moved.reader : name;
    const [known, old] = [state.lineage.get(from), before.get(from)];
    // A layer that is new has no places of old.
    if (!old || !before.has(name)) continue;
    if (sameShape(old, shape)) {
      if (known) lineage.set(name, known);
      continue;
    }
    const stays = (axis: number): boolean => shape.length === old.length && shape[axis] === old[axis];
    const places = shape.map((size, axis) =>
      stays(axis) ? (known?.[axis] ?? upTo(size).slice()) : new Int32Array(size).fill(-1),
    );
    lineage.set(name, places);
  }
  return lineage;
}

/** What every parameter is, by name. */
export const specsOf = (graph: Graph): Map<string, WeightSpec> =>
  new Map(
    analyse(graph).placed.flatMap(({ node, weights }) =>
      node.shares === undefined ? weights.map(spec => [`${node.name}.${spec.role}`, spec] as const) : [],
    ),
  );

function refuseMisfits(before: Graph, after: Graph, weights: Weights, edit: string): void {
  const old = specsOf(before);
  for (const [parameter, { shape }] of specsOf(after)) {
    const known = old.get(parameter);
    if (!known || !weights[parameter] || weights[parameter].length === product(shape)) continue;
    throw new SurgeryError(
      `${edit}: ${parameter} keeps its shape ${show(known.shape)}, got ${show(shape)}; keep the size of what its layer reads, or replace that layer first`,
    );
  }
}

function refuseOutputs(before: Graph, after: Graph, edit: string, { outputs }: Strategy): void {
  if (outputs === "free") return;
  const [old, now] = [analyse(before).shapes, analyse(after).shapes];
  after.outputs.forEach((name, i) => {
    const [was, is] = [old.get(before.outputs[i]!)!, now.get(name)!];
    if (sameShape(was, is)) return;
    throw new SurgeryError(
      `${edit}: output ${name} keeps its shape ${show(was)}, got ${show(is)}; let outputs be free`,
    );
  });
}

/** The state with values for layers that are new: first ones, or those that are given. Beside them stand zeros. */
export function begun(
  state: State,
  names: ReadonlySet<string>,
  { newOutputs = "random", seed = 0 }: Strategy,
  given: Weights = {},
): State {
  if (!state.weights) return state;
  const first = firstValues(state.graph, newOutputs, seed);
  const added: Record<string, Float32Array> = {};
  const zeros: Record<string, Float32Array> = {};
  for (const { node, weights } of analyse(state.graph).placed) {
    if (!names.has(node.name) || node.shares !== undefined) continue;
    for (const { role, shape } of weights) {
      const parameter = `${node.name}.${role}`;
      if (state.weights[parameter]) continue;
      const fill = first(parameter);
      added[parameter] = given[parameter] ?? Float32Array.from({ length: product(shape) }, () => fill(true));
      zeros[parameter] = new Float32Array(product(shape));
    }
  }
  return {
    ...state,
    weights: { ...state.weights, ...added },
    beside: Object.fromEntries(Object.entries(state.beside).map(([key, values]) => [key, { ...values, ...zeros }])),
  };
}
