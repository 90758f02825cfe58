/** Layers of a network, and their sizes. */
import type { Graph } from "../../../src/graph/index.js";
import { analyse } from "../../../src/op/index.js";
import type { Random } from "../../../src/random.js";
import type { Shape } from "../../../src/shape/index.js";
import { classesOf } from "../../../src/surgery/classes.js";
import type { Change } from "../../../src/surgery/index.js";

export const layer = (random: Random, graph: Graph): string => random.pick(graph.nodes).name;

/** Any; mostly one whose channels may change, were the outputs free: else most sizes could not be had. */
export function sized(random: Random, graph: Graph): string {
  if (random.chance(0.2)) return layer(random, graph);
  const { lists, fixed } = classesOf(graph, name => graph.nodes.some(node => node.name === name));
  const may = graph.nodes.filter(({ name }) => lists.get(name)!.some(list => list.classes.some(one => !fixed[one])));
  return may.length > 0 ? random.pick(may).name : layer(random, graph);
}

/** Whether a tensor has, along an axis, the size that was asked for. */
export function isSized(before: Graph, after: Graph, name: string, asked: Change): boolean {
  const [old, now] = [before, after].map(graph => analyse(graph).shapes.get(name)!) as [Shape, Shape];
  const by = typeof asked === "number" ? asked : "by" in asked ? asked.by : undefined;
  return now.some((size, axis) => size === (by === undefined ? (asked as { to: number }).to : old[axis]! + by));
}
