/** Other kernel sizes: padding follows so that a layer gives the size that it gave, weights keep their middle. */
import type { Graph, Node } from "../graph/index.js";
import { analyse, type Placed, readAttrs, toAttrs } from "../op/index.js";
import { product, type Shape, sameShape, show } from "../shape/index.js";
import { SurgeryError } from "./error.js";
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
  const changed = new Map<string, Node>();
  for (const placed of analyse(state.graph).placed) {
    if (placed.owner === owner) changed.set(placed.node.name, resized(placed, size, padding, edit));
  }
  const graph = rewired(state.graph, edit, nodes => nodes.map(other => changed.get(other.name) ?? other));
  const done = withGraph(refitted(state, owner, graph), edit, strategy, graph);
  return { ...done, steps: [...done.steps, { edit, sizes: {}, relaxed: [], status: "none" }] };
}

function resized({ node, op, site }: Placed, size: number | readonly number[], padding: unknown, edit: string): Node {
  const read = (more: object) => readable(edit, () => readAttrs(op, { ...node.attrs, kernelSize: size, ...more }));
  if (padding !== undefined) return { ...node, attrs: toAttrs(read({ padding })) };
  const old = site.attrs as Window;
  const { kernelSize } = read({}) as Window;
  for (const ends of keeping(old, kernelSize)) {
    const attrs =
      ends.every(([begin, end]) => begin >= 0 && end >= 0) && accepted(op, { ...node.attrs, kernelSize }, ends);
    if (attrs && keeps(op, attrs, site)) return { ...node, attrs: toAttrs(attrs) };
  }
  throw new SurgeryError(
    `${edit}: no padding keeps ${node.name} at ${show(site.output)}, got kernel ${kernelSize.join(" x ")} instead of ${old.kernelSize.join(" x ")}; give the padding`,
  );
}

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

/** Paddings that may keep the size: the one that keeps every tap in its place first, then equal ends near to it. */
function keeping(old: Window, kernelSize: readonly number[]): Ends[][] {
  const exact = kernelSize.map((size, axis): Ends => {
    const given = old.padding?.[axis] ?? 0;
    const [begin, end] = typeof given === "number" ? [given, given] : given;
    const dilation = old.dilation?.[axis] ?? 1;
    const before = shift(old.kernelSize[axis]!, size);
    return [begin + dilation * before, end + dilation * (size - old.kernelSize[axis]! - before)];
  });
  const equal = (pick: (...ends: number[]) => number): Ends[] =>
    exact.map(ends => [Math.max(0, pick(...ends)), Math.max(0, pick(...ends))]);
  return [exact, equal(Math.max), equal(Math.min)];
}

/** How far the middle of a kernel moves. */
const shift = (from: number, to: number): number => Math.floor((to - 1) / 2) - Math.floor((from - 1) / 2);

/** Values of a layer's weights in their new sizes. */
function refitted(state: State, layer: string, next: Graph): State {
  const [old, now] = [specsOf(state.graph), specsOf(next)];
  return withValues(state, values =>
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => {
        const [from, to] = [old.get(key)?.shape, now.get(key)?.shape];
        const isOwn = key.startsWith(`${layer}.`) && from && to && !sameShape(from, to);
        return [key, isOwn ? centred(value, from, to) : value];
      }),
    ),
  );
}

/** The old values in the middle, zeros around them; where there is less room, the values of the middle. */
function centred(values: Float32Array, from: Shape, to: Shape): Float32Array {
  const made = new Float32Array(product(to));
  const copy = (axis: number, source: number, target: number): void => {
    if (axis === to.length) {
      made[target] = values[source]!;
      return;
    }
    const before = shift(from[axis]!, to[axis]!);
    for (let i = Math.max(0, before); i < Math.min(to[axis]!, from[axis]! + before); i++) {
      copy(axis + 1, source * from[axis]! + i - before, target * to[axis]! + i);
    }
  };
  copy(0, 0, 0);
  return made;
}
