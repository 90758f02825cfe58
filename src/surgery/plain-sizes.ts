/** Sizes of a network alone, before anything was learned: no channel is followed, only how many there are. */
import type { Graph } from "../graph/index.js";
import { type Change, changed } from "./change.js";
import { classesOf } from "./classes.js";
import { SurgeryError } from "./error.js";
import { plan } from "./plan.js";
import type { Demand, Group, Size, Sum } from "./request.js";
import { channelList, type Strategy } from "./state.js";
import { joins } from "./structure.js";
import { same, total } from "./sums.js";

export interface PlainSizes {
  /** Channels of every input and layer. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Exact changes that could not be met. */
  readonly relaxed: readonly string[];
}

/** New sizes of a graph in which layers' sizes change as asked and the others least; a SurgeryError where none fit. */
export async function plainSizes(
  graph: Graph,
  changes: Readonly<Record<string, Change>>,
  { steps = {}, neverShrink = [], frozen = [], fallback = "relax", seconds = 10 }: Strategy = {},
): Promise<PlainSizes> {
  const classes = classesOf(graph, name => !graph.inputs.some(input => input.name === name));
  const groups: Group[] = [];
  const sums = new Map<string, Sum>();
  const demands: Demand[] = [];
  const sizeOf = (name: string): number => channelList(classes, name).classes.length;
  const upper = Number.POSITIVE_INFINITY;
  const bound = (name: string, lower: number, most: number, why: string): void => {
    demands.push({ sum: sums.get(name)!, lower, upper: most, why });
  };
  for (const { name } of graph.inputs) sums.set(name, { terms: [], constant: sizeOf(name) });
  for (const node of graph.nodes) {
    const inputs = node.inputs.map(input => sums.get(input)!);
    if (classes.makers.has(node.name)) {
      sums.set(node.name, { terms: [[groups.length, 1]], constant: 0 });
      groups.push({ most: sizeOf(node.name), keep: upper, join: upper });
    } else if (joins(graph, node)) sums.set(node.name, total(inputs));
    else if (classes.rules.get(node.name)) {
      sums.set(node.name, inputs[0]!);
      for (const [i, other] of inputs.slice(1).entries()) {
        const why = `${node.inputs[0]} and ${node.inputs[i + 1]} have equally many channels`;
        demands.push(same(inputs[0]!, other, why));
      }
    } else sums.set(node.name, { terms: [], constant: sizeOf(node.name) });
    bound(node.name, 1, upper, `${node.name} keeps at least 1 channel`);
  }
  for (const [name, step] of Object.entries(steps)) {
    const node = graph.nodes.find(one => one.name === name);
    for (const tensor of [name, ...(node && classes.makers.has(name) ? node.inputs : [])]) {
      const why = `${tensor === name ? name : `${name}'s input ${tensor}`} changes by multiples of ${step}`;
      const sum = sums.get(tensor)!;
      demands.push({ sum, lower: Number.NEGATIVE_INFINITY, upper, step: { base: sizeOf(tensor), step }, why });
    }
  }
  for (const name of neverShrink) bound(name, sizeOf(name), upper, `${name} never shrinks`);
  for (const name of frozen) bound(name, sizeOf(name), sizeOf(name), `${name} is frozen`);
  const names = [...graph.inputs, ...graph.nodes].map(({ name }) => name);
  const sizes = names.map((name): Size => ({ ...sums.get(name)!, names: [name], old: sizeOf(name) }));
  const planned = await plan({
    groups,
    sizes,
    demands,
    targets: changed(changes).map(({ name, exact, ...rest }) => {
      const old = sizeOf(name);
      return { name, exact, old, change: "to" in rest ? rest.to - old : rest.change, sum: sums.get(name)! };
    }),
    relax: fallback !== "refuse",
    seconds,
  });
  if ("conflict" in planned) {
    throw new SurgeryError(
      `sizes: this cannot all be, got ${planned.conflict.join("; ")}; ask for less`,
      planned.conflict,
    );
  }
  const value = ({ terms, constant }: Sum): number =>
    terms.reduce((sum, [group, times]) => sum + times * (planned.keep[group]! + planned.join[group]!), constant);
  return { sizes: Object.fromEntries(names.map(name => [name, value(sums.get(name)!)])), relaxed: planned.relaxed };
}
