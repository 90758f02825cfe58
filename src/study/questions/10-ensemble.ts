import { integer, many, percent, points } from "../../text/figures.js";
import type { DoneRow } from "../leaderboard.js";
import type { Answer, Evidence } from "./question.js";

/** A network is like the baseline when it has at most so many times its parameters. */
const LIKE = 2;

export interface Step {
  readonly row: DoneRow;
  /** Of the ensemble of this network and all before it. */
  readonly accuracy: number;
}

/**
 * Networks like the baseline, the most accurate first, join one by one; the ensemble's answer is the class with the
 * highest mean probability. It grows until it is as accurate as the best network, or until there are no more.
 */
export async function ensemble(
  { study, query, scores }: Evidence,
  base: DoneRow,
  best: DoneRow,
  done: readonly DoneRow[],
): Promise<Omit<Answer, "title">> {
  const small = done.filter(row => row !== best && row.params <= LIKE * base.params);
  const labels = await query("select label from predictions where trial = $1 and epoch = 1 order by item", base.trial);
  const steps = await grow(
    small,
    labels.map(row => Number(row.label)),
    study.file.data.classes,
    best.accuracy,
    scores,
  );
  return {
    sentences: [sentence(steps, best, base)],
    tables: [],
    plots: steps.length < 2 ? [] : [plot(steps, best)],
  };
}

export async function grow(
  rows: readonly DoneRow[],
  labels: readonly number[],
  classes: number,
  target: number,
  scores: Evidence["scores"],
): Promise<Step[]> {
  const sums = new Float64Array(labels.length * classes);
  const steps: Step[] = [];
  for (const row of rows) {
    const logs = await scores(row.trial);
    for (let i = 0; i < sums.length; i++) sums[i]! += Math.exp(logs[i]!);
    const right = labels.filter((label, item) => highest(sums, item, classes) === label).length;
    steps.push({ row, accuracy: right / labels.length });
    if (right / labels.length >= target) break;
  }
  return steps;
}

/** -1 where a network of the ensemble has no answer, so that the ensemble has none. */
function highest(sums: Float64Array, item: number, classes: number): number {
  let best = 0;
  for (let c = 0; c < classes; c++) {
    const sum = sums[item * classes + c]!;
    if (Number.isNaN(sum)) return -1;
    if (sum > sums[item * classes + best]!) best = c;
  }
  return best;
}

function sentence(steps: readonly Step[], best: DoneRow, base: DoneRow): string {
  const last = steps.at(-1);
  const like = `with at most ${LIKE} times the parameters of ${base.name}`;
  if (!last)
    return `No other network has at most ${LIKE} times the parameters of ${base.name}, so there is no ensemble.`;
  if (last.accuracy < best.accuracy) {
    const top = steps.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
    const size = steps.indexOf(top) + 1;
    return `No ensemble of the ${many(steps.length, "network")} ${like} matches ${best.name}: the best, of ${size}, reaches ${percent(top.accuracy)}, ${points(best.accuracy - top.accuracy)} less.`;
  }
  const total = (of: (row: DoneRow) => number) => steps.reduce((sum, step) => sum + of(step.row), 0);
  const cost = costOf(
    total(row => row.params),
    total(row => row.macs),
  );
  return `An ensemble of the ${steps.length} most accurate networks ${like} matches ${best.name}: ${percent(last.accuracy)}, for ${cost} against ${costOf(best.params, best.macs)}; its members were chosen on the same test items, so this flatters it.`;
}

const costOf = (params: number, macs: number) =>
  `${many(params, "parameter")} and ${integer(macs)} multiply-accumulates`;

function plot(steps: readonly Step[], best: DoneRow): Answer["plots"][number] {
  return {
    title: `Accuracy of ensembles of small networks; the line is ${best.name}`,
    spec: {
      width: 620,
      height: 220,
      layer: [
        {
          data: { values: steps.map((step, i) => ({ members: i + 1, accuracy: step.accuracy })) },
          mark: { type: "line", point: { size: 36, filled: true } },
          encoding: {
            x: {
              field: "members",
              type: "quantitative",
              title: "networks in the ensemble",
              axis: { tickMinStep: 1 },
              scale: { zero: false, nice: false },
            },
            y: {
              field: "accuracy",
              type: "quantitative",
              title: "accuracy",
              scale: { zero: false },
              axis: { format: ".1%" },
            },
          },
        },
        {
          data: { values: [{ accuracy: best.accuracy }] },
          mark: { type: "rule", strokeDash: [5, 4], strokeWidth: 1.5, color: "#d99e00" },
          encoding: { y: { field: "accuracy", type: "quantitative" } },
        },
      ],
    },
  };
}
