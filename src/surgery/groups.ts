/** Channels that occur equally often in every size, as groups: what a plan counts. */
import type { Classes, List } from "./classes.js";
import type { Plan } from "./plan.js";
import type { Group, Size, Sum } from "./request.js";

/** Classes as an edit sees them. */
export interface View {
  readonly classes: Classes;
  /** Classes that an edit keeps in line beyond the graph's own ties: the one that stands for each. */
  readonly standsFor: (one: number) => number;
  /** Class beside which, in its own lists alone, more channels join, and how many are to come. */
  readonly extra?: { readonly beside: number; readonly before: boolean; readonly count: number } | undefined;
  /** Classes that must go. */
  readonly dropped: ReadonlySet<number>;
  /** Those of them that go with an edge: what read them is no smaller for it. */
  readonly forgotten?: ReadonlySet<number>;
  /** A layer whose output something else stands for: its old size does not count. */
  readonly stoodFor?: string;
}

export const plainView = (classes: Classes): View => ({ classes, standsFor: one => one, dropped: new Set() });

export interface Grouped {
  readonly groups: readonly Group[];
  /** Classes of every group, most useful first; of the extra channels, none. */
  readonly members: readonly (readonly number[])[];
  readonly sizes: readonly Size[];
  readonly sumOf: (list: List) => Sum;
  /** Number of the group of extra channels. */
  readonly extra: number | undefined;
}

/** Which channels stay, and how many new ones stand behind each. */
export interface Selection {
  readonly view: View;
  readonly keep: (one: number) => boolean;
  readonly join: (one: number) => number;
  /** New channels before a place. */
  readonly lead: (one: number) => number;
}

/** `utility` of every class; without it only sizes matter. */
export function groupsOf(view: View, utility: Float64Array | undefined, join: number): Grouped {
  const { classes, standsFor, dropped } = view;
  const distinct = distinctLists(view);
  const signatures: string[] = [];
  const counted = distinct.map(({ list }, i) => {
    const counts = countsOf(list, view);
    for (const [one, times] of counts) signatures[one] = `${signatures[one] ?? ""}${i}:${times} `;
    return counts;
  });
  const groupOf = new Map<number, number>();
  const bySignature = new Map<string, number>();
  const members: number[][] = [];
  signatures.forEach((signature, one) => {
    // What must go has a group of its own.
    const key = dropped.has(one) ? `${signature}-` : signature;
    const group = bySignature.get(key) ?? members.length;
    if (group === members.length) {
      bySignature.set(key, group);
      members.push([]);
    }
    members[group]!.push(one);
    groupOf.set(one, group);
  });
  const groups = members.map((ones): Group => {
    ones.sort((a, b) => (utility ? utility[b]! - utility[a]! : 0) || b - a);
    const goes = dropped.has(ones[0]!);
    return {
      most: ones.length,
      utilities: utility && ones.map(one => utility[one]!),
      keep: goes ? 0 : ones.length,
      join: goes || ones.every(one => classes.closed[one]) ? 0 : join,
    };
  });
  const extra = view.extra === undefined ? undefined : groups.length;
  if (extra !== undefined) {
    const held = classes.fixed[view.extra!.beside] || classes.closed[view.extra!.beside];
    groups.push({ most: 0, utilities: utility && [], keep: 0, join: held ? 0 : Number.POSITIVE_INFINITY });
    members.push([]);
  }
  const sumOfCounts = (counts: ReadonlyMap<number, number>, list: List): Sum => {
    const terms = new Map<number, number>();
    for (const [one, times] of counts) terms.set(groupOf.get(one)!, times);
    let constant = 0;
    for (const one of list.classes) if (classes.fixed[standsFor(one)]) constant++;
    const more = extrasIn(list, view);
    if (more > 0) terms.set(extra!, more);
    return { terms: [...terms], constant };
  };
  const sizes = distinct.map(({ list, names }, i) => {
    const forgotten = list.classes.filter(one => view.forgotten?.has(one)).length;
    const extras = extrasIn(list, view) * (view.extra?.count ?? 0);
    return {
      ...sumOfCounts(counted[i]!, list),
      names: names.filter(name => name !== view.stoodFor),
      old: list.classes.length + extras - forgotten,
    };
  });
  return { groups, members, sizes, sumOf: list => sumOfCounts(countsOf(list, view), list), extra };
}

/** How many places of a list have the extra channels behind them. */
const extrasIn = ({ classes }: List, { extra }: View): number =>
  extra ? classes.reduce((sum, one) => sum + (one === extra.beside ? 1 : 0), 0) : 0;

/** How often every class that may change is in a list. */
function countsOf({ classes }: List, view: View): Map<number, number> {
  const counts = new Map<number, number>();
  for (const one of classes) {
    const own = view.standsFor(one);
    if (!view.classes.fixed[own]) counts.set(own, (counts.get(own) ?? 0) + 1);
  }
  return counts;
}

/** Lists that may change, each once, with the names of all that are equal to it. */
function distinctLists({ classes }: View): { list: List; names: string[] }[] {
  const found = new Map<Int32Array, { list: List; names: string[] }>();
  for (const [tensor, axes] of classes.lists) {
    for (const list of axes) {
      if (list.held) continue;
      const known = found.get(list.classes);
      if (known) known.names.push(tensor);
      else found.set(list.classes, { list, names: [tensor] });
    }
  }
  return [...found.values()];
}

/** Of every group the most useful channels stay, and new ones stand behind its last. */
export function select(view: View, { members, extra }: Grouped, plan: Plan): Selection {
  const gone = new Set<number>();
  const joined = new Map<number, number>();
  members.forEach((ones, group) => {
    if (group === extra) return;
    for (const one of ones.slice(plan.keep[group]!)) gone.add(one);
    if (plan.join[group]! > 0) {
      const last = Math.max(...ones.filter(one => !view.classes.closed[one]));
      joined.set(last, plan.join[group]!);
    }
  });
  const more = extra === undefined ? 0 : plan.join[extra]!;
  return {
    view,
    keep: one => !gone.has(view.standsFor(one)),
    join: one =>
      (joined.get(view.standsFor(one)) ?? 0) + (!view.extra?.before && one === view.extra?.beside ? more : 0),
    lead: one => (view.extra?.before && one === view.extra.beside ? more : 0),
  };
}

/** What a list becomes: for every place the old one, or for a new one behind place p, -1 - p. */
export function chosen({ classes, widths }: List, { keep, join, lead }: Selection): Int32Array {
  const places: number[] = [];
  for (let i = 0; i < classes.length; ) {
    const width = widths?.[i] ?? 1;
    const one = classes[i]!;
    for (let j = 0; j < width * lead(one); j++) places.push(-1 - i);
    if (keep(one)) for (let j = i; j < i + width; j++) places.push(j);
    i += width;
    for (let j = 0; j < width * join(one); j++) places.push(-i);
  }
  return Int32Array.from(places);
}
