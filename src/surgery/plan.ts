/**
 * Sizes that meet what is asked: which targets, which utility, which change, in that order. Channels that occur equally
 * often in every size are a group; how many of a group stay and how many join it decides every size.
 */
import { conflict, emptyProgramme, type Outcome, type Programme, solve, type Term, variable } from "./programme.js";

export interface Group {
  /** Channels that it has. */
  readonly most: number;
  /** Of its channels, falling; without them only sizes matter, and channels are replaced for nothing. */
  readonly utilities?: readonly number[] | undefined;
  /** Most channels that may stay: fewer where some must go. */
  readonly keep: number;
  /** Most channels that may join. */
  readonly join: number;
}

/** Channels of groups, so many times each, and some that never change. */
export interface Sum {
  readonly terms: readonly (readonly [group: number, times: number])[];
  readonly constant: number;
}

/** A size that should change little. */
export interface Size extends Sum {
  /** Whose channels these are. */
  readonly names: readonly string[];
  readonly old: number;
}

/** What a sum of channels must be. */
export interface Demand {
  readonly sum: Sum;
  readonly lower: number;
  readonly upper: number;
  /** It differs from `base` by a multiple of `step`. */
  readonly step?: { readonly base: number; readonly step: number };
  readonly why: string;
}

export interface Target {
  readonly name: string;
  readonly sum: Sum;
  readonly old: number;
  readonly change: number;
  readonly exact: boolean;
  /** What keeps some of its channels as they are. */
  readonly held?: string | undefined;
}

export interface Request {
  readonly groups: readonly Group[];
  readonly sizes: readonly Size[];
  readonly demands: readonly Demand[];
  readonly targets: readonly Target[];
  /** Whether exact targets may be relaxed where they cannot be met. */
  readonly relax: boolean;
  /** Most seconds of the solver, for each attempt. */
  readonly seconds: number;
}

