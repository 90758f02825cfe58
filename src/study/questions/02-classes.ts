import { many, percent } from "../../text/figures.js";
import type { Table } from "../../text/table.js";
import type { Row } from "../database.js";
import { GOLD } from "./01-reach.js";
import { progress } from "./progress.js";
import type { Answer, Evidence, Plot, Question } from "./question.js";

const NETWORKS = "select *, accuracy >= $1 as gold from trials where state = 'done' order by place";

/** The classes from the one with the best median on, and so the activations within each. */
const grouped = (by: string) => `
  with done as (select *, median(accuracy) over (partition by computation) as class_mid from trials where state = 'done')
  select ${by}, count(*) as networks, min(accuracy) as low, quantile_cont(accuracy, 0.25) as q1,
    median(accuracy) as mid, quantile_cont(accuracy, 0.75) as q3, max(accuracy) as high,
    arg_min(name, place) as best, count(*) filter (accuracy >= $1) as gold
  from done group by ${by}, class_mid order by class_mid desc, computation, mid desc, ${by}`;

export const classes: Question = {
  number: 2,
  title: "How accurate are the classes of networks, and the activations within a class?",
  async ask({ study, query }: Evidence): Promise<Answer> {
    const networks = await query(NETWORKS, GOLD);
    const byClass = await query(grouped("computation"), GOLD);
    const byActivation = await query(grouped("computation, activation"), GOLD);
    const sentences = [progress(study)];
    const [first] = byClass;
    const last = byClass.at(-1)!;
    if (first) {
      sentences.push(
        byClass.length === 1
          ? `All trained networks are of the class ${first.computation}: half of them reach ${percent(Number(first.mid))}.`
          : `The class with the best median is ${first.computation}, ${percent(Number(first.mid))} over ${many(Number(first.networks), "network")}; the one with the worst is ${last.computation}, ${percent(Number(last.mid))} over ${integerOf(last)}.`,
      );
    }
    return {
      title: classes.title,
      sentences,
      tables: first
        ? [
            table("Accuracy by class", ["computation"], byClass),
            table("Accuracy by class and activation", ["computation", "activation"], byActivation),
          ]
        : [],
      plots: first ? [classPlot(networks, byClass), activationPlot(networks, byClass)] : [],
    };
  },
};

const integerOf = (row: Row) => many(Number(row.networks), "network");

function table(title: string, by: readonly string[], rows: readonly Row[]): Table {
  return {
    title,
    columns: [
      ...by.map(name => ({ title: name === "computation" ? "class" : name, kind: "text" as const })),
      { title: "networks", kind: "integer" },
      { title: "lowest", kind: "share" },
      { title: "quartile", kind: "share" },
      { title: "median", kind: "share" },
      { title: "quartile", kind: "share" },
      { title: "highest", kind: "share" },
      { title: "gold", kind: "integer" },
      { title: "best network", kind: "text" },
    ],
    rows: rows.map(row => [
      ...by.map(name => String(row[name])),
      ...["networks", "low", "q1", "mid", "q3", "high", "gold"].map(name => Number(row[name])),
      String(row.best),
    ]),
  };
}

/** A five-pointed star in the unit square, as the marks of Vega take it. */
const STAR = `M${Array.from({ length: 10 }, (_, i) => {
  const radius = i % 2 === 0 ? 1 : 0.45;
  const angle = (i * Math.PI) / 5;
  return `${(radius * Math.sin(angle)).toFixed(3)},${(-radius * Math.cos(angle)).toFixed(3)}`;
}).join("L")}Z`;

const GOLD_STAR = { type: "point", shape: STAR, size: 70, filled: true, color: "#d99e00", opacity: 1 } as const;
const BOX = { type: "boxplot", extent: "min-max", median: { color: "currentColor", opacity: 0.9 } } as const;
const ACCURACY = {
  field: "accuracy",
  type: "quantitative",
  title: "accuracy",
  scale: { zero: false },
  axis: { format: ".1~%" },
} as const;

function values(networks: readonly Row[]) {
  return networks.map(row => ({
    name: row.name,
    class: row.computation,
    activation: row.activation,
    accuracy: row.accuracy,
    gold: row.gold,
    // Equal accuracies would hide each other; the golden ratio spreads any number of them evenly.
    spread: (Number(row.place) * 0.6180339887) % 1,
  }));
}

function classPlot(networks: readonly Row[], byClass: readonly Row[]): Plot {
  const y = { field: "class", type: "nominal", title: null, sort: byClass.map(row => row.computation) };
  const yOffset = { field: "spread", type: "quantitative", scale: { domain: [-0.4, 1.4] } };
  return {
    title: `Accuracy by class; a star is a gold network (at least ${percent(GOLD)})`,
    spec: {
      width: 560,
      height: { step: 44 },
      data: { values: values(networks) },
      encoding: { x: ACCURACY, y },
      layer: [
        { mark: { ...BOX, size: 26, color: "#7f8fa3", opacity: 0.45 } },
        {
          transform: [{ filter: "!datum.gold" }],
          mark: { type: "point", size: 14, filled: true, opacity: 0.75, color: "#3b7dc4" },
          encoding: { yOffset },
        },
        { transform: [{ filter: "datum.gold" }], mark: GOLD_STAR, encoding: { yOffset } },
      ],
    },
  };
}

function activationPlot(networks: readonly Row[], byClass: readonly Row[]): Plot {
  const y = { field: "class", type: "nominal", title: null, sort: byClass.map(row => row.computation) };
  const order = ["none", "relu", "selu", "sigmoid", "tanh"];
  const yOffset = { field: "activation", type: "nominal", sort: order };
  const color = {
    field: "activation",
    type: "nominal",
    title: "activation",
    sort: order,
    legend: { symbolOpacity: 1 },
  };
  return {
    title: `Accuracy by activation within a class; a star is a gold network (at least ${percent(GOLD)})`,
    spec: {
      width: 560,
      height: { step: 12, for: "offset" },
      data: { values: values(networks) },
      encoding: { x: ACCURACY, y, yOffset, color },
      layer: [
        { mark: { ...BOX, size: 8, opacity: 0.45 } },
        { transform: [{ filter: "!datum.gold" }], mark: { type: "point", size: 10, filled: true, opacity: 0.8 } },
        { transform: [{ filter: "datum.gold" }], mark: GOLD_STAR, encoding: { color: { value: "#d99e00" } } },
      ],
    },
  };
}
