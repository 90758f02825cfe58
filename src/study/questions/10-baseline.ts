import { percent, points, times } from "../../text/figures.js";
import type { Table } from "../../text/table.js";
import { byAccuracy, type DoneRow, isDone } from "../leaderboard.js";
import { cascade } from "./10-cascade.js";
import { ensemble } from "./10-ensemble.js";
import { progress } from "./progress.js";
import type { Answer, Evidence, Question } from "./question.js";

const BASELINE = "Basic";

export const baseline: Question = {
  number: 10,
  title: "What does the best network cost against the baseline, and can small networks together match it?",
  async ask(evidence: Evidence): Promise<Answer> {
    const done = evidence.leaderboard.filter(isDone).sort(byAccuracy);
    const sentences = [progress(evidence.study)];
    const [best] = done;
    const base = done.find(row => row.computation === BASELINE);
    if (!best) return { title: baseline.title, sentences, tables: [], plots: [] };
    if (!base) {
      sentences.push(`There is no trained network of the class ${BASELINE} to compare with.`);
      return { title: baseline.title, sentences, tables: [], plots: [] };
    }
    if (best === base) {
      sentences.push(`The baseline ${base.name} is itself the most accurate, with ${percent(base.accuracy)}.`);
      return { title: baseline.title, sentences, tables: [], plots: [] };
    }
    const parts = [
      { sentences: [comparison(base, best)], tables: [ratios(base, best)], plots: [] },
      await ensemble(evidence, base, best, done),
      await cascade(evidence, base, best),
    ];
    return {
      title: baseline.title,
      sentences: [...sentences, ...parts.flatMap(part => part.sentences)],
      tables: parts.flatMap(part => part.tables),
      plots: parts.flatMap(part => part.plots),
    };
  },
};

function comparison(base: DoneRow, best: DoneRow): string {
  const gain = `${points(best.accuracy - base.accuracy)} more than ${base.name}`;
  return `${best.name} gets ${percent(best.accuracy)} right, ${gain}, with ${times(best.params / base.params)} times the parameters and ${times(best.macs / base.macs)} times the multiply-accumulates.`;
}

function ratios(base: DoneRow, best: DoneRow): Table {
  const figures: [string, (row: DoneRow) => number][] = [
    ["accuracy, %", row => row.accuracy * 100],
    ["wrong answers, %", row => (1 - row.accuracy) * 100],
    ["parameters", row => row.params],
    ["multiply-accumulates", row => row.macs],
    ["memory, elements", row => row.memoryElements],
    ["training, seconds", row => row.trainSeconds],
  ];
  return {
    title: "The best network against the baseline",
    columns: [
      { title: "figure", kind: "text" },
      { title: base.name, kind: "number" },
      { title: best.name, kind: "number" },
      { title: "ratio", kind: "ratio" },
    ],
    rows: figures.map(([name, of]) => [name, of(base), of(best), of(base) === 0 ? null : of(best) / of(base)]),
  };
}
