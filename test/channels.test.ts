/** What every op's record says of its channels is what happens when channels are cut, or added: whatever the op. */

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import "../src/ops/index.js";
import { freeze } from "../src/graph/index.js";
import { allOps, type Op } from "../src/op/index.js";
import { type Random, random } from "../src/random.js";
import { product, type Shape } from "../src/shape/index.js";
import { classesOf } from "../src/surgery/classes.js";
import { plainView, type Selection } from "../src/surgery/groups.js";
import { rebuild } from "../src/surgery/rebuild.js";
import { innerMasked } from "./battery/edits/inner.js";
import { opSession, type Placed, placeOp } from "./battery/op-model.js";
import { inputShapes } from "./battery/sampled.js";
import { batchOf, inputOf } from "./battery/values.js";

/** Ops around which nothing may change, whatever their attributes; each for its reason. */
const held: readonly string[] = [];

const calls = 8;

describe("every op's channels", () => {
  it("are said, but for those held", () => {
    const silent = [...allOps.values()].filter(op => !op.channels).map(({ name }) => name);
    expect(silent.sort()).toEqual(held);
  });
  for (const op of allOps.values()) {
    if (op.channels) it(op.name, () => prove(op));
  }
});

async function prove(op: Op): Promise<void> {
  const cases = fc.sample(fc.tuple(inputShapes(op), fc.integer()), { numRuns: 1000, seed: 1 });
  let proved = 0;
  for (const [shapes, seed] of cases) {
    const source = random(seed);
    if (shapes.some(shape => product(shape) > 300)) continue;
    const attrs = op.sample(source, shapes, { maxChannels: 8 });
    if (!attrs || product(op.shape(shapes, attrs)) > 1500) continue;
    if (await proveCall(placeOp(op, attrs, shapes), source)) proved++;
    if (proved === calls) return;
  }
  expect(proved, `calls of ${op.name} in which channels could change`).toBeGreaterThan(2);
}

/** False where nothing could change. */
async function proveCall(at: Placed, source: Random): Promise<boolean> {
  const inputs = at.inputs.map((shape, i) => ({ name: `x${i}`, shape: [...shape] }));
  const node = { name: "y", op: at.op.name, inputs: inputs.map(({ name }) => name), attrs: at.attrs as never };
  const graph = freeze({ name: "one", inputs, nodes: [node], outputs: ["y"] });
  // Whole numbers that are places in a table are no channels.
  const classes = classesOf(graph, name => name === "y" || !at.op.indices);
  const { rules } = classes;
  const lists = [...classes.lists.values()].flat();
  const gone = new Set<number>();
  const joined = new Map<number, number>();
  for (let one = 0; one < classes.count; one++) {
    if (classes.fixed[one]) continue;
    const empties = lists.some(
      list => list.classes.includes(one) && list.classes.every(other => other === one || gone.has(other)),
    );
    if (!empties && source.chance(0.4)) gone.add(one);
    else if (!classes.closed[one] && source.chance(0.3)) joined.set(one, source.int(1, 2));
  }
  if (gone.size + joined.size === 0) return false;
  const selection: Selection = {
    view: plainView(classes),
    keep: one => !gone.has(one),
    join: one => joined.get(one) ?? 0,
    lead: () => 0,
  };
  const { graph: cut, places, gather } = rebuild(graph, selection);
  const next = placeOp(
    at.op,
    cut.nodes[0]!.attrs,
    cut.inputs.map(({ shape }) => shape),
  );
  expect(next.output).toEqual(places.get("y")!.map(axis => axis.length));
  if (rules.get("y")?.mixes) return true;
  const w = Object.fromEntries(
    at.weights.map(({ role, shape, trainable }, i) => {
      const drawn = batchOf(1, shape, 50 + i);
      return [role, trainable ? drawn : drawn.map(value => Math.abs(value) + 0.5)] as const;
    }),
  );
  // A new channel holds zeros, and so does everything that is new in the weights.
  const gathered = gather(
    Object.fromEntries(Object.entries(w).map(([role, value]) => [`y.${role}`, value])),
    () => () => 0,
  );
  const x = at.inputs.map((shape, i) => masked(inputOf(at, 1, shape, 90 + i, "positive"), shape, places.get(`x${i}`)!));
  const kept = x.map((values, i) => taken(values, at.inputs[i]!, places.get(`x${i}`)!));
  const whole = await run(at, x, innerMasked({ op: at.op.name, attrs: at.attrs as never }, places.get("y")!, w));
  const part = await run(
    next,
    kept,
    Object.fromEntries(next.weights.map(({ role }) => [role, gathered[`y.${role}`]!])),
  );
  const wanted = taken(whole, at.output, places.get("y")!);
  const isNew = taken(
    Float32Array.from(whole, () => 1),
    at.output,
    places.get("y")!,
  );
  const differences = [...part].map((value, i) =>
    isNew[i] === 0 ? 0 : Math.abs(value - wanted[i]!) / Math.max(1, Math.abs(wanted[i]!)),
  );
  expect(
    Math.max(0, ...differences),
    `${at.op.name} ${JSON.stringify(at.attrs)} of ${JSON.stringify(at.inputs)}`,
  ).toBeLessThan(1e-5);
  return true;
}

async function run(
  at: Placed,
  x: readonly Float32Array[],
  w: Readonly<Record<string, Float32Array>>,
): Promise<Float32Array> {
  const session = await opSession(at, { training: false });
  const feeds = [
    ...x.map((values, i) => [`x/${i}`, values] as const),
    ...Object.entries(w).map(([role, values]) => [`w/${role}`, values] as const),
  ];
  const { y } = await session.run(1, Object.fromEntries(feeds));
  await session.release();
  return y!.data as Float32Array;
}

/** The elements at these places of every axis; zeros at new ones. */
function taken(values: Float32Array, shape: Shape, axes: readonly Int32Array[]): Float32Array {
  const strides = shape.map((_, axis) => product(shape.slice(axis + 1)));
  let places = [0];
  axes.forEach((axis, i) => {
    places = places.flatMap(from => [...axis].map(place => (place < 0 || from < 0 ? -1 : from + place * strides[i]!)));
  });
  return Float32Array.from(places, place => (place < 0 ? 0 : values[place]!));
}

/** Zeros where a place is not among those that stay. */
function masked(values: Float32Array, shape: Shape, axes: readonly Int32Array[]): Float32Array {
  const kept = axes.map(axis => new Set(axis));
  return values.map((value, i) => {
    const stays = shape.every((size, axis) => kept[axis]!.has(Math.floor(i / product(shape.slice(axis + 1))) % size));
    return stays ? value : 0;
  });
}
