/**
 * Of channels in their order the fewest that must go for a budget: the first ones of the order, less those that can come
 * back. Where a channel of many places goes, and with it more than need be, the budget is met without it, too, if that
 * loses less.
 */
import type { Graph } from "../graph/index.js";
import { type Cost, costOf, excessOf, firstBelow, type Limit } from "./budget.js";
import { costsWithout } from "./costs.js";
import type { Selection } from "./groups.js";
import { rebuild } from "./rebuild.js";
import type { Standing } from "./removal-order.js";

/** 1 for every class that is cut. */
export type Gone = Uint8Array;

export interface Search {
  readonly graph: Graph;
  readonly selection: (gone: Gone) => Selection;
  readonly standing: Standing;
  readonly limits: readonly Limit[];
  /** Channels that may go in all. */
  readonly free: number;
  /** What is lost with a class. */
  readonly loss: Float64Array;
}

/** Share of the budget that may be left unused before the order is doubted, and how often it is. */
const doubt = { unused: 0.01, times: 8 };

/** All of `order` together meet the limits. */
export async function fewest(order: readonly number[], search: Search): Promise<Gone> {
  let best = await firstOf(order, search);
  let [candidate, rest] = [best, order];
  for (let times = 0; times < doubt.times && candidate.unused > doubt.unused; times++) {
    // Without what made it meet the limits, and all of its kind that would follow.
    const { count } = candidate;
    const kind = kindOf(search.standing, rest[count - 1]!);
    rest = rest.filter((one, i) => i < count - 1 || kindOf(search.standing, one) !== kind);
    if (excessAt(rest, search)(rest.length) > 0) break;
    candidate = await firstOf(rest, search);
    if (candidate.lost < best.lost) best = candidate;
  }
  return best.gone;
}

/** How many of the first ones must go at least. */
export async function firstCount(order: readonly number[], search: Search): Promise<number> {
  const excess = excessAt(order, search);
  const [most, least] = [excess(0), excess(order.length)];
  return most <= 0 ? 0 : firstBelow(excess, [0, most], [order.length, least]);
}

/** Without the first ones of an order. */
export function withoutFirst(order: readonly number[], count: number, { standing }: Search): Gone {
  const gone = new Uint8Array(standing.places.length);
  for (let i = 0; i < count; i++) gone[order[i]!] = 1;
  return gone;
}

/** What is left of a graph of which so many of the first ones are cut costs so much more than it may, or less. */
const excessAt =
  (order: readonly number[], search: Search) =>
  (count: number): number =>
    excessOf(search.limits, costWithoutFirst(order, count, search));

export function costWithoutFirst(order: readonly number[], count: number, search: Search): Cost {
  const { graph, selection, free } = search;
  return costOf(rebuild(graph, selection(withoutFirst(order, count, search))).graph, free - count);
}

interface Candidate {
  readonly gone: Gone;
  readonly lost: number;
  /** Of the order, before anything came back. */
  readonly count: number;
  /** Share of the tightest limit that was left then. */
  readonly unused: number;
}

async function firstOf(order: readonly number[], search: Search): Promise<Candidate> {
  const count = await firstCount(order, search);
  const gone = withoutFirst(order, count, search);
  const unused = count === 0 ? 0 : -excessAt(order, search)(count);
  if (unused > 0) putBack(order.slice(0, count).reverse(), gone, search);
  const lost = order.reduce((sum, one) => sum + (gone[one] ? search.loss[one]! : 0), 0);
  return { gone, lost, count, unused };
}

/** The most useful first, whatever the limits still allow: none is left that could come back. */
function putBack(order: readonly number[], gone: Gone, search: Search): void {
  const { graph, selection, standing, limits, free } = search;
  const costs = costsWithout(graph, selection(gone), gone, standing, free - order.length, limits);
  // Where one does not fit, none of its kind does: with every channel more, each costs more.
  const refused = new Set<string>();
  for (const one of order) {
    const kind = kindOf(standing, one);
    if (refused.has(kind)) continue;
    const { cost, keep } = costs.with(one);
    if (excessOf(limits, cost) > 0) refused.add(kind);
    else keep();
  }
}

/** The same for all classes that occur equally often in every list. */
const kindOf = ({ places }: Standing, one: number): string =>
  places[one]!.map(({ list, times }) => `${list}:${times}`).join(" ");
