/** A network whose channels were cut beside the original with masks: what surgery must leave equal. */
import { expect } from "vitest";
import { freeze, type Graph } from "../../src/graph/index.js";
import { analyse } from "../../src/op/index.js";
import { nativeSession } from "../../src/runtime/native.js";
import { float32 } from "../../src/runtime/session.js";
import type { Shape } from "../../src/shape/index.js";
import { classesOf } from "../../src/surgery/classes.js";
import type { Edited } from "../../src/surgery/index.js";
import { inferenceModel, type Weights } from "../../src/train/index.js";
import type { Arrays } from "./op-model.js";

/**
 * Cutting channels equals masking them in the original, output for output, within 1e-5. False where the masked network
 * gives no numbers to compare.
 */
export async function expectMasked(
  graph: Graph,
  weights: Weights,
  cut: Edited,
  inputs: Arrays,
  what: string,
): Promise<boolean> {
  const { lineage } = cut.report;
  const all = await run(masked(graph, lineage), weights, { ...inputs, ...masks(graph, lineage) });
  if (!finite(all)) return false;
  const wanted = all.map((values, i) => {
    const output = graph.outputs[i]!;
    return taken(values, lineage.get(output)!, analyse(graph).shapes.get(output)!);
  });
  expectEqual(await run(cut.graph, cut.weights!, inputs), wanted, what);
  return true;
}

/** What keeps the function changes no output beyond 1e-5. */
export async function expectUnchanged(
  graph: Graph,
  weights: Weights,
  done: Edited,
  inputs: Arrays,
  what: string,
): Promise<void> {
  expectEqual(await run(done.graph, done.weights!, inputs), await run(graph, weights, inputs), what);
}

/** Of both samples, the elements at these places of every axis. */
function taken(values: Float32Array, axes: readonly Int32Array[], shape: Shape): Float32Array {
  const kept = axes.map(axis => new Set(axis));
  const stays = elements(shape).map(place => place.every((at, axis) => kept[axis]!.has(at)));
  return values.filter((_, i) => stays[i % stays.length]);
}
type Lineage = ReadonlyMap<string, readonly Int32Array[]>;

/** Whether channels were cut, or added, of what normalises over them: its output must change. */
export function mixes(graph: Graph, lineage: Lineage): boolean {
  const { rules } = classesOf(graph, () => false);
  const { shapes } = analyse(graph);
  return graph.nodes.some(
    ({ name }) => rules.get(name)?.mixes && lineage.get(name)!.some((axis, i) => axis.length !== shapes.get(name)![i]),
  );
}

/** The network with a factor behind every layer, an input of its own. */
function masked(graph: Graph, lineage: Lineage): Graph {
  const { shapes } = analyse(graph);
  const [behind, maskOf] = [(name: string) => `${name}/masked`, (name: string) => `${name}/mask`];
  const own = new Set(graph.nodes.map(({ name }) => name).filter(name => lineage.has(name)));
  return freeze({
    ...graph,
    inputs: [...graph.inputs, ...[...own].map(name => ({ name: maskOf(name), shape: shapes.get(name)! }))],
    nodes: graph.nodes.flatMap(node => [
      { ...node, inputs: node.inputs.map(name => (own.has(name) ? behind(name) : name)) },
      { name: behind(node.name), op: "multiply", inputs: [node.name, maskOf(node.name)], attrs: {} },
    ]),
    outputs: graph.outputs.map(name => (own.has(name) ? behind(name) : name)),
  });
}

function masks(graph: Graph, lineage: Lineage): Arrays {
  const { shapes } = analyse(graph);
  return Object.fromEntries(
    graph.nodes.map(({ name }) => {
      const shape = shapes.get(name)!;
      const kept = lineage.get(name)!.map(axis => new Set(axis));
      const one = elements(shape).map(place => (place.every((at, axis) => kept[axis]!.has(at)) ? 1 : 0));
      return [`${name}/mask`, Float32Array.from([...one, ...one])] as const;
    }),
  );
}

/** Places of all elements, row by row. */
const elements = (shape: Shape): number[][] =>
  shape.reduce<number[][]>(
    (all, size) => all.flatMap(place => Array.from({ length: size }, (_, at) => [...place, at])),
    [[]],
  );

export async function run(graph: Graph, weights: Weights, inputs: Arrays): Promise<Float32Array[]> {
  const session = await nativeSession(inferenceModel(graph, { weights }));
  const feeds = graph.inputs.map(({ name, shape }) => [name, float32(inputs[name]!, [2, ...shape])] as const);
  const outputs = await session.run(Object.fromEntries(feeds));
  await session.release();
  return Object.values(outputs).map(({ data }) => data as Float32Array);
}

const finite = (outputs: readonly Float32Array[]): boolean => outputs.every(values => values.every(Number.isFinite));

function expectEqual(found: readonly Float32Array[], wanted: readonly Float32Array[], what: string): void {
  expect(
    found.map(({ length }) => length),
    what,
  ).toEqual(wanted.map(({ length }) => length));
  const scale = Math.max(1, ...wanted.flatMap(values => [...values].map(Math.abs)));
  const differences = found.flatMap((values, i) => [...values].map((value, at) => Math.abs(value - wanted[i]![at]!)));
  expect(Math.max(0, ...differences) / scale, what).toBeLessThan(1e-5);
}
