/** Other kernel sizes: padding follows so that a layer gives the size that it gave, weights keep their middle. */
import type { Graph, Node } from "../graph/index.js";
import { analyse, type Placed, readAttrs, toAttrs } from "../op/index.js";
import { product, type Shape, sameShape, show } from "../shape/index.js";
import { SurgeryError } from "./error.js";
import { fitSpatial, type SpatialWish } from "./fit-spatial.js";
import { nodeOf, specsOf, withGraph } from "./regraph.js";
import { readable } from "./replace.js";
import { rewired } from "./rewire.js";
import { type State, type Strategy, withValues } from "./state.js";

export interface KernelOptions {
  /** The padding, where the size need not stay. */
  readonly padding?: number | "same" | readonly (number | readonly [number, number])[];
}

/** Attributes of a layer with a kernel. */
interface Window {
  readonly kernelSize: readonly number[];
  readonly padding?: readonly (number | readonly [number, number])[];
  readonly dilation?: readonly number[];
}
type Ends = readonly [begin: number, end: number];

/**
 * A kernel of another size, in all layers that share the weights. New taps are 0 and stand around the old ones: the
 * function stays. Of a smaller kernel the taps in the middle stay.
 */
export function resizeKernel(
  state: State,
  name: string,
  size: number | readonly number[],
  { padding, ...strategy }: KernelOptions & Strategy,
): State {
  const edit = `kernel of ${name} to ${typeof size === "number" ? size : size.join(" x ")}`;
  const node = nodeOf(state.graph, name);
  if (!("kernelSize" in node.attrs)) {
    throw new SurgeryError(`${edit}: it has no kernel, got ${node.op}; name a layer that has one`);
  }
  const owner = node.shares ?? name;
  const changed = new Map<string, Resized>();
  for (const placed of analyse(state.graph).placed) {
    if (placed.owner === owner) changed.set(placed.node.name, resized(placed, size, padding, edit));
  }
  const places = new Set([...changed.values()].map(({ before }) => before.join()));
  if (places.size > 1) {
    throw new SurgeryError(
      `${edit}: layers that share its weights want other paddings, got ${[...changed.keys()].join(", ")}; pad them alike`,
    );
  }
  const graph = rewired(state.graph, edit, nodes => nodes.map(other => changed.get(other.name)?.node ?? other));
  const { before } = changed.get(name)!;
  const done = withGraph(refitted(state, owner, graph, before), edit, strategy, graph);
  return { ...done, steps: [...done.steps, { edit, sizes: {}, relaxed: [], status: "none" }] };
}

interface Resized {
  readonly node: Node;
  /** For every axis of the kernel, how many taps more stand before the old ones. */
  readonly before: readonly number[];
}

function resized(placed: Placed, size: number | readonly number[], padding: unknown, edit: string): Resized {
  const { node, op, site } = placed;
  const read = (more: object) => readable(edit, () => readAttrs(op, { ...node.attrs, kernelSize: size, ...more }));
  const old = site.attrs as Window;
  const { kernelSize } = read({}) as Window;
  const middle = kernelSize.map((now, axis) => shift(old.kernelSize[axis]!, now));
  if (padding !== undefined) return { node: { ...node, attrs: toAttrs(read({ padding })) }, before: middle };
  const exact = kernelSize.map((now, axis) => nearest(old, axis, now));
  const ends = exact.map(one => one.ends);
  // Without weights nothing has a place to keep: equal ends will do.
  const equal = placed.weights.length > 0 ? [] : [Math.max, Math.min].map(pick => ends.map(equally(pick)));
  for (const all of [ends, ...equal]) {
    const attrs =
      all.every(([begin, end]) => begin >= 0 && end >= 0) && accepted(op, { ...node.attrs, kernelSize }, all);
    const before = exact.map(one => one.before);
    if (attrs && keeps(op, attrs, site)) return { node: { ...node, attrs: toAttrs(attrs) }, before };
  }
  throw new SurgeryError(
    `${edit}: no padding keeps ${node.name} at ${show(site.output)}, got kernel ${kernelSize.join(" x ")} instead of ${old.kernelSize.join(" x ")}; give the padding`,
  );
}

