import { isDone, type LeaderboardRow } from "./leaderboard.js";
import type { Picks } from "./picks.js";
import type { Plot } from "./questions/question.js";

/** Every finished network, accuracy against parameters, with the front as a line through the picks. */
export function frontPlot(rows: readonly LeaderboardRow[], picks: Picks): Plot {
  const encode = ({ name, computation, params, accuracy }: LeaderboardRow) => ({
    name,
    class: computation,
    params,
    accuracy,
  });
  return {
    title: "Accuracy against parameters; the line is the Pareto front",
    spec: {
      width: 620,
      height: 300,
      encoding: {
        x: {
          field: "params",
          type: "quantitative",
          title: "parameters",
          // A logarithm has no place for a network without parameters.
          scale: { type: rows.every(row => row.params > 0) ? "log" : "symlog", nice: false, padding: 12 },
          axis: { format: "~s", tickCount: 6 },
        },
        y: {
          field: "accuracy",
          type: "quantitative",
          title: "accuracy",
          scale: { zero: false, padding: 8 },
          axis: { format: ".1~%" },
        },
      },
      layer: [
        {
          data: { values: picks.front.map(({ row }) => encode(row)) },
          mark: { type: "line", interpolate: "step-after", strokeWidth: 1.5, color: "#d99e00" },
        },
        {
          data: { values: rows.filter(isDone).map(encode) },
          mark: { type: "point", filled: true, size: 40, opacity: 0.8 },
          encoding: { color: { field: "class", type: "nominal", title: "class", legend: { columns: 5 } } },
        },
      ],
    },
  };
}
