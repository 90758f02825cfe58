/** What an operation did, as data and as text. */
import type { Graph } from "../graph/index.js";
import { analyse, figures } from "../op/index.js";
import { integer, percent } from "../text/figures.js";
import { type Changes, sizeLines } from "./size-lines.js";
import type { State, Step } from "./state.js";

export interface Report {
  readonly steps: readonly Step[];
  /** What was refused, and left out. */
  readonly refused: readonly string[];
  /** Shapes before and after, by input and layer; only those that changed, came or went. */
  readonly shapes: Changes;
  /** For every axis of every tensor of the new network that an edit touched: the place in the first one, -1 for new. */
  readonly lineage: ReadonlyMap<string, readonly Int32Array[]>;
  readonly params: readonly [before: number, after: number];
  readonly macs: readonly [before: number, after: number];
  /** For people: many changes of sizes are summed up by module. */
  readonly text: string;
}

export function reportOf(first: State, last: State, refused: readonly string[]): Report {
  const [before, after] = [analyse(first.graph).shapes, analyse(last.graph).shapes];
  const shapes: Record<string, Changes[string]> = {};
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const both = [before.get(name), after.get(name)] as const;
    if (both[0]?.join() !== both[1]?.join() || !both[0] !== !both[1]) shapes[name] = both;
  }
  const [old, now] = [figures(first.graph), figures(last.graph)];
  const report = {
    steps: last.steps,
    refused,
    shapes,
    lineage: last.lineage,
    params: [old.params, now.params] as const,
    macs: [old.macs, now.macs] as const,
  };
  return { ...report, text: textOf(report, last.graph) };
}

function textOf({ steps, refused, shapes, params, macs }: Omit<Report, "text">, graph: Graph): string {
  const learned = new Set(analyse(graph).placed.flatMap(({ node, weights }) => (weights.length > 0 ? node.name : [])));
  const of = ([before, after]: readonly [number, number], what: string): string =>
    `${integer(before)} to ${integer(after)} ${what}${before > 0 ? ` (${percent(after / before)})` : ""}`;
  return [
    `${graph.name}: ${of(params, "parameters")}, ${of(macs, "multiply-accumulates")}`,
    ...steps.flatMap(({ edit, relaxed, status, solver, latency }) => [
      `${edit}: ${status}${status === "time limit" ? `, at most ${(100 * solver!.gap).toFixed(1)} % from the best` : ""}${latency ? `, ${latency.map(one => one.toPrecision(3)).join(" to ")} ms` : ""}`,
      ...relaxed.map(name => `  ${name} could not be met, and is as near as can be`),
    ]),
    ...refused.map(one => `refused: ${one}`),
    ...sizeLines(shapes, name => learned.has(name)).map(line => `  ${line}`),
  ].join("\n");
}
