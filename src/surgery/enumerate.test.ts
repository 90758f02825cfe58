import { expect, test } from "vitest";
import { type Random, random } from "../random.js";
import { enumerated } from "./enumerate.js";
import { programmeOf } from "./formulate.js";
import { solve } from "./programme.js";
import type { Demand, Group, Request, Size, Sum, Target } from "./request.js";

/** Few groups in a few sizes, with targets and demands of all kinds; many of them cannot be met. */
function drawn(source: Random): Request {
  const count = source.int(1, 3);
  const weighs = source.chance(0.7);
  const groups = Array.from({ length: count }, (): Group => {
    const most = source.int(1, 9);
    const worth = () => source.pick([source.float(), source.float(), 1, 0, -source.float()]);
    const utilities = Array.from({ length: most }, weighs ? worth : () => 1).sort((a, b) => b - a);
    const keep = source.chance(0.1) ? 0 : most;
    return {
      most,
      keep,
      join: source.pick([0, 3, Number.POSITIVE_INFINITY]),
      ...(source.chance(0.8) && { utilities }),
    };
  });
  const sum = (): Sum => ({
    terms: groups.flatMap((_, i) => (source.chance(0.6) ? [[i, source.int(1, 3)] as const] : [])),
    constant: source.pick([0, 0, source.int(1, 5)]),
  });
  const now = ({ terms, constant }: Sum): number => terms.reduce((all, [i, n]) => all + n * groups[i]!.most, constant);
  const sizes = Array.from({ length: source.int(1, 4) }, (_, i): Size => {
    const own = sum();
    return { ...own, old: now(own), names: source.chance(0.2) ? [`s${i}`, `t${i}`] : [`s${i}`] };
  }).filter(({ terms }) => terms.length > 0);
  // Every group is in a size.
  groups.forEach(({ most }, i) => {
    sizes.push({ terms: [[i, 1]], constant: 0, old: most, names: [`g${i}`] });
  });
  const infinite = Number.POSITIVE_INFINITY;
  const demand = (): Demand => {
    const own = source.pick(sizes);
    const other = source.pick(sizes);
    const less = other.terms.map(([i, n]) => [i, -n] as const);
    const both = { terms: [...own.terms, ...less], constant: own.constant - other.constant };
    return source.pick<() => Demand>([
      () => ({ sum: own, lower: own.old, upper: infinite, why: "never shrinks" }),
      () => ({ sum: own, lower: 2, upper: source.int(2, 15), why: "bounds" }),
      () => ({ sum: both, lower: 0, upper: 0, why: "the same" }),
      () => ({
        sum: own,
        lower: -infinite,
        upper: infinite,
        step: { base: own.old, step: source.int(2, 3) },
        why: "step",
      }),
    ])();
  };
  const targets = Array.from({ length: source.int(1, 2) }, (): Target => {
    const own = source.pick(sizes);
    return { sum: own, name: own.names[0]!, old: own.old, change: source.int(-4, 4), exact: source.chance() };
  });
  const least = sizes.map((size): Demand => ({ sum: size, lower: 1, upper: infinite, why: "at least 1" }));
  const demands = [...least, ...Array.from({ length: source.int(0, 2) }, demand)];
  return { groups, sizes, demands, targets, relax: false, seconds: 10 };
}

/** The three objectives in their order, by their definition. */
function values({ groups, sizes, targets }: Request, keep: readonly number[], join: readonly number[]): number[] {
  const size = ({ terms, constant }: Sum) => terms.reduce((all, [i, n]) => all + n * (keep[i]! + join[i]!), constant);
  const both = (all: readonly (readonly [number, number])[]): number =>
    0.8 * Math.max(0, ...all.map(([one]) => one)) + 0.1 * all.reduce((sum, [one, times]) => sum + times * one, 0);
  const loose = targets.filter(({ exact }) => !exact);
  const names = loose.map(({ name }) => name);
  const worth = groups.map(({ utilities = [] }, i) => utilities.slice(0, keep[i]).reduce((a, b) => a + b, 0));
  const changes = sizes.map(one => {
    const times = one.names.filter(name => !names.includes(name)).length;
    return [times > 0 ? Math.abs(size(one) - one.old) / one.old : 0, times] as const;
  });
  return [
    both(loose.map(one => [Math.abs(size(one.sum) - one.old - one.change), 1])),
    -worth.reduce((a, b) => a + b, 0),
    both(changes),
  ];
}

test("what is tried out is as good as what the solver finds, and cannot be where it finds nothing", async () => {
  let [found, none, unsaid] = [0, 0, 0];
  for (let seed = 0; seed < 300; seed++) {
    const request = drawn(random(seed));
    const touched = [request.groups.map((_, i) => i)];
    const tried = enumerated(request, touched);
    if (tried === undefined) {
      unsaid++;
      continue;
    }
    const { programme, variables } = programmeOf(request, touched);
    const solved = await solve(programme, 10);
    if (typeof solved === "string" || tried === "infeasible") {
      expect(tried, `request ${seed}`).toBe(solved);
      none++;
      continue;
    }
    const kept = request.groups.map(({ most }, i) => {
      const own = variables.get(i)!;
      return own.keep === undefined ? Math.min(most, solved.values[own.join]!) : solved.values[own.keep]!;
    });
    const all = request.groups.map((_, i) => {
      const own = variables.get(i)!;
      return solved.values[own.join]! + (own.keep === undefined ? 0 : solved.values[own.keep]!);
    });
    const wanted = values(
      request,
      kept,
      all.map((total, i) => total - kept[i]!),
    );
    const keep = request.groups.map((_, i) => tried.keep.get(i)!);
    const is = values(
      request,
      keep,
      request.groups.map((_, i) => tried.join.get(i)!),
    );
    is.forEach((value, i) => {
      expect(value, `objective ${i} of request ${seed}`).toBeCloseTo(wanted[i]!, 5);
    });
    found++;
  }
  expect(found).toBeGreaterThan(100);
  expect(none).toBeGreaterThan(50);
  expect(unsaid).toBeLessThan(150);
});
