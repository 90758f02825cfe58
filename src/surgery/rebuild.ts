/** A graph and its weights after channels were chosen: attributes follow sizes, kept values are gathered, new ones filled. */
import { freeze, type Graph, type Node } from "../graph/index.js";
import { analyse, type Initialiser, type Placed, toAttrs, upTo, type WeightAxis } from "../op/index.js";
import { deriveSeed, type Random, random } from "../random.js";
import { product } from "../shape/index.js";
import type { List } from "./classes.js";
import { chosen, type Selection } from "./groups.js";

/** Values by parameter name, `node.role`. */
export type Weights = Readonly<Record<string, Float32Array>>;

/** What stands in the outputs of a layer that are new: first values as at the beginning, or zeros. */
export type NewOutputs = "random" | "zeros";

export interface Rebuilt {
  readonly graph: Graph;
  /** For every place along every axis of every tensor, the one before the edit whose values it has; below 0 for a new one. */
  readonly places: ReadonlyMap<string, readonly Int32Array[]>;
  /** Other values of the same weights: the kept ones gathered, new ones from `fill`. */
  readonly gather: (values: Weights, fill: (parameter: string) => Fill) => Weights;
}

/** Value of an entry that did not exist: in an output that is new, or in an input that is new to an old output. */
export type Fill = (newOutput: boolean) => number;

/** `source` tells, for every place along an axis, whose values stand there: those of what was chosen, unless told. */
export function rebuild(graph: Graph, selection: Selection, source?: (list: List) => Int32Array): Rebuilt {
  const { lists, rules, placed } = selection.view.classes;
  const places = placesOf(lists, selection);
  const sizes = analyse(graph).shapes;
  const shapeOf = (name: string): number[] => places.get(name)!.map(axis => axis.length);
  const stays = staying();
  const nodes = graph.nodes.map((node): Node => {
    const attrs = rules.get(node.name)?.attrs;
    const around = [node.name, ...node.inputs];
    if (!attrs || around.every(name => places.get(name)!.every((axis, i) => stays(axis, sizes.get(name)![i]!))))
      return node;
    const next = attrs({
      inputs: node.inputs.map(shapeOf),
      output: shapeOf(node.name),
      from: (of, axis) => places.get(of === "output" ? node.name : node.inputs[of]!)![axis]!,
    });
    return { ...node, attrs: toAttrs(next) };
  });
  const inputs = graph.inputs.map(({ name }) => ({ name, shape: shapeOf(name) }));
  const made = freeze({ ...graph, inputs, nodes });
  check(made, shapeOf);
  const sources = source ? new Map([...lists].map(([name, axes]) => [name, axes.map(source)])) : places;
  return {
    graph: made,
    places: sources,
    gather: (values, fill) => gathered(placed, rules, sources, values, fill),
  };
}

/** Whether what becomes of an axis of so many places is what it was. */
function staying(): (places: Int32Array, size: number) => boolean {
  const known = new Map<Int32Array, boolean>();
  return (places, size) => {
    const found = known.get(places) ?? (places.length === size && places.every((place, i) => place === i));
    known.set(places, found);
    return found;
  };
}

/** What becomes of every axis of every tensor: of axes with the same channels the very same array. */
function placesOf(
  lists: Selection["view"]["classes"]["lists"],
  selection: Selection,
): ReadonlyMap<string, readonly Int32Array[]> {
  const known = new Map<Int32Array, Int32Array>();
  const place = (list: List): Int32Array => {
    if (list.widths) return chosen(list, selection);
    let found = known.get(list.classes);
    if (!found) {
      found = list.held && !selection.view.extra ? upTo(list.classes.length) : chosen(list, selection);
      known.set(list.classes, found);
    }
    return found;
  };
  return new Map([...lists].map(([name, axes]) => [name, axes.map(place)]));
}

/** What was chosen is what the ops make of it: else a record tells its channels wrongly, and nobody may go on. */
function check(made: Graph, shapeOf: (name: string) => number[]): void {
  for (const [name, shape] of analyse(made).shapes) {
    const wanted = shapeOf(name);
    if (shape.length !== wanted.length || shape.some((size, axis) => size !== wanted[axis])) {
      throw new Error(
        `surgery: ${name} does not become what was planned, got [${shape.join(", ")}] instead of [${wanted.join(", ")}]; correct the channels of its op's record`,
      );
    }
  }
}

