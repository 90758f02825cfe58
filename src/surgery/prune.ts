/** Fewer channels, the least useful first, until a network costs no more than it may. */
import {
  type Budget,
  costOf,
  excessOf,
  firstBelow,
  type Latency,
  limitsOf,
  smallest,
  spelledBudget,
  unreachable,
} from "./budget.js";
import { type Classes, classesOf } from "./classes.js";
import { SurgeryError } from "./error.js";
import { plainView, type Selection } from "./groups.js";
import { rebuild } from "./rebuild.js";
import { applied, channelList, checkedBound, type State, type Strategy } from "./state.js";
import { even, l1, normalised, utilityOf } from "./utility.js";

/** Met and never exceeded; with the worth of every channel the mean over the layers that have it, each layer's of mean 1. */
export async function prune(state: State, budget: Budget, strategy: Strategy): Promise<State> {
  const edit = `prune to ${spelledBudget(budget)}`;
  refuseStrategy(state, strategy, edit);
  const inputs = new Set(state.graph.inputs.map(({ name }) => name));
  const classes = classesOf(state.graph, name => !inputs.has(name) && strategy.outputs === "free");
  const view = plainView(classes);
  const utility = utilityOf(state, classes, view, normalised(strategy.utility ?? (state.weights ? l1 : even)));
  const order = removalOrder(classes, meanWorth(classes, utility), strategy, edit);
  const rank = new Int32Array(classes.count).fill(order.length);
  order.forEach((one, i) => {
    rank[one] = i;
  });
  const selection = (count: number): Selection => ({
    view,
    keep: one => rank[one]! >= count,
    join: () => 0,
    lead: () => 0,
  });
  const free = classes.fixed.reduce((count, fixed) => count + (fixed ? 0 : 1), 0);
  const limits = limitsOf(budget, costOf(state.graph, free));
  const costAt = (count: number) => costOf(rebuild(state.graph, selection(count)).graph, free - count);
  const excess = (count: number): number => excessOf(limits, costAt(count));
  const [least, most] = [excess(order.length), excess(0)];
  if (least > 0) throw unreachable(edit, limits, costAt(order.length));
  const count = most <= 0 ? 0 : await firstBelow(excess, [0, most], [order.length, least]);
  const cut = (at: number): State => applied(state, edit, strategy, selection(at), { relaxed: [], status: "direct" });
  return budget.latency ? fastEnough(state, budget.latency, [count, order.length], cut, edit) : cut(count);
}

/** Of what is small enough already, from `first` channels cut to `last`, the first that is measured to be fast enough. */
async function fastEnough(
  state: State,
  { most, share = 1, measure }: Latency,
  [first, last]: readonly [number, number],
  cut: (count: number) => State,
  edit: string,
): Promise<State> {
  const measured = async ({ graph, weights }: State): Promise<number> => {
    const found = await measure({ graph, weights });
    if (found > 0 && Number.isFinite(found)) return found;
    throw new SurgeryError(`${edit}: a latency is a number of milliseconds, got ${found}; correct what measures it`);
  };
  const before = await measured(state);
  const longest = most ?? share * before;
  const excess = async (count: number): Promise<number> => (await measured(cut(count))) / longest - 1;
  const [least, start] = [await excess(last), await excess(first)];
  if (least > 0) throw smallest(edit, `${((1 + least) * longest).toPrecision(3)} ms`, `${longest.toPrecision(3)} ms`);
  let count = start <= 0 ? first : await firstBelow(excess, [first, start], [last, least]);
  // What is measured varies: what is given back was fast enough twice.
  for (;;) {
    const made = cut(count);
    const after = await measured(made);
    if (after <= longest || count === last) return withLatency(made, [before, after]);
    count = Math.min(last, count + Math.max(1, Math.ceil((last - count) / 50)));
  }
}

const withLatency = (state: State, latency: readonly [number, number]): State => ({
  ...state,
  steps: state.steps.map((step, i) => (i === state.steps.length - 1 ? { ...step, latency } : step)),
});

/** What pruning cannot keep, or cannot tell. */
function refuseStrategy(state: State, { utility, steps, without }: Strategy, edit: string): void {
  if (!state.weights && utility && utility !== even) {
    throw new SurgeryError(
      `${edit}: there are no weights to tell what channels are worth, got a network alone; train it, or leave the utility out`,
    );
  }
  if (steps) throw new SurgeryError(`${edit}: steps are kept by resize only, got steps; leave them out`);
  if (without) {
    throw new SurgeryError(`${edit}: channels that must go are told to align, got without; leave it out`);
  }
}

/** The mean over the places at which a class stands in lists that count: what stands in many is not worth more for it. */
function meanWorth(classes: Classes, { sums, counts }: { sums: Float64Array; counts: Float64Array }): Float64Array {
  return Float64Array.from({ length: classes.count }, (_, one) => (counts[one]! > 0 ? sums[one]! / counts[one]! : 0));
}

/**
 * Classes that can go one after another, least worth first: none that is held, and of a list never the last, or those
 * that its bounds keep.
 */
function removalOrder(classes: Classes, worth: Float64Array, strategy: Strategy, edit: string): number[] {
  const floors = floorsOf(classes, strategy, edit);
  const standsIn: { readonly list: number; times: number }[][] = Array.from({ length: classes.count }, () => []);
  /** Places of every list that may still go. */
  const left: number[] = [];
  for (const ones of new Set([...classes.lists.values()].flat().flatMap(list => (list.held ? [] : [list.classes])))) {
    for (const one of ones) {
      const last = standsIn[one]!.at(-1);
      if (last?.list === left.length) last.times++;
      else standsIn[one]!.push({ list: left.length, times: 1 });
    }
    left.push(ones.length - (floors.get(ones) ?? 1));
  }
  const kept = keptBy(classes, strategy);
  const candidates = standsIn.flatMap((_, one) => (classes.fixed[one] || kept.has(one) ? [] : [one]));
  candidates.sort((a, b) => worth[a]! - worth[b]! || a - b);
  return candidates.filter(one => {
    if (standsIn[one]!.some(({ list, times }) => left[list]! < times)) return false;
    for (const { list, times } of standsIn[one]!) left[list]! -= times;
    return true;
  });
}

/** Fewest places of lists that have bounds. */
function floorsOf(classes: Classes, { bounds = {} }: Strategy, edit: string): Map<Int32Array, number> {
  const floors = new Map<Int32Array, number>();
  for (const [name, bound] of Object.entries(bounds)) {
    const [least, most] = checkedBound(name, bound);
    const { classes: ones } = channelList(classes, name);
    if (ones.length > most) {
      throw new SurgeryError(
        `${edit}: ${name} keeps at most ${most} channels, got ${ones.length}; resize it first, or raise its bound`,
      );
    }
    floors.set(ones, Math.max(least, floors.get(ones) ?? 1));
  }
  return floors;
}

/** Classes of layers that never shrink or change. */
function keptBy(classes: Classes, { frozen = [], neverShrink = [] }: Strategy): Set<number> {
  const kept = new Set<number>();
  for (const name of [...frozen, ...neverShrink]) for (const one of channelList(classes, name).classes) kept.add(one);
  for (const name of frozen) {
    for (const input of classes.placed.get(name)?.node.inputs ?? []) {
      for (const one of channelList(classes, input).classes) kept.add(one);
    }
  }
  return kept;
}