const equally =
  (pick: (a: number, b: number) => number) =>
  ([begin, end]: Ends): Ends => {
    const both = Math.max(0, pick(begin, end));
    return [both, both];
  };

function accepted(op: Placed["op"], attrs: object, ends: readonly Ends[]): object | undefined {
  const padding = ends.map(([begin, end]) => (begin === end ? begin : ([begin, end] as const)));
  const parsed = op.attrs.safeParse({ ...attrs, padding });
  return parsed.success ? parsed.data : undefined;
}

function keeps(op: Placed["op"], attrs: object, { inputs, output }: Placed["site"]): boolean {
  try {
    return sameShape(op.shape(inputs, attrs), output);
  } catch {
    return false;
  }
}

/** The padding that leaves the old taps where they were, with as many new ones on both sides as can be. */
function nearest(old: Window, axis: number, now: number): { before: number; ends: Ends } {
  const given = old.padding?.[axis] ?? 0;
  const [begin, end] = typeof given === "number" ? [given, given] : given;
  const dilation = old.dilation?.[axis] ?? 1;
  const more = now - old.kernelSize[axis]!;
  const middle = shift(old.kernelSize[axis]!, now);
  const all = Array.from({ length: Math.abs(more) + 1 }, (_, i) => {
    const before = more < 0 ? -i : i;
    return { before, ends: [begin + dilation * before, end + dilation * (more - before)] as Ends };
  });
  all.sort((a, b) => Math.abs(a.before - middle) - Math.abs(b.before - middle));
  return all.find(({ ends }) => ends.every(one => one >= 0)) ?? all[0]!;
}

/** How far the middle of a kernel moves. */
const shift = (from: number, to: number): number => Math.floor((to - 1) / 2) - Math.floor((from - 1) / 2);

/** The state with the nearest spatial parameters such that a tensor has the wanted size; kernels keep their middle. */
export function fitSizes(state: State, wish: SpatialWish, strategy: Strategy): State {
  const [fit] = fitSpatial(state.graph, wish);
  const { changes, graph } = fit!;
  const said = Object.entries(changes).map(
    ([name, all]) => `${name} ${Object.entries(all).map(([what, values]) => `${what} ${values.join(" x ")}`)}`,
  );
  const edit = `fit ${wish.of ?? state.graph.outputs[0]}: ${said.join(", ") || "nothing changes"}`;
  const refit = Object.entries(changes).reduce((before, [name, { kernelSize }]) => {
    const node = nodeOf(state.graph, name);
    const old = node.attrs.kernelSize as readonly number[];
    return kernelSize
      ? refitted(
          before,
          node.name,
          graph,
          kernelSize.map((now, i) => shift(old[i]!, now)),
        )
      : before;
  }, state);
  const done = withGraph(refit, edit, { ...strategy, outputs: "free" }, graph);
  return { ...done, steps: [...done.steps, { edit, sizes: {}, relaxed: [], status: "none" }] };
}

/** Values of a layer's weights in their new sizes. */
function refitted(state: State, layer: string, next: Graph, before: readonly number[]): State {
  const [old, now] = [specsOf(state.graph), specsOf(next)];
  return withValues(state, values =>
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => {
        const [from, to] = [old.get(key)?.shape, now.get(key)?.shape];
        const isOwn = key.startsWith(`${layer}.`) && from && to && !sameShape(from, to);
        return [key, isOwn ? moved(value, from, to, before) : value];
      }),
    ),
  );
}

/** The old values so far behind the first along the last axes, and zeros around them; what has no room is lost. */
function moved(values: Float32Array, from: Shape, to: Shape, before: readonly number[]): Float32Array {
  const made = new Float32Array(product(to));
  const copy = (axis: number, source: number, target: number): void => {
    if (axis === to.length) {
      made[target] = values[source]!;
      return;
    }
    const first = before[axis - to.length + before.length] ?? 0;
    for (let i = Math.max(0, first); i < Math.min(to[axis]!, from[axis]! + first); i++) {
      copy(axis + 1, source * from[axis]! + i - first, target * to[axis]! + i);
    }
  };
  copy(0, 0, 0);
  return made;
}
