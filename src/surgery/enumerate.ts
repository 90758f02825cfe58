/**
 * Small requests without a solver: all totals of few groups are tried. What is left untried is proved to be worse than
 * what was found, or else nothing is said.
 */
import type { Demand, Request, Sum } from "./request.js";
import { total } from "./sums.js";

export interface Totals {
  readonly keep: ReadonlyMap<number, number>;
  readonly join: ReadonlyMap<number, number>;
}

/** Most groups, and most ways of giving each its total, that are tried. */
const most = { groups: 3, ways: 4000 };
/** Share of an objective's value that a later objective may not take from it, as of the solver. */
const tolerance = 1e-7;

/** The best totals of the touched groups; "infeasible" where there are none, undefined where the solver must say. */
export function enumerated(
  request: Request,
  touched: readonly (readonly number[])[],
): Totals | "infeasible" | undefined {
  const groups = touched.flat();
  if (groups.length === 0 || groups.length > most.groups) return undefined;
  const problem = problemOf(request, groups);
  const ranges = rangesOf(problem);
  if (!ranges || ranges.reduce((ways, { cap }) => ways * (cap + 1), 1) > most.ways) return undefined;
  const tried = feasible(
    problem,
    ranges.map(({ cap }) => cap),
  );
  if (tried.length === 0) return ranges.every(({ sure }) => sure) ? "infeasible" : undefined;
  const { distance, utility, change, joins } = objectives(problem);
  const near = best(tried, distance);
  const found = best(
    best(
      best(near, totals => -utility(totals)),
      change,
    ),
    joins,
  )[0]!;
  const limits = { distance: distance(found), change: change(found) };
  if (!ranges.every((range, i) => range.sure || beyond(problem, i, limits) <= range.cap)) return undefined;
  const parts = found.map((one, i) => problem.members[i]!.parts(one));
  return {
    keep: new Map(groups.map((group, i) => [group, parts[i]!.keep])),
    join: new Map(groups.map((group, i) => [group, parts[i]!.join])),
  };
}

/** A sum of the totals of the groups that are tried, by their place. */
interface Line {
  readonly terms: readonly (readonly [place: number, times: number])[];
  readonly constant: number;
}
interface Member {
  readonly most: number;
  /** Most channels that it may have in all. */
  readonly limit: number;
  /** How many of so many channels stay, and how many join, for the most utility. */
  readonly parts: (total: number) => { keep: number; join: number; utility: number };
  readonly allows: (total: number) => boolean;
}
interface Problem {
  readonly members: readonly Member[];
  readonly demands: readonly (Line & Pick<Demand, "lower" | "upper" | "step">)[];
  readonly targets: readonly (Line & { readonly wanted: number; readonly old: number; readonly exact: boolean })[];
  /** Sizes that should change little, and how many layers have them. */
  readonly sizes: readonly (Line & { readonly old: number; readonly weight: number })[];
}

function problemOf(request: Request, groups: readonly number[]): Problem {
  const placeOf = new Map(groups.map((group, i) => [group, i]));
  const line = (sum: Sum): Line => {
    const terms: [number, number][] = [];
    const all = total([sum]);
    let constant = all.constant;
    for (const [group, times] of all.terms) {
      const place = placeOf.get(group);
      if (place === undefined) constant += times * request.groups[group]!.most;
      else terms.push([place, times]);
    }
    return { terms, constant };
  };
  const loose = new Set(request.targets.filter(({ exact }) => !exact).map(({ name }) => name));
  const weightOf = (names: readonly string[]): number => names.filter(name => !loose.has(name)).length;
  // No worth above 1: what rounding is does not depend on how worth is told.
  const worths = groups.flatMap(group => request.groups[group]!.utilities ?? []);
  const scale = worths.reduce((largest, one) => Math.max(largest, Math.abs(one)), 0) || 1;
  return {
    members: groups.map(group => memberOf(request.groups[group]!, scale)),
    demands: request.demands.map(({ sum, lower, upper, step }) => ({
      ...line(sum),
      lower,
      upper,
      ...(step && { step }),
    })),
    targets: request.targets.map(({ sum, old, change, exact }) => ({ ...line(sum), wanted: old + change, old, exact })),
    sizes: request.sizes
      .map(size => ({ ...line(size), old: size.old, weight: weightOf(size.names) }))
      .filter(({ terms, old, weight }) => terms.length > 0 && old > 0 && weight > 0),
  };
}

function memberOf({ most: size, keep, join, utilities }: Request["groups"][number], scale: number): Member {
  if (!utilities) {
    const limit = Math.min(keep, size) + join;
    const parts = (total: number) => ({ keep: Math.min(size, total), join: Math.max(0, total - size), utility: 0 });
    return { most: size, limit, parts, allows: total => total <= limit };
  }
  const worth = [0];
  for (const one of utilities) worth.push(worth.at(-1)! + one / scale);
  const parts = (total: number) => {
    let kept = Math.min(keep, total);
    // Those of negative worth go, as far as others may join instead.
    while (kept > Math.max(0, total - join) && worth[kept - 1]! > worth[kept]!) kept--;
    return { keep: kept, join: total - kept, utility: worth[kept]! };
  };
  return { most: size, limit: keep + join, parts, allows: total => total - Math.min(keep, total) <= join };
}

const amount = ({ terms, constant }: Line, totals: readonly number[]): number =>
  terms.reduce((sum, [place, times]) => sum + times * totals[place]!, constant);

