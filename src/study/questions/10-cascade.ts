import { integer, number, percent, points } from "../../text/figures.js";
import type { DoneRow } from "../leaderboard.js";
import type { Answer, Evidence } from "./question.js";

const THRESHOLDS = [0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999] as const;

export interface Point {
  readonly threshold: number;
  /** Share of the items that the small network answers. */
  readonly answered: number;
  readonly accuracy: number;
  readonly macs: number;
}

/** For each threshold: who answers, and is it right. A small network's answer with a NaN in it is never sure. */
const cascadeQuery = (classes: number) => `
  with small as (
    select item, label, (predicted = label)::int as correct,
      case when predicted < ${classes} then exp(greatest(${list(classes)})) else -1 end as confidence
    from predictions where trial = $1 and epoch = (select max(epoch) from epochs where trial = $1)
  ), large as (
    select item, (predicted = label)::int as correct
    from predictions where trial = $2 and epoch = (select max(epoch) from epochs where trial = $2)
  )
  select threshold, avg((confidence >= threshold)::int) as answered,
    avg(case when confidence >= threshold then small.correct else large.correct end) as accuracy
  from small join large using (item), (select unnest([${THRESHOLDS.join(", ")}]::double[]) as threshold)
  group by threshold order by threshold`;

const list = (classes: number) => Array.from({ length: classes }, (_, c) => `s${c}`).join(", ");

/** The small network answers when its highest probability reaches the threshold, else the large one is run as well. */
export async function cascade(
  { study, query }: Evidence,
  small: DoneRow,
  large: DoneRow,
): Promise<Omit<Answer, "title">> {
  const rows = await query(cascadeQuery(study.file.data.classes), small.trial, large.trial);
  const curve = rows.map((row): Point => {
    const answered = Number(row.answered);
    const macs = small.macs + (1 - answered) * large.macs;
    return { threshold: Number(row.threshold), answered, accuracy: Number(row.accuracy), macs };
  });
  return {
    sentences: [sentence(curve, small, large)],
    tables: [
      {
        title: `Cascade: ${small.name} answers when it is sure, else ${large.name}`,
        columns: [
          { title: "sure from", kind: "number" },
          { title: `answered by ${small.name}`, kind: "share" },
          { title: "accuracy", kind: "share" },
          { title: "mean multiply-accumulates", kind: "integer" },
          { title: `of ${large.name}'s`, kind: "share" },
        ],
        rows: curve.map(point => [
          point.threshold,
          point.answered,
          point.accuracy,
          point.macs,
          point.macs / large.macs,
        ]),
      },
    ],
    plots: [plot(curve, small, large)],
  };
}

/** Of the cascades that lose at most so much accuracy, the cheapest is told. */
const LOSS = 0.005;

function sentence(curve: readonly Point[], small: DoneRow, large: DoneRow): string {
  const close = curve.filter(point => point.macs < large.macs && point.accuracy >= large.accuracy - LOSS);
  if (close.length === 0) {
    return `No cascade of ${small.name} and ${large.name} is cheaper than ${large.name} alone and at most ${points(LOSS)} less accurate.`;
  }
  const chosen = close.reduce((a, b) => (b.macs < a.macs ? b : a));
  const difference = chosen.accuracy - large.accuracy;
  const reach =
    difference === 0
      ? `as accurate as ${large.name} alone`
      : `${points(difference)} ${difference > 0 ? "more" : "less"} than ${large.name} alone`;
  return `A cascade in which ${small.name} answers from a probability of ${number(chosen.threshold)} on gets ${percent(chosen.accuracy)} right, ${reach}, for ${percent(chosen.macs / large.macs)} of its multiply-accumulates (${integer(chosen.macs)} on average): ${small.name} answers ${percent(chosen.answered)} of the items.`;
}

function plot(curve: readonly Point[], small: DoneRow, large: DoneRow): Answer["plots"][number] {
  const alone = [
    { name: small.name, accuracy: small.accuracy, macs: small.macs, side: "left" },
    { name: large.name, accuracy: large.accuracy, macs: large.macs, side: "right" },
  ];
  const x = {
    field: "macs",
    type: "quantitative",
    title: "mean multiply-accumulates per item",
    axis: { format: "~s" },
  };
  const y = {
    field: "accuracy",
    type: "quantitative",
    title: "accuracy",
    scale: { zero: false },
    axis: { format: ".1%" },
  };
  return {
    title: "Cascade: accuracy against mean cost, over the threshold; squares are the two networks alone",
    spec: {
      width: 620,
      height: 260,
      encoding: { x, y },
      layer: [
        {
          data: { values: curve },
          mark: { type: "line", point: { size: 36, filled: true } },
          encoding: { order: { field: "threshold", type: "quantitative" } },
        },
        { data: { values: alone }, mark: { type: "point", shape: "square", size: 70, filled: true, color: "#d99e00" } },
        {
          data: { values: alone },
          mark: {
            type: "text",
            align: { expr: "datum.side" },
            dx: { expr: "datum.side == 'left' ? 10 : 0" },
            dy: { expr: "datum.side == 'left' ? 2 : 16" },
          },
          encoding: { text: { field: "name" } },
        },
      ],
    },
  };
}
