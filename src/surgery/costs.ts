/** What a network that is cut would cost with a channel more: only the layers that have it are reckoned anew. */
import type { Graph, Node } from "../graph/index.js";
import { analyse, type Placed, peakElementsOf, place, toAttrs, trainableCount } from "../op/index.js";
import type { Shape } from "../shape/index.js";
import { type Cost, costOf, type Limit } from "./budget.js";
import { chosen, type Selection } from "./groups.js";
import { rebuild } from "./rebuild.js";
import type { Standing } from "./removal-order.js";

export interface Costs {
  /** With the channel, and what it takes to keep it. */
  readonly with: (one: number) => { readonly cost: Cost; readonly keep: () => void };
}

/** Costs of a graph without the classes that are gone, those that have limits; `keep` takes one from them. */
export function costsWithout(
  graph: Graph,
  { view, join, lead }: Selection,
  gone: Uint8Array,
  { lists, places }: Standing,
  channels: number,
  limits: readonly Limit[],
): Costs {
  const { classes } = view;
  const without = (back?: number): Selection => ({ view, join, lead, keep: one => one === back || !gone[one] });
  const made = rebuild(graph, without()).graph;
  const analysis = analyse(made);
  const shapes = new Map(analysis.shapes);
  const placed = new Map(analysis.placed.map(one => [one.node.name, one]));
  const nodes = new Map(graph.nodes.map(node => [node.name, node]));
  const around = neighbours(graph);
  const axes = axesOf(classes.lists, lists);
  // It takes a walk through all of the network, where all else changes around the channel alone.
  const peak = limits.some(([what]) => what === "activationBytes") ? peakElementsOf(graph) : () => 0;
  let now = costOf(made, channels);

  const resized = (name: string, back: number, shapeOf: (name: string) => Shape): Node => {
    const node = nodes.get(name)!;
    const attrs = classes.rules.get(name)?.attrs;
    if (!attrs) return node;
    const next = attrs({
      inputs: node.inputs.map(shapeOf),
      output: shapeOf(name),
      from: (of, axis) => chosen(classes.lists.get(of === "output" ? name : node.inputs[of]!)![axis]!, without(back)),
    });
    return { ...node, attrs: toAttrs(next) };
  };

  return {
    with: one => {
      const changed = new Map<string, number[]>();
      for (const { list, times } of places[one]!) {
        for (const [tensor, axis] of axes[list]!) {
          const shape = changed.get(tensor) ?? [...shapes.get(tensor)!];
          shape[axis]! += times;
          changed.set(tensor, shape);
        }
      }
      const shapeOf = (name: string): Shape => changed.get(name) ?? shapes.get(name)!;
      const touched = new Set([...changed.keys()].flatMap(name => around.get(name)!));
      let { params, macs } = now;
      const anew: Placed[] = [];
      for (const name of touched) {
        const [before, after] = [placed.get(name)!, place(resized(name, one, shapeOf), { get: shapeOf })];
        if (before.node.shares === undefined) params += trainableCount(after) - trainableCount(before);
        macs += after.cost.macs - before.cost.macs;
        anew.push(after);
      }
      const activationBytes = 4 * peak({ get: shapeOf });
      const cost = { params, macs, activationBytes, channels: now.channels + 1 };
      const keep = (): void => {
        gone[one] = 0;
        for (const [name, shape] of changed) shapes.set(name, shape);
        for (const after of anew) placed.set(after.node.name, after);
        now = cost;
      };
      return { cost, keep };
    },
  };
}

/** Of every tensor the nodes that make or read it. */
function neighbours(graph: Graph): Map<string, string[]> {
  const around = new Map<string, string[]>(graph.inputs.map(({ name }) => [name, []]));
  for (const { name, inputs } of graph.nodes) {
    around.set(name, [name]);
    for (const input of new Set(inputs)) around.get(input)!.push(name);
  }
  return around;
}

/** Axes of tensors that have these very lists. */
function axesOf(all: Selection["view"]["classes"]["lists"], lists: Standing["lists"]): (readonly [string, number])[][] {
  const numbers = new Map(lists.map((ones, i) => [ones, i]));
  const found: (readonly [string, number])[][] = lists.map(() => []);
  for (const [tensor, own] of all) {
    for (const { classes, axis } of own) {
      const list = numbers.get(classes);
      if (list !== undefined) found[list]!.push([tensor, axis]);
    }
  }
  return found;
}
