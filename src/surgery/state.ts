/** A network under the knife, and what is asked of every edit. */
import type { Graph } from "../graph/index.js";
import { nearest } from "../nearest.js";
import { type Classes, classesOf, type List } from "./classes.js";
import { SurgeryError } from "./error.js";
import { groupsOf, plainView, type Selection, select, type View } from "./groups.js";
import { type Plan, plan } from "./plan.js";
import type { Solver } from "./programme.js";
import { firstValues, type NewOutputs, type Rebuilt, rebuild, type Weights } from "./rebuild.js";
import type { Demand, Sum, Target } from "./request.js";
import { type Utility, utilityOf } from "./utility.js";

export interface Strategy {
  /** What every channel of every layer is worth; 1 unless told. */
  readonly utility?: Utility;
  /** What is done when an exact change cannot be made: the nearest that can, or nothing. */
  readonly fallback?: "relax" | "refuse";
  /** Of two layers that must become equally wide: what changes least (unless told), the wider one, or the narrower one. */
  readonly alignment?: "least" | "shrink" | "grow";
  /** What is done where a layer cannot be removed because a size would have to exceed itself: nothing, or its path goes too. */
  readonly resolve?: "refuse" | "path";
  /** Fewest and most channels of layers. */
  readonly bounds?: Readonly<Record<string, readonly [least: number, most: number]>>;
  /**
   * What is done when an edit is refused: a SurgeryError is thrown; the edit is left out, and the report says so; or
   * all edits are, and what was given comes back.
   */
  readonly onFailure?: "throw" | "skip" | "undo";
  /** Layers whose sizes change by multiples only. */
  readonly steps?: Readonly<Record<string, number>>;
  /** Layers that never shrink. */
  readonly neverShrink?: readonly string[];
  /** Layers that keep all their channels, in and out. */
  readonly frozen?: readonly string[];
  /** Whether the network's outputs may change size; they may not unless told. */
  readonly outputs?: "fixed" | "free";
  /** Most new channels in one place. */
  readonly join?: number;
  /** Channels that must go, by layer. */
  readonly without?: Readonly<Record<string, readonly number[]>>;
  /** Most seconds of the solver, for each attempt; 10 unless told. */
  readonly seconds?: number;
  readonly newOutputs?: NewOutputs;
  readonly seed?: number;
}

export interface State {
  readonly graph: Graph;
  /** Values of the parameters by name, and whatever else stands beside each value: an optimizer's averages. */
  readonly weights: Weights | undefined;
  readonly beside: Readonly<Record<string, Weights>>;
  /** For every axis of every tensor, the place in the first network; -1 for what is new since. */
  readonly lineage: ReadonlyMap<string, readonly Int32Array[]>;
  readonly steps: readonly Step[];
}

/** The state with other values, of the weights and of what stands beside them. */
export const withValues = (state: State, change: (values: Weights) => Weights): State => ({
  ...state,
  weights: state.weights && change(state.weights),
  beside: Object.fromEntries(Object.entries(state.beside).map(([key, values]) => [key, change(values)])),
});

/** What one edit did. */
export interface Step {
  readonly edit: string;
  /** Sizes before and after, by layer; only those that changed. */
  readonly sizes: Readonly<Record<string, readonly [before: number, after: number]>>;
  readonly relaxed: readonly string[];
  readonly status: Plan["status"] | "none";
  /** Seconds of the solver, where one was needed, and how far from the best it may have stopped. */
  readonly solver?: Solver | undefined;
  /** Milliseconds before and after, where a budget of latency was measured. */
  readonly latency?: readonly [before: number, after: number];
}

/** What an edit asks beyond the network's own ties. */
export interface Asked {
  readonly targets?: readonly AskedTarget[];
  /** Inputs that stand for what the rest of the network reads: their size is free. */
  readonly freeInputs?: readonly string[];
  readonly view?: (classes: Classes) => Partial<View>;
  readonly demands?: (lists: Lists) => Demand[];
}
/** So many channels more or fewer, or so many at all. */
export type AskedTarget = Pick<Target, "name" | "exact"> & ({ readonly change: number } | { readonly to: number });
export interface Lists {
  readonly classes: Classes;
  readonly list: (tensor: string) => List;
  /** Those along every axis. */
  readonly axes: (tensor: string) => readonly List[];
  readonly sum: (list: List) => Sum;
}

