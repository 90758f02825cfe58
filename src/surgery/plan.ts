/**
 * Sizes that meet what is asked: which targets, which utility, which change, in that order. Channels that occur equally
 * often in every size are a group; how many of a group stay and how many join it decides every size.
 */
import { disjointSets } from "../disjoint-sets.js";
import { enumerated } from "./enumerate.js";
import { type Built, programmeOf } from "./formulate.js";
import { conflict, type Outcome, type Programme, type Solver, solve } from "./programme.js";
import type { Demand, Request, Sum } from "./request.js";

export interface Plan {
  /** Of every group: how many channels stay, and how many join. */
  readonly keep: readonly number[];
  readonly join: readonly number[];
  /** Exact targets that could not be met, and were relaxed. */
  readonly relaxed: readonly string[];
  /** Whether a solver was needed, and whether it proved its answer. */
  readonly status: "direct" | "optimal" | "time limit";
  /** What the solver did, where one was needed. */
  readonly solver?: Solver;
}

export interface Refusal {
  /** What cannot all be. */
  readonly conflict: readonly string[];
  /** The time ran out before there was an answer. */
  readonly time: boolean;
}

export async function plan(request: Request): Promise<Plan | Refusal> {
  const touched = touchedGroups(request);
  const direct = directPlan(request, touched);
  if (direct) return direct;
  const found = await attempt(request, touched, []);
  if (!("conflict" in found)) return found;
  const exact = request.targets.filter(target => target.exact);
  if (!request.relax || exact.length === 0) return found.conflict();
  const relaxed = {
    ...request,
    targets: request.targets.map(target => ({ ...target, exact: false })),
  };
  const again = await attempt(
    relaxed,
    touched,
    exact.map(target => target.name),
  );
  return "conflict" in again ? again.conflict() : again;
}

/** The best plan, where there is one; else a way to learn why there is none. */
async function attempt(
  request: Request,
  touched: readonly number[][],
  relaxed: readonly string[],
): Promise<Plan | { conflict: () => Promise<Refusal> }> {
  const tried = enumerated(request, touched);
  if (typeof tried === "object") {
    const { groups } = request;
    const keep = groups.map(({ most }, i) => tried.keep.get(i) ?? most);
    return { keep, join: groups.map((_, i) => tried.join.get(i) ?? 0), relaxed, status: "direct" };
  }
  const built = programmeOf(request, touched);
  const found = tried ?? (await solve(built.programme, request.seconds));
  if (typeof found === "object") return planOf(request, built, found, relaxed);
  return { conflict: () => refusal(built.programme, found, request.seconds) };
}

async function refusal(programme: Programme, outcome: Outcome, seconds: number): Promise<Refusal> {
  if (outcome === "time") return { conflict: [], time: true };
  const rows = await conflict(programme, seconds);
  return { conflict: [...new Set(rows.map(row => row.why).filter(why => why !== ""))], time: false };
}

/** A sum of channels when so many are in every group. */
const amount = (sum: Sum, total: (group: number) => number): number =>
  sum.terms.reduce((value, [group, times]) => value + times * total(group), sum.constant);

const meets = ({ sum, lower, upper, step }: Demand, total: (group: number) => number): boolean => {
  const value = amount(sum, total);
  return value >= lower && value <= upper && (!step || (value - step.base) % step.step === 0);
};

/** Groups that something asks to change, and all that hang together with them; the others stay as they are. */
function touchedGroups({ groups, sizes, demands, targets }: Request): number[][] {
  const sets = disjointSets(groups.length);
  const sums = [...sizes, ...demands.map(({ sum }) => sum), ...targets.map(({ sum }) => sum)];
  for (const { terms } of sums) for (const [group] of terms) sets.union(group, terms[0]![0]);
  const touched = new Set<number>();
  const touch = ({ terms }: Sum): void => {
    for (const [group] of terms) touched.add(sets.find(group));
  };
  for (const { sum } of targets) touch(sum);
  for (const demand of demands) if (!meets(demand, group => groups[group]!.most)) touch(demand.sum);
  groups.forEach(({ most, keep, utilities }, i) => {
    if (keep < most || (utilities?.at(-1) ?? 0) < 0) touched.add(sets.find(i));
  });
  const components = new Map<number, number[]>();
  groups.forEach((_, i) => {
    const root = sets.find(i);
    if (touched.has(root)) components.set(root, [...(components.get(root) ?? []), i]);
  });
  return [...components.values()];
}

/** No solver is needed where every touched group stands alone, and an exact target tells its size. */
function directPlan(request: Request, touched: readonly number[][]): Plan | undefined {
  const totals = new Map<number, number>();
  for (const component of touched) {
    const group = component[0]!;
    const target = request.targets.find(({ sum, exact }) => exact && sum.terms.some(([one]) => one === group));
    if (component.length > 1 || !target) return undefined;
    const { most, keep, join, utilities } = request.groups[group]!;
    const total = (target.old + target.change - target.sum.constant) / target.sum.terms[0]![1];
    if (!Number.isInteger(total) || keep < most || total > most + join || (utilities?.at(-1) ?? 0) < 0)
      return undefined;
    totals.set(group, total);
  }
  const total = (group: number): number => totals.get(group) ?? request.groups[group]!.most;
  const met =
    request.demands.every(demand => meets(demand, total)) &&
    request.targets.every(target => amount(target.sum, total) === target.old + target.change);
  // A constant sum that cannot be met has no group to change: the solver says what is in its way.
  if (!met) return undefined;
  const keep = request.groups.map(({ most }, i) => Math.min(most, total(i)));
  return { keep, join: keep.map((kept, i) => total(i) - kept), relaxed: [], status: "direct" };
}

function planOf(
  { groups }: Request,
  { variables }: Built,
  found: Exclude<Outcome, string>,
  relaxed: readonly string[],
): Plan {
  const keep: number[] = [];
  const join: number[] = [];
  groups.forEach(({ most }, i) => {
    const own = variables.get(i);
    const joined = own ? found.values[own.join]! : 0;
    if (own && own.keep === undefined) {
      keep.push(Math.min(most, joined));
      join.push(Math.max(0, joined - most));
    } else {
      keep.push(own ? found.values[own.keep!]! : most);
      join.push(joined);
    }
  });
  return { keep, join, relaxed, status: found.proved ? "optimal" : "time limit", solver: found.solver };
}
