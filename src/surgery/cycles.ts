/** Sizes that hang together in a circle: named where they stand in the way, and the paths that close them removed. */
import { disjointSets } from "../disjoint-sets.js";
import type { Graph, Node } from "../graph/index.js";
import { analyse } from "../op/index.js";
import { classesOf } from "./classes.js";
import { SurgeryError } from "./error.js";
import { channelList, type State, type Strategy } from "./state.js";

/** An edit behind which a size would have to exceed itself. */
export class SizeCycleError extends SurgeryError {
  constructor(
    edit: string,
    /** Layers whose sizes hang together, from one that the edit joins to the other. */
    readonly cycle: readonly string[],
    /** Whether it could be done with the layer's path removed. */
    hasPath: boolean,
  ) {
    super(
      `${edit}: a size would have to exceed itself, got the cycle ${cycle.join(", ")}; keep one of them apart${hasPath ? ', or remove the layer with its path (resolve: "path")' : ""}`,
      [`the sizes of ${cycle.join(", ")} hang together`],
    );
  }
}

/** Layers whose output and input sizes hang together without them: taken out, a size might have to exceed itself. */
export function sizeCycles(graph: Graph): string[] {
  const classes = classesOf(graph, () => true);
  const sets = disjointSets(classes.count);
  for (const axes of classes.lists.values()) {
    for (const { classes: ones } of axes) for (const one of ones) sets.union(one, ones[0]!);
  }
  return graph.nodes
    .filter(({ name }) => classes.makers.has(name))
    .filter(({ name, inputs }) => {
      const own = sets.find(channelList(classes, name).classes[0]!);
      return inputs.some(input => sets.find(channelList(classes, input).classes[0]!) === own);
    })
    .map(({ name }) => name);
}

/** An edit that gives two tensors sizes that hang together: refused for a cycle where the network's own ties forbid it. */
export async function namingCycles(
  { graph }: State,
  edit: string,
  [a, b]: readonly [string, string],
  strategy: Strategy,
  { without }: { readonly without?: string },
  attempt: (strategy: Strategy) => Promise<State>,
): Promise<State> {
  try {
    return await attempt(strategy);
  } catch (error) {
    const cycle = error instanceof SurgeryError ? tie(graph, a, b, without) : undefined;
    if (!cycle) throw error;
    // Without all that was asked beside: are the network's own ties in the way?
    const fits = await attempt({ outputs: "free", fallback: "refuse", seconds: strategy.seconds ?? 10 }).then(
      () => true,
      () => false,
    );
    // A layer that is removed may take its path with it; an edge that is new has none.
    throw fits ? error : new SizeCycleError(edit, cycle, without !== undefined);
  }
}

/** The shortest way from one tensor to another along layers that only pass channels on, or put them together. */
function tie(graph: Graph, from: string, to: string, without: string | undefined): string[] | undefined {
  const { makers, rules } = classesOf(graph, () => true);
  const near = new Map<string, string[]>();
  const join = (a: string, b: string): void => {
    near.set(a, [...(near.get(a) ?? []), b]);
  };
  for (const { name, inputs } of graph.nodes) {
    if (name === without || makers.has(name) || !rules.get(name)) continue;
    for (const input of inputs) {
      join(name, input);
      join(input, name);
    }
  }
  const before = new Map<string, string | undefined>([[from, undefined]]);
  // The map grows while it is gone through: nearest first.
  for (const [name] of before) {
    if (name === to) {
      const way: string[] = [];
      for (let at: string | undefined = to; at !== undefined; at = before.get(at)) way.unshift(at);
      return way;
    }
    for (const next of near.get(name) ?? []) if (!before.has(next)) before.set(next, name);
  }
  return undefined;
}

/** The layers of one input around a layer that nothing else reads, and where they end: what they join, and what joins them. */
export function pathOf(graph: Graph, name: string, edit: string): { path: string[]; last: string; into: string } {
  const readers = (of: string): Node[] => graph.nodes.filter(({ inputs }) => inputs.includes(of));
  const byName = new Map(analyse(graph).placed.map(({ node }) => [node.name, node]));
  const path = [name];
  for (let at = byName.get(name)!.inputs[0]!; ; ) {
    const node = byName.get(at);
    if (node?.inputs.length !== 1 || readers(at).length > 1 || graph.outputs.includes(at)) break;
    path.unshift(at);
    [at] = node.inputs as [string];
  }
  for (let last = name; ; ) {
    const [reader, ...others] = readers(last);
    if (!reader || others.length > 0 || graph.outputs.includes(last)) {
      throw new SurgeryError(
        `${edit}: there is no path to remove with it, got ${others.length + (reader ? 1 : 0)} layers that read ${last}; remove another layer`,
      );
    }
    if (reader.inputs.length > 1) return { path, last, into: reader.name };
    path.push(reader.name);
    last = reader.name;
  }
}