/** How far the totals of every group are tried; `sure` where demands forbid all others. */
function rangesOf(problem: Problem): { cap: number; sure: boolean }[] | undefined {
  const { members, demands, targets } = problem;
  const high = members.map(({ limit }) => limit);
  const rows = [
    ...demands,
    ...targets.filter(({ exact }) => exact).map(one => ({ ...one, lower: one.wanted, upper: one.wanted })),
  ];
  // Every round may carry a bound one demand further.
  for (let round = 0; round <= members.length; round++) for (const row of rows) tighten(row, high);
  const reach = targets.reduce((sum, { wanted, old }) => sum + Math.abs(wanted - old), 1);
  const all = members.map(({ most: size }, place) => {
    if (high[place]! < Number.POSITIVE_INFINITY) return { cap: Math.max(0, high[place]!), sure: true };
    const loose = targets.some(one => !one.exact && timesIn(one, place) > 0);
    if (!loose && !isFree(problem, place)) return undefined;
    // So many alone meet every demand of at least something.
    const least = rows.map(one => (timesIn(one, place) > 0 ? (one.lower - one.constant) / timesIn(one, place) : 0));
    return { cap: Math.max(2 * size + reach, ...least.map(Math.ceil)), sure: false };
  });
  return all.every(one => one !== undefined) ? all : undefined;
}

/** Lowers the most that each group can have where a demand allows no more. */
function tighten({ terms, constant, lower, upper }: Line & { lower: number; upper: number }, high: number[]): void {
  for (const sign of [1, -1]) {
    const bound = sign > 0 ? upper - constant : constant - lower;
    for (const [place, times] of terms) {
      if (sign * times <= 0) continue;
      // The others take the least of it that they can.
      const rest = terms.reduce(
        (sum, [other, factor]) => sum + (other !== place && sign * factor < 0 ? sign * factor * high[other]! : 0),
        0,
      );
      high[place] = Math.min(high[place]!, Math.floor((bound - rest) / (sign * times) + 1e-9));
    }
  }
}

/** Whether a group may always have fewer channels, down to those that it has, and nothing that comes before changes is worse for it. */
const isFree = ({ demands, targets }: Problem, place: number): boolean =>
  [...targets.map(one => ({ ...one, upper: 0, step: undefined })), ...demands].every(
    ({ terms, upper, step }) =>
      terms.every(([one]) => one !== place) ||
      (upper === Number.POSITIVE_INFINITY && !step && terms.every(([, times]) => times > 0)),
  );

const timesIn = ({ terms }: Line, place: number): number => terms.find(([one]) => one === place)?.[1] ?? 0;

/** The most channels of a group with which something could be as good as these values. */
function beyond({ targets, sizes }: Problem, place: number, limits: { distance: number; change: number }): number {
  const loose = targets.filter(one => !one.exact && timesIn(one, place) > 0);
  const near = loose.map(one => (one.wanted - one.constant + limits.distance / 0.9) / timesIn(one, place));
  const still = sizes
    .filter(one => timesIn(one, place) > 0)
    .map(one => {
      const far = one.old * (1 + limits.change / (0.8 + 0.1 * one.weight));
      return (far - one.constant) / timesIn(one, place);
    });
  return Math.floor(Math.min(...(loose.length > 0 ? near : still)) + 1e-6);
}

/** All totals that meet every demand. */
function feasible(problem: Problem, caps: readonly number[]): number[][] {
  const { members, demands, targets } = problem;
  const meets = (totals: readonly number[]): boolean =>
    demands.every(demand => {
      const value = amount(demand, totals);
      const { lower, upper, step } = demand;
      return value >= lower && value <= upper && (!step || (value - step.base) % step.step === 0);
    }) &&
    targets.every(target => {
      const value = amount(target, totals);
      const { exact, wanted, old } = target;
      // A relaxed one changes in the wanted direction, too.
      return exact ? value === wanted : Math.sign(value - old) === Math.sign(wanted - old) || wanted === old;
    });
  const found: number[][] = [];
  const walk = (totals: number[]): void => {
    const place = totals.length;
    if (place === members.length) {
      if (meets(totals)) found.push(totals);
      return;
    }
    for (let one = 0; one <= caps[place]!; one++) if (members[place]!.allows(one)) walk([...totals, one]);
  };
  walk([]);
  return found;
}

type Objective = (totals: readonly number[]) => number;

function objectives({
  members,
  targets,
  sizes,
}: Problem): Record<"distance" | "utility" | "change" | "joins", Objective> {
  const loose = targets.filter(({ exact }) => !exact);
  const parts = (totals: readonly number[]) => totals.map((one, i) => members[i]!.parts(one));
  return {
    distance: totals => sumAndMost(loose.map(one => [Math.abs(amount(one, totals) - one.wanted), 1])),
    utility: totals => parts(totals).reduce((sum, { utility }) => sum + utility, 0),
    change: totals => sumAndMost(sizes.map(one => [Math.abs(amount(one, totals) - one.old) / one.old, one.weight])),
    joins: totals => parts(totals).reduce((sum, { join }) => sum + join, 0),
  };
}

/** 0.1 times the sum and 0.8 times the largest. */
const sumAndMost = (parts: readonly (readonly [value: number, weight: number])[]): number =>
  0.8 * parts.reduce((largest, [value]) => Math.max(largest, value), 0) +
  0.1 * parts.reduce((sum, [value, weight]) => sum + weight * value, 0);

/** Those of the least value, as far as rounding tells. */
function best(all: readonly number[][], value: Objective): number[][] {
  const values = all.map(value);
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return all.filter((_, i) => values[i]! <= least + tolerance * Math.max(1, Math.abs(least)));
}
