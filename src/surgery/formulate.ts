/** A request as a mixed-integer programme: its variables, its rows, and its objectives in their order. */
import { emptyProgramme, type Programme, type Term, variable } from "./programme.js";
import type { Demand, Request, Sum, Target } from "./request.js";

export interface Built {
  readonly programme: Programme;
  /** Variables of a touched group: how many stay and how many join, or how many there are. */
  readonly variables: ReadonlyMap<number, { readonly keep?: number; readonly join: number }>;
}

/** The programme of a request, of the touched groups alone: all others stay as they are. */
export function programmeOf(request: Request, touched: readonly number[][]): Built {
  const programme = emptyProgramme();
  const variables = new Map<number, { keep?: number; join: number }>();
  const utility: Term[] = [];
  const inOrder = touched.flat().sort((a, b) => a - b);
  // Not over a spread of them all: there may be more than a call takes.
  const largest =
    inOrder.flatMap(i => request.groups[i]!.utilities ?? []).reduce((most, one) => Math.max(most, Math.abs(one)), 0) ||
    1;
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
