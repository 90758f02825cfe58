/** All networks of one cell of the plan: which structures the limits leave, and one new network after another. */
import type { Graph } from "../graph/index.js";
import type { Random } from "../random.js";
import { product, type Shape } from "../shape/index.js";
import { type Amount, type Budget, budget, type Limited, type Limits, limited, plus, within } from "./budget.js";
import { drawNetwork } from "./draw.js";
import { GenerateError } from "./error.js";
import { type Structure, structures, type Wanted } from "./structure.js";
import type { Computation } from "./table.js";

/** How often in a row a network may turn out to exist already before the family is held to be exhausted. */
const patience = 1000;

interface Candidate {
  readonly structure: Structure;
  readonly budget?: Budget;
}

export interface Family {
  /** A network unlike all before it. */
  next(name: string, random: Random): Graph;
}

/** Throws when no network meets the limits. `title` is what errors call the family. */
export function family(computation: Computation, title: string, wanted: Wanted, limits: Limits, count: number): Family {
  const keys = limited.filter(key => limits[key] !== undefined);
  const most = keys.map(key => limits[key]!);
  const spent = keys.map(key => (key === "memoryElements" ? product(wanted.input) : 0));
  const views = structures(computation, wanted).map(list => list.map(structure => candidate(structure, keys)));
  const open = keys.length === 0 ? views : openViews(views, wanted.input, spent, most);
  if (open.length === 0) throw impossible(title, views.flat(), wanted.input, spent, keys, limits);

  const seen = new Set<string>();
  return {
    next: (name, random) => {
      for (let attempt = 0; attempt < patience; attempt++) {
        const view = random.int(0, open.length - 1);
        const number = random.int(0, open[view]!.length - 1);
        const { structure, budget: costs } = open[view]![number]!;
        const allowance = costs && { limits: most, spent, budget: costs };
        const { a, output, choices } = drawNetwork(name, wanted.input, structure, random, allowance);
        if (seen.size < seen.add(`${view} ${number} ${choices}`).size) return a.finish(output);
      }
      const { size } = seen;
      throw new GenerateError(
        `generate: only ${size} different ${title} networks were found, got ${count} to make; raise the limits or ask for fewer networks`,
      );
    },
  };
}

const candidate = (structure: Structure, keys: readonly Limited[]): Candidate =>
  keys.length === 0 ? { structure } : { structure, budget: budget(structure.steps, keys) };

/** The cheapest networks of a structure. */
const cheapest = ({ structure, budget: costs }: Candidate, input: Shape, spent: Amount): Amount[] =>
  costs!.cheapest(0, input, structure.mustActivate).map(cost => plus(spent, cost));

/** Views and structures of which at least one network meets the limits. */
const openViews = (views: Candidate[][], input: Shape, spent: Amount, most: Amount): Candidate[][] =>
  views
    .map(list => list.filter(one => cheapest(one, input, spent).some(cost => within(cost, most))))
    .filter(list => list.length > 0);

function impossible(
  title: string,
  candidates: readonly Candidate[],
  input: Shape,
  spent: Amount,
  keys: readonly Limited[],
  limits: Limits,
): GenerateError {
  const costs = candidates.flatMap(one => cheapest(one, input, spent));
  for (const [i, key] of keys.entries()) {
    const least = Math.min(...costs.map(cost => cost[i]!));
    if (least > limits[key]!) {
      return new GenerateError(
        `generate: no ${title} network has at most ${limits[key]} ${key}, the smallest has ${least}, got limit ${limits[key]}; raise the limit or leave the class out`,
      );
    }
  }
  const all = keys.map(key => `${key} ${limits[key]}`).join(" and ");
  return new GenerateError(
    `generate: no ${title} network meets all limits at once, got ${all}; raise one of them or leave the class out`,
  );
}
