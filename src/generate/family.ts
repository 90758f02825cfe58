/** All networks of one cell of the plan: which structures the limits leave, and one new network after another. */
import type { Graph } from "../graph/index.js";
import type { Random } from "../random.js";
import { product, type Shape } from "../shape/index.js";
import { type Budget, budget, type Ends } from "./budget.js";
import { type Allowance, drawNetwork } from "./draw.js";
import { GenerateError } from "./error.js";
import { type Amount, type Limits, limited, minus } from "./price.js";
import { type Structure, structures, type Wanted } from "./structure.js";
import type { Computation } from "./table.js";

/** How often in a row a network may turn out to exist already before the family is held to be exhausted. */
const patience = 1000;

export interface Family {
  /** A network unlike all before it. */
  next(name: string, random: Random): Graph;
}

/** Throws when no network meets the limits. `title` is what errors call the family, of which `count` are to be made. */
export function family(computation: Computation, title: string, wanted: Wanted, limits: Limits, count: number): Family {
  const views = structures(computation, wanted);
  const limit = limited.some(key => limits[key] !== undefined) ? limitation(wanted.input, limits) : undefined;
  const opened = new Map<readonly Structure[], readonly Structure[]>();
  /** Structures of a view of which at least one network meets the limits. */
  function openOf(view: readonly Structure[]): readonly Structure[] {
    const open = opened.get(view) ?? (limit ? view.filter(limit.isOpen) : view);
    opened.set(view, open);
    return open;
  }
  if (limit && !views.some(view => openOf(view).length > 0)) throw limit.impossible(title, views.flat());

  const pool = [...views];
  function pickView(random: Random): readonly Structure[] {
    for (;;) {
      const i = random.int(0, pool.length - 1);
      const open = openOf(pool[i]!);
      if (open.length > 0) return open;
      pool.splice(i, 1);
    }
  }
  const seen = new Set<string>();
  return {
    next: (name, random) => {
      for (let attempt = 0; attempt < patience; attempt++) {
        const view = pickView(random);
        const number = random.int(0, view.length - 1);
        const structure = view[number]!;
        const { a, output, choices } = drawNetwork(name, wanted.input, structure, random, limit?.allowance(structure));
        if (seen.size < seen.add(`${structure.seen} ${number} ${choices}`).size) return a.finish(output);
      }
      throw new GenerateError(
        `generate: only ${seen.size} different ${title} networks were found, got ${count} wanted; raise the limits or ask for fewer networks`,
      );
    },
  };
}

interface Limitation {
  readonly allowance: (structure: Structure) => Allowance;
  readonly isOpen: (structure: Structure) => boolean;
  readonly impossible: (title: string, structures: readonly Structure[]) => GenerateError;
}

function limitation(input: Shape, limits: Limits): Limitation {
  const [params, macs, memoryElements] = limited.map(key => limits[key] ?? Number.POSITIVE_INFINITY) as [
    number,
    number,
    number,
  ];
  // The input and its view are there before the first step.
  const left: Amount = [params, macs, memoryElements - 2 * product(input)];
  const counts = limited.map(key => limits[key] !== undefined);
  const ends: Ends = new Map();
  const budgets = new Map<Structure, Budget>();
  function budgetOf(structure: Structure): Budget {
    const known = budgets.get(structure) ?? budget(structure.steps, counts, ends);
    budgets.set(structure, known);
    return known;
  }
  return {
    allowance: structure => ({ left, budget: budgetOf(structure) }),
    isOpen: structure => budgetOf(structure).fits(0, ...start(structure), left),
    impossible: (title, structures) =>
      impossible(
        title,
        structures.flatMap(one => budgetOf(one).cheapest(0, ...start(one))),
        left,
        limits,
      ),
  };
}

function start({ seen, mustActivate }: Structure): [channels: number, spatial: Shape, owed: boolean] {
  const [channels, ...spatial] = seen as [number, ...number[]];
  return [channels, spatial, mustActivate];
}

/** Why none of the cheapest networks is within the limits. */
function impossible(title: string, cheapest: readonly Amount[], left: Amount, limits: Limits): GenerateError {
  const given = limited.filter(key => limits[key] !== undefined);
  for (const key of given) {
    const i = limited.indexOf(key);
    const missing = Math.min(...cheapest.map(cost => minus(cost, left)[i]!));
    if (missing > 0) {
      const limit = limits[key]!;
      return new GenerateError(
        `generate: no ${title} network has at most ${limit} ${key}, the smallest has ${limit + missing}, got limit ${limit}; raise the limit or leave the class out`,
      );
    }
  }
  const all = given.map(key => `${key} ${limits[key]}`).join(" and ");
  return new GenerateError(
    `generate: no ${title} network meets all limits at once, got ${all}; raise one of them or leave the class out`,
  );
}