function gathered(
  placed: ReadonlyMap<string, Placed>,
  rules: Selection["view"]["classes"]["rules"],
  places: Rebuilt["places"],
  values: Weights,
  fill: (parameter: string) => Fill,
): Weights {
  const result: Record<string, Float32Array> = {};
  for (const one of placed.values()) {
    if (one.node.shares !== undefined) continue;
    const axesOf = rules.get(one.node.name)?.weights ?? {};
    for (const { role, shape } of one.weights) {
      const parameter = `${one.node.name}.${role}`;
      const old = values[parameter];
      if (!old) continue;
      const axes = shape.map((size, i) => along(one, axesOf[role]?.[i], size, places));
      const outputAxis = axesOf[role]?.findIndex(axis => axis?.of === "output") ?? -1;
      result[parameter] = gatherOne(old, shape, axes, outputAxis, fill(parameter));
    }
  }
  return result;
}

/** Old places along an axis of a weight. */
function along(one: Placed, axis: WeightAxis | undefined, size: number, places: Rebuilt["places"]): Int32Array {
  if (!axis) return upTo(size);
  const tensor = axis.of === "output" ? one.node.name : one.node.inputs[axis.of]!;
  const all = places.get(tensor)![axis.axis]!;
  const { times = 1, parts = 1 } = axis;
  const own = all.subarray(0, all.length / parts);
  if (times === 1) return own;
  const before = size / times;
  return Int32Array.from({ length: own.length * times }, (_, i) => {
    const place = own[i % own.length]!;
    return place < 0 ? -1 : place + before * Math.floor(i / own.length);
  });
}

/** Values that are faster moved one by one than by `set`. */
const shortBlock = 24;

function gatherOne(
  old: Float32Array,
  shape: readonly number[],
  axes: readonly Int32Array[],
  outputAxis: number,
  fill: Fill,
): Float32Array {
  const made = new Float32Array(product(axes.map(axis => axis.length)));
  const strides = shape.map((_, i) => product(shape.slice(i + 1)));
  // Behind the last axis that changes, values stand side by side before and after.
  const depth = 1 + axes.findLastIndex((axis, i) => axis.length !== shape[i] || axis.some((place, at) => place !== at));
  const block = product(shape.slice(depth));
  let at = 0;
  const walk = (axis: number, from: number, isNew: boolean, newOutput: boolean): void => {
    if (axis === depth) {
      if (isNew) for (let i = at; i < at + block; i++) made[i] = fill(newOutput);
      else made.set(old.subarray(from, from + block), at);
      at += block;
      return;
    }
    const places = axes[axis]!;
    if (axis === depth - 1 && !isNew) {
      move(made, at, old, from, places, block, () => fill(newOutput || axis === outputAxis));
      at += places.length * block;
      return;
    }
    for (const place of places) {
      const fresh = place < 0;
      const next = fresh ? from : from + place * strides[axis]!;
      walk(axis + 1, next, isNew || fresh, newOutput || (fresh && axis === outputAxis));
    }
  };
  walk(0, 0, false, false);
  return made;
}

/** Blocks at these places, one behind the other. Plain loops: networks have tens of millions of values. */
function move(
  made: Float32Array,
  start: number,
  old: Float32Array,
  from: number,
  places: Int32Array,
  block: number,
  fill: () => number,
): void {
  let at = start;
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!;
    const first = from + place * block;
    const end = at + block;
    if (place < 0) while (at < end) made[at++] = fill();
    else if (block < shortBlock) for (let j = first; at < end; j++) made[at++] = old[j]!;
    else {
      made.set(old.subarray(first, first + block), at);
      at = end;
    }
  }
}

/** New outputs begin as a new layer would; new inputs of old outputs at 0, so that what was computed stays. */
export function firstValues(graph: Graph, policy: NewOutputs, seed: number): (parameter: string) => Fill {
  const inits = new Map<string, Initialiser>();
  for (const { node, weights } of analyse(graph).placed) {
    for (const { role, init } of weights) inits.set(`${node.name}.${role}`, init);
  }
  return parameter => {
    const init = inits.get(parameter)!;
    if (init.kind === "constant") return newOutput => (newOutput ? init.value : 0);
    if (policy === "zeros") return () => 0;
    const source = random(deriveSeed("surgery", seed, parameter));
    return newOutput => (newOutput ? draw(source, init) : 0);
  };
}

const draw = (source: Random, init: Exclude<Initialiser, { readonly kind: "constant" }>): number =>
  init.kind === "uniform"
    ? (2 * source.float() - 1) * init.bound
    : init.std * Math.sqrt(-2 * Math.log(1 - source.float())) * Math.cos(2 * Math.PI * source.float());
