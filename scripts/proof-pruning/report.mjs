/** What was found, as tables and a plot. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { plotSvg, textTable } from "../../dist/report/index.js";

export const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Prints the tables of all that is in the folder, and writes accuracy.svg there. */
export async function report(out) {
  const files = readdirSync(out).filter(file => file.endsWith(".points.json"));
  const all = files.map(file => JSON.parse(readFileSync(join(out, file), "utf8")));
  const runs = all.filter(({ points }) => points);
  const rows = [];
  for (const name of new Set(runs.map(run => run.name))) {
    for (const how of new Set(runs.map(run => run.how))) {
      const own = runs.filter(run => run.name === name && run.how === how);
      if (own.length === 0) continue;
      for (const [i, { share }] of own[0].points.entries()) {
        const at = key => own.map(({ points }) => points[i][key]);
        const cuts = all.filter(one => one.straight && one.name === name && one.how === how);
        const straight = cuts.length > 0 ? mean(cuts.map(one => one.straight[i].cut)) : null;
        rows.push({
          ...{ network: name, utility: how, share, params: mean(at("params")), macs: mean(at("macs")) },
          ...{ straight, cut: mean(at("cut")), tuned: mean(at("tuned")), runs: own.length },
        });
      }
    }
  }
  const columns = [
    ["network", "text"],
    ["utility", "text"],
    ["of parameters", "share"],
    ["parameters", "integer"],
    ["multiply-accumulates", "integer"],
    ["accuracy, cut at once", "share"],
    ["cut step by step", "share"],
    ["then fine-tuned", "share"],
    ["runs", "integer"],
  ].map(([title, kind]) => ({ title, kind }));
  const cells = rows.map(({ network, utility, share, params, macs, straight, cut, tuned, runs }) => [
    ...[network, utility, share, Math.round(params), Math.round(macs), straight, cut, tuned, runs],
  ]);
  console.log(textTable({ title: "", columns, rows: cells }, 120));
  for (const { name, seed, inherited } of all.filter(one => one.inherited)) {
    for (const { steps, with: kept, without } of inherited) {
      console.log(
        `${name} ${seed}: loss after ${steps} steps ${kept.toFixed(4)} with the averages, ${without.toFixed(4)} without`,
      );
    }
  }
  for (const { name, how, seed, regrown } of runs) {
    const { params, difference, accuracy } = regrown;
    const shown = accuracy.map(one => `${(100 * one).toFixed(2)} %`).join(" and ");
    console.log(
      `${name} ${how} ${seed}: grown to ${params} parameters, ${shown}, outputs differ by ${difference.toPrecision(2)}`,
    );
  }
  writeFileSync(join(out, "accuracy.svg"), await plotSvg(plotOf(rows)));
}

function plotOf(rows) {
  const x = {
    ...{ field: "share", type: "quantitative", title: "parameters left" },
    scale: { domain: [0.15, 1] },
    axis: { format: ".0%" },
  };
  const y = {
    type: "quantitative",
    title: "test accuracy",
    scale: { zero: false, padding: 6 },
    axis: { format: ".1~%" },
  };
  const color = { field: "utility", type: "nominal", title: "worth by" };
  const panel = (name, field, how) => ({
    ...{ title: `${name}, ${how}`, width: 320, height: 200 },
    data: { values: rows.filter(({ network }) => network === name) },
    ...{ mark: { type: "line", point: true }, encoding: { x, color, y: { ...y, field } } },
  });
  const row = (field, how) => ({
    hconcat: [...new Set(rows.map(one => one.network))].map(name => panel(name, field, how)),
  });
  return {
    title: "Accuracy against size",
    spec: { vconcat: [row("straight", "cut at once"), row("tuned", "in steps, fine-tuned")] },
  };
}
