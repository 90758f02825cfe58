/** Fewer channels, the least useful first, until a network costs no more than it may. */
import type { Graph } from "../graph/index.js";
import { figures } from "../op/index.js";
import { type Classes, classesOf } from "./classes.js";
import { SurgeryError } from "./error.js";
import { plainView, type Selection } from "./groups.js";
import { rebuild } from "./rebuild.js";
import { applied, channelList, type State, type Strategy } from "./state.js";
import { even, l1, normalised, utilityOf } from "./utility.js";

/** What a network may cost: at most 1, a share of what it costs now; above, the very number. At least one of them. */
export interface Budget {
  /** Trainable parameters. */
  readonly params?: number;
  /** Multiply-accumulates of one sample. */
  readonly macs?: number;
  /** Channels that may be cut, all together. */
  readonly channels?: number;
}

/** Met and never exceeded; with the worth of every channel the mean over the layers that have it, each layer's of mean 1. */
export async function prune(state: State, budget: Budget, strategy: Strategy): Promise<State> {
  if (Object.keys(budget).length === 0) {
    throw new SurgeryError("prune: there is no budget, got none; give params, macs or channels");
  }
  const edit = `prune to ${Object.entries(budget)
    .map(([what, most]) => `${most <= 1 ? `${Math.round(100 * most)} % of` : most} ${what}`)
    .join(" and ")}`;
  checkBudget(budget, edit);
  if (!state.weights && strategy.utility && strategy.utility !== even) {
    throw new SurgeryError(
      `${edit}: there are no weights to tell what channels are worth, got a network alone; train it, or leave the utility out`,
    );
  }
  if (strategy.steps) throw new SurgeryError(`${edit}: steps are kept by resize only, got steps; leave them out`);
  const inputs = new Set(state.graph.inputs.map(({ name }) => name));
  const classes = classesOf(state.graph, name => !inputs.has(name) && strategy.outputs === "free");
  const view = plainView(classes);
  const utility = utilityOf(state, classes, view, normalised(strategy.utility ?? (state.weights ? l1 : even)));
  const order = removalOrder(classes, meanWorth(classes, utility), strategy);
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
  const now = costOf(state.graph, free);
  const limits = Object.entries(budget).map(([what, most]): [keyof Cost, number] => {
    const key = what as keyof Cost;
    return [key, most <= 1 ? Math.floor(most * now[key]) : most];
  });
  const costAt = (count: number): Cost => costOf(rebuild(state.graph, selection(count)).graph, free - count);
  /** By how much the costs are above what they may be; at most 0 where all limits are met. */
  const excess = (count: number): number => {
    const cost = costAt(count);
    return Math.max(...limits.map(([what, most]) => cost[what] / most - 1));
  };
  const [least, most] = [excess(order.length), excess(0)];
  if (least > 0) {
    const cost = costAt(order.length);
    const said = limits.filter(([what, most]) => cost[what] > most).map(([what]) => `${cost[what]} ${what}`);
    throw new SurgeryError(
      `${edit}: the smallest that can be reached is ${said.join(" and ")}, got ${limits.map(([, most]) => most).join(" and ")}; ask for more`,
    );
  }
  const count = most <= 0 ? 0 : firstBelow(excess, [0, most], [order.length, least]);
  return applied(state, edit, strategy, selection(count), { relaxed: [], status: "direct" });
}

/** The first place from which a falling function is at most 0: false position, every second step a halving. */
function firstBelow(
  value: (at: number) => number,
  [above, high]: readonly [number, number],
  [below, low]: readonly [number, number],
): number {
  let [from, to, most, least] = [above, below, high, low];
  for (let halves = false; to - from > 1; halves = !halves) {
    const share = halves ? 0.5 : most / (most - least);
    const at = Math.min(to - 1, Math.max(from + 1, Math.round(from + share * (to - from))));
    const found = value(at);
    if (found > 0) [from, most] = [at, found];
    else [to, least] = [at, found];
  }
  return to;
}

type Cost = Required<Budget>;

function costOf(graph: Graph, channels: number): Cost {
  const { params, macs } = figures(graph);
  return { params, macs, channels };
}

function checkBudget(budget: Budget, edit: string): void {
  for (const [what, most] of Object.entries(budget)) {
    if (!(most > 0))
      throw new SurgeryError(`${edit}: a budget must be above 0, got ${most} ${what}; give a share or a number`);
  }
}

/** The mean over the places at which a class stands in lists that count: what stands in many is not worth more for it. */
function meanWorth(classes: Classes, { sums, counts }: { sums: Float64Array; counts: Float64Array }): Float64Array {
  return Float64Array.from({ length: classes.count }, (_, one) => (counts[one]! > 0 ? sums[one]! / counts[one]! : 0));
}

/** Classes that can go one after another, least worth first: none that is held, and never the last of a list. */
function removalOrder(classes: Classes, worth: Float64Array, { frozen = [], neverShrink = [] }: Strategy): number[] {
  const listsOf: number[][] = Array.from({ length: classes.count }, () => []);
  const left: number[] = [];
  const known = new Set<Int32Array>();
  for (const { held, classes: ones } of [...classes.lists.values()].flat()) {
    if (held || known.has(ones)) continue;
    known.add(ones);
    const nr = left.length;
    let distinct = 0;
    for (const one of ones) {
      if (listsOf[one]!.at(-1) === nr) continue;
      listsOf[one]!.push(nr);
      distinct++;
    }
    left.push(distinct);
  }
  const kept = new Set<number>();
  for (const name of [...frozen, ...neverShrink]) for (const one of channelList(classes, name).classes) kept.add(one);
  for (const name of frozen) {
    for (const input of classes.placed.get(name)?.node.inputs ?? []) {
      for (const one of channelList(classes, input).classes) kept.add(one);
    }
  }
  const candidates = listsOf.flatMap((_, one) => (classes.fixed[one] || kept.has(one) ? [] : [one]));
  candidates.sort((a, b) => worth[a]! - worth[b]! || a - b);
  return candidates.filter(one => {
    if (listsOf[one]!.some(list => left[list] === 1)) return false;
    for (const list of listsOf[one]!) left[list]!--;
    return true;
  });
}
