import { many, percent } from "../../text/figures.js";
import { progress } from "./progress.js";
import type { Answer, Evidence, Question } from "./question.js";

const LEVELS = [0.8, 0.9, 0.95, 0.99, 1] as const;
const GOOD = 0.8;
export const GOLD = 0.98;

/** Counts a trial in every epoch that it finished, whatever became of it later. */
const REACH = `
  select epoch, count(*) as networks, max(accuracy) as best, median(accuracy) as median,
    ${LEVELS.map((level, i) => `count(*) filter (accuracy >= ${level}) as l${i}`).join(", ")}
  from epochs group by epoch order by epoch`;

const GOOD_AND_GOLD = `
  select trial, name, min(epochs.accuracy) >= ${GOOD} as good, last(epochs.accuracy order by epoch) >= ${GOLD} as gold
  from epochs join trials using (trial) where state = 'done' group by trial, name, place order by place`;

export const reach: Question = {
  number: 1,
  title: "How many networks reach 80, 90, 95, 99, 100 % at each epoch?",
  async ask({ study, query }: Evidence): Promise<Answer> {
    const epochs = await query(REACH);
    const trials = await query(GOOD_AND_GOLD);
    const good = trials.filter(row => row.good);
    const gold = trials.filter(row => row.gold);
    const levels = LEVELS.map(level => `${level * 100} %`);
    return {
      title: reach.title,
      sentences: [
        progress(study),
        `${capital(many(good.length, "network"))} ${good.length === 1 ? "is" : "are"} good: at least ${percent(GOOD)} in every epoch.`,
        gold.length === 0
          ? `No network is gold: at least ${percent(GOLD)} in the last epoch.`
          : `${capital(many(gold.length, "network"))} ${gold.length === 1 ? "is" : "are"} gold, at least ${percent(GOLD)} in the last epoch: ${names(gold.map(row => String(row.name)))}.`,
      ],
      tables: [
        {
          title: "Networks that reach an accuracy, by epoch",
          columns: [
            { title: "epoch", kind: "integer" },
            { title: "networks", kind: "integer" },
            ...levels.map(title => ({ title, kind: "integer" as const })),
            { title: "median", kind: "share" },
            { title: "best", kind: "share" },
          ],
          rows: epochs.map(row => [
            Number(row.epoch),
            Number(row.networks),
            ...LEVELS.map((_, i) => Number(row[`l${i}`])),
            Number(row.median),
            Number(row.best),
          ]),
        },
      ],
      plots: epochs.length === 0 ? [] : [plot(epochs, levels)],
    };
  },
};

function plot(epochs: Awaited<ReturnType<Evidence["query"]>>, levels: readonly string[]): Answer["plots"][number] {
  return {
    title: "Networks that reach an accuracy, by epoch",
    spec: {
      width: 620,
      height: 240,
      data: {
        values: epochs.flatMap(row =>
          levels.map((level, i) => ({ epoch: row.epoch, level, networks: row[`l${i}`], place: i })),
        ),
      },
      mark: { type: "line", point: { size: 50, filled: true } },
      encoding: {
        x: { field: "epoch", type: "ordinal", title: "epoch", axis: { labelAngle: 0 } },
        y: { field: "networks", type: "quantitative", title: "networks", axis: { tickMinStep: 1 } },
        color: { field: "level", type: "nominal", title: "at least", sort: { field: "place" } },
      },
    },
  };
}

const SHOWN = 12;
const names = (all: readonly string[]) =>
  all.length > SHOWN ? `${all.slice(0, SHOWN).join(", ")} and ${all.length - SHOWN} more` : all.join(", ");

const capital = (text: string) => text.replace(/^0 /, "No ");