/** The axis along which a tensor's channels may change; where none may, its first. */
export function channelList(classes: Classes, tensor: string): List {
  const axes = classes.lists.get(tensor);
  if (!axes) {
    throw new SurgeryError(
      `surgery: there is no layer of that name, got ${tensor}; ${nearest(tensor, [...classes.lists.keys()])}`,
    );
  }
  // A number for each sample has no axis.
  const none: List = { tensor, axis: 0, classes: new Int32Array(0), held: true, widths: undefined };
  return axes.find(({ held }) => !held) ?? axes[0] ?? none;
}

/** The state after sizes were planned and channels chosen. Throws what cannot all be. */
export async function realign(state: State, edit: string, strategy: Strategy, asked: Asked): Promise<State> {
  const { graph } = state;
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  const freeOutputs = strategy.outputs === "free";
  const free = (name: string): boolean =>
    inputs.has(name)
      ? (asked.freeInputs ?? []).includes(name) && (freeOutputs || !graph.outputs.includes(name))
      : freeOutputs;
  const classes = classesOf(graph, free);
  const { view, planned, grouped } = await planFor(state, classes, edit, strategy, asked);
  return applied(state, edit, strategy, select(view, grouped, planned), planned);
}

async function planFor(state: State, classes: Classes, edit: string, strategy: Strategy, asked: Asked) {
  const lists: Omit<Lists, "sum"> = {
    classes,
    list: tensor => channelList(classes, tensor),
    axes: tensor => classes.lists.get(tensor)!,
  };
  const changed = asked.view?.(classes) ?? {};
  const seen: View = { ...plainView(classes), ...changed };
  const dropped = new Set([...seen.dropped].map(seen.standsFor));
  for (const [name, places] of Object.entries(strategy.without ?? {})) {
    for (const place of places) dropped.add(unwanted(name, place, lists.list(name), seen));
  }
  const view: View = { ...seen, dropped };
  const utility = utilityOf(state, classes, view, strategy.utility).sums;
  const grouped = groupsOf(view, utility, strategy.join ?? Number.POSITIVE_INFINITY);
  const all: Lists = { ...lists, sum: grouped.sumOf };
  const planned = await plan({
    groups: grouped.groups,
    sizes: grouped.sizes,
    demands: [...standing(state, classes, strategy, grouped, all), ...(asked.demands?.(all) ?? [])],
    targets: (asked.targets ?? []).map(target => {
      const list = lists.list(target.name);
      const old = list.classes.length;
      const change = "to" in target ? target.to - old : target.change;
      return {
        name: target.name,
        exact: target.exact,
        change,
        sum: grouped.sumOf(list),
        old,
        held: heldBy(list, classes),
      };
    }),
    relax: strategy.fallback !== "refuse",
    seconds: strategy.seconds ?? 10,
  });
  if ("conflict" in planned) throw refused(edit, planned);
  return { view, planned, grouped };
}

/** A channel that must go; refused where there is none, or it is held. */
function unwanted(name: string, place: number, list: List, { classes, standsFor }: View): number {
  const one = list.classes[place];
  if (one === undefined) throw new SurgeryError(`without: ${name} has no such channel, got ${place}; count from 0`);
  const own = standsFor(one);
  if (classes.fixed[own] === 0) return own;
  throw new SurgeryError(
    `without: ${name} keeps its channel ${place}, got one that ${classes.holder(own)} holds; leave it, or name another layer`,
  );
}

export function checkedBound(name: string, [least, most]: readonly [number, number]): readonly [number, number] {
  if (least >= 1 && most >= least) return [least, most];
  throw new SurgeryError(`bounds: they are [least, most] from 1, got [${least}, ${most}] for ${name}; give such`);
}

function heldBy(list: List, classes: Classes): string | undefined {
  const fixed = list.classes.find(one => classes.fixed[one] === 1);
  return fixed === undefined ? undefined : classes.holder(fixed);
}

