import type { LeaderboardRow, Picks, Study } from "../study/index.js";
import { integer, many } from "../text/figures.js";
import type { Kind, Table } from "../text/table.js";

/** What was trained on what and how, in plain sentences. */
export function summary({ file }: Study): string[] {
  const { data, recipe, plan } = file;
  const schedule = recipe.schedule ? `; schedule ${told(recipe.schedule)}` : "";
  return [
    `${many(plan.n, "network")} on ${data.name}: ${many(data.train, "training sample")}, ${many(data.test, "test item")}, ${data.classes} classes.`,
    `Each for ${many(recipe.epochs, "epoch")} in batches of ${integer(recipe.batchSize)} with ${told(recipe.optimizer)}${schedule}; loss ${recipe.loss}, seed ${recipe.seed}.`,
  ];
}

/** Name and settings, those of a schedule within a schedule too. */
function told({ name, ...settings }: { readonly name: string }): string {
  const spelled = Object.entries(settings).map(
    ([key, value]: [string, unknown]) =>
      `${words(key)} ${typeof value === "object" ? told(value as { name: string }) : value}`,
  );
  return [name, ...spelled].join(", ");
}

/** "learningRate" as "learning rate". */
const words = (key: string) => key.replaceAll(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`);

type Cell = string | number | null;
type Of = (row: LeaderboardRow, i: number) => Cell;

const COLUMNS: readonly [title: string, kind: Kind, of: Of][] = [
  ["place", "integer", (row, i) => (row.state === "done" ? i + 1 : null)],
  ["network", "text", row => row.name],
  ["class", "text", row => row.computation],
  ["activation", "text", row => row.activation],
  ["accuracy", "share", row => row.accuracy ?? null],
  ["parameters", "integer", row => row.params],
  ["multiply-accumulates", "integer", row => row.macs],
  ["memory, elements", "integer", row => row.memoryElements],
  ["ops", "integer", row => row.ops],
  ["seconds", "seconds", row => row.trainSeconds],
  ["state", "text", row => row.state],
];

/** On a terminal the name tells class and activation, and the rest is in the page. */
const BRIEF = new Set(["place", "network", "accuracy", "parameters", "multiply-accumulates", "seconds", "state"]);

export function leaderboardTable(rows: readonly LeaderboardRow[], brief = false): Table {
  const columns = COLUMNS.filter(([title]) => !brief || BRIEF.has(title));
  return {
    title: "Leaderboard",
    columns: columns.map(([title, kind]) => ({ title, kind })),
    rows: rows.map((row, i) => columns.map(([, , of]) => of(row, i))),
  };
}

/** One sentence for each pick; the front has one for each of its networks. */
export function pickSentences({ best, cheapest, front }: Picks): string[] {
  if (!best || !cheapest) return ["No trial is done yet, so there is nothing to pick."];
  return [best.why, cheapest.why, ...front.map(({ why }) => `On the front: ${why}`)];
}
