import { integer, many, percent, points, times } from "../text/figures.js";
import { byAccuracy, byParams, type DoneRow, isDone, type LeaderboardRow } from "./leaderboard.js";

export interface Pick {
  readonly row: DoneRow;
  /** Why this one, in one sentence. */
  readonly why: string;
}

export interface Picks {
  /** Undefined while no trial is done. */
  readonly best: Pick | undefined;
  readonly cheapest: Pick | undefined;
  /** Accuracy against parameters: no other network is at least as good in both. From the cheapest to the best. */
  readonly front: readonly Pick[];
}

/** Two accuracies that differ by exactly a point must count as such, though 0.98 - 0.01 is a little above 0.97. */
const POINT = 0.01 + 1e-9;

export function pick(rows: readonly LeaderboardRow[], testItems: number): Picks {
  const done = rows.filter(isDone).sort(byAccuracy);
  const best = done[0];
  if (!best) return { best: undefined, cheapest: undefined, front: [] };
  return {
    best: { row: best, why: whyBest(best, done.length, testItems) },
    cheapest: cheapest(best, done),
    front: front(done),
  };
}

function whyBest(best: DoneRow, done: number, items: number): string {
  return `${best.name} is the most accurate of ${many(done, "network")}: it gets ${percent(best.accuracy)} of ${many(items, "test item")} right, with ${many(best.params, "parameter")} and ${many(best.macs, "multiply-accumulate")}.`;
}

function cheapest(best: DoneRow, done: readonly DoneRow[]): Pick {
  const close = done.filter(row => row.accuracy >= best.accuracy - POINT);
  const row = [...close].sort(byParams)[0]!;
  const why =
    row === best
      ? `${row.name}, the most accurate, also has the fewest parameters (${integer(row.params)}) of the ${many(close.length, "network")} within one percentage point of it.`
      : `${row.name} has the fewest parameters (${integer(row.params)}) of the ${integer(close.length)} networks within one percentage point of the best: ${percent(row.accuracy)} right, ${points(best.accuracy - row.accuracy)} less than ${best.name}${fewer(best.params, row.params)}.`;
  return { row, why };
}

const fewer = (best: number, cheap: number) =>
  cheap > 0 && best > cheap ? `, for ${times(best / cheap)} times fewer parameters` : "";

function front(done: readonly DoneRow[]): Pick[] {
  const kept: Pick[] = [];
  for (const row of [...done].sort((a, b) => a.params - b.params || byAccuracy(a, b))) {
    const before = kept.at(-1)?.row;
    if (before && row.accuracy <= before.accuracy) continue;
    const why = before
      ? `${row.name} gets ${percent(row.accuracy)} right with ${many(row.params, "parameter")}: ${points(row.accuracy - before.accuracy)} more than ${before.name}, for ${integer(row.params - before.params)} more parameters.`
      : `${row.name} gets ${percent(row.accuracy)} right with ${many(row.params, "parameter")}: no network has fewer.`;
    kept.push({ row, why });
  }
  return kept;
}
