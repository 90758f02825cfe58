/**
 * More channels and the same function (Net2WiderNet of Chen et al. 2016): channels are repeated, and what reads them
 * shares its weights out among the copies.
 */
import type { Placed, WeightSpec } from "../op/index.js";
import { deriveSeed, permutation, random } from "../random.js";
import { product, type Shape } from "../shape/index.js";
import { type Change, changed, spelled } from "./change.js";
import { type Classes, classesOf, type List } from "./classes.js";
import { SurgeryError } from "./error.js";
import { plainView, type Selection } from "./groups.js";
import { rebuild, type Weights } from "./rebuild.js";
import { specsOf } from "./regraph.js";
import { comesOut } from "./rules.js";
import { channelList, type State, type Strategy, settled } from "./state.js";

/** Share of every copy of a channel in what is read of it, the channel's own first. */
type Shares = ReadonlyMap<number, readonly number[]>;

/**
 * Layers get more channels, copies of what they have, drawn by the seed. Copies have shares of unequal size, so that
 * they learn apart. Refused where something between would give other values for it.
 */
export function widen(state: State, changes: Readonly<Record<string, Change>>, strategy: Strategy): State {
  return Object.entries(changes).reduce((before, [name, change]) => widenOne(before, name, change, strategy), state);
}

function widenOne(state: State, name: string, change: Change, strategy: Strategy): State {
  const edit = `widen ${spelled({ [name]: change })}`;
  const [asked] = changed({ [name]: change });
  const inputs = new Set(state.graph.inputs.map(input => input.name));
  const classes = classesOf(state.graph, tensor => !inputs.has(tensor) && strategy.outputs === "free");
  const list = channelList(classes, name);
  const old = list.classes.length;
  const more = "to" in asked! ? asked.to - old : asked!.change;
  if (more < 0) throw new SurgeryError(`${edit}: it has ${old} channels, got fewer; resize it instead`);
  const copies = copiesOf(classes, list, more, edit, strategy.seed ?? 0);
  for (const placed of classes.placed.values()) refuseOthers(placed, classes, copies, edit);
  const shares = sharesOf(copies, edit, strategy.seed ?? 0);
  const selection: Selection = {
    view: plainView(classes),
    keep: () => true,
    join: one => copies.get(one) ?? 0,
    lead: () => 0,
  };
  const rebuilt = rebuild(state.graph, selection, one => Int32Array.from(repeated(one, shares, place => place)));
  const made = settled(state, edit, strategy, classes, rebuilt, { relaxed: [], status: "direct" });
  return { ...made, weights: made.weights && shared(made.weights, specsOf(made.graph), classes, shares) };
}

/** How many copies of every class there are to be: as equally many of all as can be. */
function copiesOf(classes: Classes, list: List, more: number, edit: string, seed: number): Map<number, number> {
  const times = new Map<number, number>();
  for (const one of list.classes) times.set(one, (times.get(one) ?? 0) + 1);
  const free = [...times.keys()].filter(one => !classes.fixed[one] && !classes.closed[one]);
  if (free.length === 0 && more > 0) {
    const one = list.classes[0]!;
    const behind = classes.closed[one] === 3 ? "a sum without weights behind it" : "a reshape behind it";
    const holder = classes.holder(one) ?? behind;
    throw new SurgeryError(`${edit}: its channels are held, got ${holder}; widen what stands before it`);
  }
  const order = Array.from(permutation(free.length, random(deriveSeed("widen", seed, edit))), i => free[i]!);
  const copies = new Map<number, number>();
  let left = more;
  for (let at = 0, missed = 0; left > 0; at++) {
    const one = order[at % order.length]!;
    if (times.get(one)! <= left) {
      copies.set(one, (copies.get(one) ?? 0) + 1);
      left -= times.get(one)!;
      missed = 0;
    } else if (++missed === order.length) {
      const step = Math.min(...free.map(other => times.get(other)!));
      throw new SurgeryError(`${edit}: its channels come ${step} at a time, got ${more} more; widen by a multiple`);
    }
  }
  return copies;
}

