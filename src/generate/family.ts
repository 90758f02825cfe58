/** All networks of one cell of the plan: which structures the limits leave, and one new network after another. */
import type { Graph } from "../graph/index.js";
import type { Random } from "../random.js";
import { product, type Shape } from "../shape/index.js";
import { budget } from "./budget.js";
import { drawNetwork } from "./draw.js";
import { GenerateError } from "./error.js";
import { type Amount, type Limits, limited, minus, within } from "./price.js";
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
  const counts = limited.map(key => limits[key] !== undefined);
  if (!counts.includes(true)) return drawer(title, wanted.input, views, count, drawNetwork);

  const [params, macs, memoryElements] = limited.map(key => limits[key] ?? Number.POSITIVE_INFINITY) as [
    number,
    number,
    number,
  ];
  // The input and its view are there before the first step.
  const left: Amount = [params, macs, memoryElements - 2 * product(wanted.input)];
  const budgets = new Map(views.flat().map(structure => [structure, budget(structure, counts)]));
  const ends = (structure: Structure): readonly Amount[] => {
    const [channels, ...spatial] = structure.seen as [number, ...number[]];
    return budgets.get(structure)!.cheapest(0, channels, spatial, structure.mustActivate);
  };
  const open = views
    .map(list => list.filter(structure => ends(structure).some(end => within(end, left))))
    .filter(list => list.length > 0);
  if (open.length === 0) throw impossible(title, views.flat().flatMap(ends), left, limits);
  return drawer(title, wanted.input, open, count, (name, input, structure, random) =>
    drawNetwork(name, input, structure, random, { left, budget: budgets.get(structure)! }),
  );
}

function drawer(
  title: string,
  input: Shape,
  views: readonly (readonly Structure[])[],
  count: number,
  draw: typeof drawNetwork,
): Family {
  const seen = new Set<string>();
  return {
    next: (name, random) => {
      for (let attempt = 0; attempt < patience; attempt++) {
        const view = random.int(0, views.length - 1);
        const number = random.int(0, views[view]!.length - 1);
        const { a, output, choices } = draw(name, input, views[view]![number]!, random);
        if (seen.size < seen.add(`${view} ${number} ${choices}`).size) return a.finish(output);
      }
      throw new GenerateError(
        `generate: only ${seen.size} different ${title} networks were found, got ${count} to make; raise the limits or ask for fewer networks`,
      );
    },
  };
}

/** Why none of the cheapest networks is within the limits. */
function impossible(title: string, ends: readonly Amount[], left: Amount, limits: Limits): GenerateError {
  const given = limited.filter(key => limits[key] !== undefined);
  for (const key of given) {
    const i = limited.indexOf(key);
    const missing = Math.min(...ends.map(end => minus(end, left)[i]!));
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