export interface Plan {
  /** Of every group: how many channels stay, and how many join. */
  readonly keep: readonly number[];
  readonly join: readonly number[];
  /** Exact targets that could not be met, and were relaxed. */
  readonly relaxed: readonly string[];
  /** Whether a solver was needed, and whether it proved its answer. */
  readonly status: "direct" | "optimal" | "time limit";
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
  const first = programmeOf(request, touched);
  const found = await solve(first.programme, request.seconds);
  if (typeof found === "object") return planOf(request, first, found, []);
  const exact = request.targets.filter(target => target.exact);
  if (!request.relax || exact.length === 0) return refusal(first.programme, found, request.seconds);
  const relaxed = {
    ...request,
    targets: request.targets.map(target => ({ ...target, exact: false })),
  };
  const second = programmeOf(relaxed, touched);
  const again = await solve(second.programme, request.seconds);
  if (typeof again === "object") {
    return planOf(
      request,
      second,
      again,
      exact.map(target => target.name),
    );
  }
  return refusal(second.programme, again, request.seconds);
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
  const parent = groups.map((_, i) => i);
  const find = (a: number): number => {
    let root = a;
    while (parent[root] !== root) {
      parent[root] = parent[parent[root]!]!;
      root = parent[root]!;
    }
    return root;
  };
  const sums = [...sizes, ...demands.map(({ sum }) => sum), ...targets.map(({ sum }) => sum)];
  for (const { terms } of sums) for (const [group] of terms) parent[find(group)] = find(terms[0]![0]);
  const touched = new Set<number>();
  const touch = ({ terms }: Sum): void => {
    for (const [group] of terms) touched.add(find(group));
  };
  for (const { sum } of targets) touch(sum);
  for (const demand of demands) if (!meets(demand, group => groups[group]!.most)) touch(demand.sum);
  groups.forEach(({ most, keep, utilities }, i) => {
    if (keep < most || (utilities?.at(-1) ?? 0) < 0) touched.add(find(i));
  });
  const components = new Map<number, number[]>();
  groups.forEach((_, i) => {
    const root = find(i);
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

interface Built {
  readonly programme: Programme;
  /** Variables of a touched group: how many stay and how many join, or how many there are. */
  readonly variables: ReadonlyMap<number, { readonly keep?: number; readonly join: number }>;
}

function programmeOf(request: Request, touched: readonly number[][]): Built {
  const programme = emptyProgramme();
  const variables = new Map<number, { keep?: number; join: number }>();
  const utility: Term[] = [];
  const inOrder = touched.flat().sort((a, b) => a - b);
  const largest = Math.max(...inOrder.flatMap(i => request.groups[i]!.utilities ?? []).map(Math.abs), Number.MIN_VALUE);
  for (const i of inOrder) {
    const { most, keep, join, utilities } = request.groups[i]!;
    if (!utilities) {
      variables.set(i, { join: variable(programme, 0, Math.min(keep, most) + join) });
      continue;
    }
    const kept = variable(programme, 0, keep);
    variables.set(i, { keep: kept, join: variable(programme, 0, join) });
    utility.push(...utilityTerms(programme, kept, utilities, largest));
  }
  const termsOf = (sum: Sum): { terms: Term[]; constant: number } => {
    const terms: Term[] = [];
    let constant = sum.constant;
    for (const [group, times] of sum.terms) {
      const own = variables.get(group);
      if (!own) constant += times * request.groups[group]!.most;
      else for (const one of [own.keep, own.join]) if (one !== undefined) terms.push([one, times]);
    }
    return { terms, constant };
  };
  for (const demand of request.demands) addDemand(programme, demand, termsOf(demand.sum));
  const distances = request.targets.flatMap(target => addTarget(programme, target, termsOf(target.sum)));
  if (distances.length > 0) programme.objectives.push(sumAndMost(programme, distances));
  if (utility.length > 0) programme.objectives.push(utility);
  const loose = new Set(request.targets.filter(({ exact }) => !exact).map(({ name }) => name));
  const changes = request.sizes
    .map(size => ({ size, weight: size.names.filter(name => !loose.has(name)).length }))
    .filter(({ size, weight }) => weight > 0 && size.old > 0)
    .flatMap(({ size, weight }) => addChange(programme, size.old, weight, termsOf(size)));
  programme.objectives.push(sumAndMost(programme, changes));
  // Of equal plans, the one that makes fewest channels anew.
  const joins = inOrder.flatMap((i): Term[] => (request.groups[i]!.utilities ? [[variables.get(i)!.join, 1]] : []));
  if (inOrder.some(i => request.groups[i]!.utilities?.at(-1) === 0)) programme.objectives.push(joins);
  return { programme, variables };
}

/** The most useful stay first: one variable for channels of one utility. */
function utilityTerms(programme: Programme, kept: number, utilities: readonly number[], largest: number): Term[] {
  const runs = new Map<number, number>();
  for (const one of utilities) runs.set(one, (runs.get(one) ?? 0) + 1);
  if (runs.size <= 1) return [...runs.keys()].map(one => [kept, -one / largest]);
  const parts = [...runs].map(([one, count]) => [variable(programme, 0, count, false), one] as const);
  programme.rows.push({
    terms: [...parts.map(([part]): Term => [part, 1]), [kept, -1]],
    lower: 0,
    upper: 0,
    why: "",
  });
  return parts.map(([part, one]) => [part, -one / largest]);
}

interface Linear {
  readonly terms: readonly Term[];
  readonly constant: number;
}

function addDemand(programme: Programme, { lower, upper, step, why }: Demand, { terms, constant }: Linear): void {
  if (terms.length === 0 && constant >= lower && constant <= upper) return;
  programme.rows.push({ terms, lower: lower - constant, upper: upper - constant, why });
  if (!step || terms.length === 0) return;
  const times = variable(programme, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  const rest = step.base - constant;
  programme.rows.push({ terms: [...terms, [times, -step.step]], lower: rest, upper: rest, why });
}

/** The distance of a relaxed target, as a variable; an exact one has none. */
function addTarget(
  programme: Programme,
  { name, old, change, exact, held }: Target,
  { terms, constant }: Linear,
): number[] {
  const wanted = old + change - constant;
  const though = held === undefined ? "" : `, though ${held} keeps its own`;
  const why = `${name} is to have ${old + change} channels${though}`;
  if (exact) {
    programme.rows.push({ terms, lower: wanted, upper: wanted, why });
    return [];
  }
  const direction = Math.sign(change);
  if (direction !== 0) {
    const least = old - constant + direction;
    const [lower, upper] = direction > 0 ? [least, Number.POSITIVE_INFINITY] : [Number.NEGATIVE_INFINITY, least];
    const more = direction > 0 ? "more" : "fewer";
    programme.rows.push({ terms, lower, upper, why: `${name} is to have ${more} channels than ${old}${though}` });
  }
  return [distance(programme, terms, wanted, 1)];
}

/** A variable of at least |terms - wanted| / unit. */
function distance(programme: Programme, terms: readonly Term[], wanted: number, unit: number): number {
  const far = variable(programme, 0, Number.POSITIVE_INFINITY, false);
  const up: Term = [far, -unit];
  programme.rows.push({ terms: [...terms, up], lower: Number.NEGATIVE_INFINITY, upper: wanted, why: "" });
  programme.rows.push({ terms: [...terms, [far, unit]], lower: wanted, upper: Number.POSITIVE_INFINITY, why: "" });
  return far;
}

function addChange(programme: Programme, old: number, weight: number, { terms, constant }: Linear): [number, number][] {
  return terms.length === 0 ? [] : [[distance(programme, terms, old - constant, old), weight]];
}

/** 0.1 times the sum and 0.8 times the largest: the change is small, and not all in one place. */
function sumAndMost(programme: Programme, parts: readonly (number | readonly [number, number])[]): Term[] {
  const most = variable(programme, 0, Number.POSITIVE_INFINITY, false);
  const weighted = parts.map(part => (typeof part === "number" ? ([part, 1] as const) : part));
  for (const [part] of weighted) {
    programme.rows.push({
      terms: [
        [part, 1],
        [most, -1],
      ],
      lower: Number.NEGATIVE_INFINITY,
      upper: 0,
      why: "",
    });
  }
  return [[most, 0.8], ...weighted.map(([part, weight]): Term => [part, 0.1 * weight])];
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
  return { keep, join, relaxed, status: found.proved ? "optimal" : "time limit" };
}