const refused = (edit: string, { conflict, time }: { conflict: readonly string[]; time: boolean }): SurgeryError =>
  time
    ? new SurgeryError(`${edit}: no answer was found in time, got none; allow more seconds`)
    : new SurgeryError(
        `${edit}: this cannot all be, got ${conflict.length > 0 ? conflict.join("; ") : "no size that fits"}; ask for less`,
        conflict,
      );

/** What holds for every edit: no size below 1, steps, layers that never shrink or never change. */
function standing(
  { graph }: State,
  classes: Classes,
  { steps = {}, neverShrink = [], frozen = [], bounds = {} }: Strategy,
  { sizes }: { sizes: readonly (Sum & { readonly names: readonly string[]; readonly old: number })[] },
  { list, sum }: Lists,
): Demand[] {
  const upper = Number.POSITIVE_INFINITY;
  const demands = sizes.map(
    (size): Demand => ({
      sum: size,
      lower: 1,
      upper,
      why: `${size.names[0] ?? "what is read"} keeps at least 1 channel`,
    }),
  );
  const inputsOf = (name: string): readonly string[] => {
    list(name);
    const node = graph.nodes.find(one => one.name === name);
    // What is only passed on has the steps of the layer that made it.
    return node && classes.makers.has(name) ? node.inputs : [];
  };
  for (const [name, step] of Object.entries(steps)) {
    for (const tensor of [name, ...inputsOf(name)]) {
      const own = list(tensor);
      const why = `${tensor === name ? name : `${name}'s input ${tensor}`} changes by multiples of ${step}`;
      const base = own.classes.length;
      demands.push({ sum: sum(own), lower: Number.NEGATIVE_INFINITY, upper, step: { base, step }, why });
    }
  }
  for (const [name, bound] of Object.entries(bounds)) {
    const [least, most] = checkedBound(name, bound);
    const why = `${name} keeps from ${least} to ${most} channels`;
    demands.push({ sum: sum(list(name)), lower: least, upper: most, why });
  }
  for (const name of neverShrink) {
    const own = list(name);
    demands.push({ sum: sum(own), lower: own.classes.length, upper, why: `${name} never shrinks` });
  }
  for (const name of frozen) {
    for (const tensor of [name, ...inputsOf(name)]) {
      const own = list(tensor);
      const size = own.classes.length;
      demands.push({ sum: sum(own), lower: size, upper: size, why: `${name} is frozen` });
    }
  }
  return demands;
}

/** The state after channels were chosen. */
export function applied(
  state: State,
  edit: string,
  strategy: Strategy,
  selection: Selection,
  planned: Pick<Plan, "relaxed" | "status" | "solver">,
): State {
  return settled(state, edit, strategy, selection.view.classes, rebuild(state.graph, selection), planned);
}

/** The state with the graph as it was rebuilt, its values gathered. */
export function settled(
  state: State,
  edit: string,
  strategy: Strategy,
  classes: Classes,
  rebuilt: Rebuilt,
  { relaxed, status, solver }: Pick<Plan, "relaxed" | "status" | "solver">,
): State {
  const { newOutputs = "random", seed = 0 } = strategy;
  const first = firstValues(rebuilt.graph, newOutputs, seed);
  const lineage = new Map(
    [...rebuilt.places].map(([name, axes]) => {
      const before = state.lineage.get(name);
      return [
        name,
        axes.map((axis, i) =>
          before ? axis.map(place => (place < 0 ? -1 : before[i]![place]!)) : axis.map(place => Math.max(-1, place)),
        ),
      ];
    }),
  );
  const sizes: Record<string, readonly [number, number]> = {};
  for (const { name } of [...state.graph.inputs, ...state.graph.nodes]) {
    const list = channelList(classes, name);
    const after = rebuilt.places.get(name)![list.axis]?.length ?? 0;
    if (after !== list.classes.length) sizes[name] = [list.classes.length, after];
  }
  return {
    graph: rebuilt.graph,
    weights: state.weights && rebuilt.gather(state.weights, first),
    beside: Object.fromEntries(
      // What stands beside a new weight begins at 0.
      Object.entries(state.beside).map(([key, values]) => [key, rebuilt.gather(values, () => () => 0)]),
    ),
    lineage,
    steps: [...state.steps, { edit, sizes, relaxed, status, ...(solver && { solver }) }],
  };
}