/** Refuses what would give other values: norms of which a part is copied. */
function refuseOthers(placed: Placed, classes: Classes, copies: ReadonlyMap<number, number>, edit: string): void {
  const { node, op } = placed;
  const rule = classes.rules.get(node.name);
  if (!rule) return;
  for (const input of node.inputs) {
    for (const list of classes.lists.get(input)!) {
      if (!list.classes.some(one => copies.has(one))) continue;
      const [first] = list.classes;
      const isEqual = list.classes.every(one => copies.get(one) === copies.get(first!));
      if (rule.mixes && !isEqual) {
        throw new SurgeryError(
          `${edit}: ${node.name} (${op.name}) normalises over these channels, got some of them twice; give twice as many, or resize`,
        );
      }
    }
  }
}

function sharesOf(copies: ReadonlyMap<number, number>, edit: string, seed: number): Shares {
  const source = random(deriveSeed("shares", seed, edit));
  return new Map(
    [...copies].map(([one, count]) => {
      const drawn = Array.from({ length: count + 1 }, () => 0.5 + source.float());
      const sum = drawn.reduce((a, b) => a + b);
      return [one, drawn.map(value => value / sum)] as const;
    }),
  );
}

/** For every place of a list with its copies behind it, a number from the old place and the copy's share. */
function repeated(
  { classes, widths }: List,
  shares: Shares,
  value: (place: number, share: number) => number,
): number[] {
  const made: number[] = [];
  for (let i = 0; i < classes.length; ) {
    const width = widths?.[i] ?? 1;
    for (const share of shares.get(classes[i]!) ?? [1]) {
      for (let place = i; place < i + width; place++) made.push(value(place, share));
    }
    i += width;
  }
  return made;
}

/** Weights along the axes that they read, each copy's times its share. */
function shared(weights: Weights, specs: ReadonlyMap<string, WeightSpec>, classes: Classes, shares: Shares): Weights {
  const made: Record<string, Float32Array> = { ...weights };
  for (const { node, weights: own } of classes.placed.values()) {
    if (node.shares !== undefined) continue;
    for (const { role } of own) {
      const rule = classes.rules.get(node.name);
      const axes = rule?.weights?.[role] ?? [];
      const makes = axes.some(axis => axis?.of === "output");
      const factors = axes.map((axis, i) => {
        if (!axis) return undefined;
        // Twice along one axis of the output: the second time it is what a layer reads of itself.
        const isMade = axes.findIndex(other => other?.of === "output" && other.axis === axis.axis) === i;
        if (axis.of === "output" && isMade) return undefined;
        // A weight of what comes out again weighs each alone, as that of a transposed depthwise convolution.
        if (axis.of !== "output" && !makes && comesOut(rule!, axis.of, axis.axis)) return undefined;
        const tensor = axis.of === "output" ? node.name : node.inputs[axis.of]!;
        const list = classes.lists.get(tensor)![axis.axis]!;
        if (!list.classes.some(one => shares.has(one))) return undefined;
        const all = repeated(list, shares, (_, share) => share);
        return all.slice(0, all.length / (axis.parts ?? 1));
      });
      const parameter = `${node.name}.${role}`;
      const values = made[parameter];
      if (values && factors.some(Boolean)) made[parameter] = weighed(values, specs.get(parameter)!.shape, factors);
    }
  }
  return made;
}

/** Every value times the factors of its places along the axes that have some. */
function weighed(
  values: Float32Array,
  shape: Shape,
  factors: readonly (readonly number[] | undefined)[],
): Float32Array {
  const strides = shape.map((_, axis) => product(shape.slice(axis + 1)));
  return values.map((value, at) =>
    factors.reduce((all, along, axis) => {
      if (!along) return all;
      const place = Math.floor(at / strides[axis]!) % shape[axis]!;
      return all * along[place % along.length]!;
    }, value),
  );
}
