/**
 * Whether every channel that stays is connected as before, found by running networks, and by nothing that surgery knows:
 *
 * - every node alone, before with zeros for the channels that are cut, after without them, gives the same for those that
 *   stay, from random numbers at all its inputs;
 * - the whole network after the edit gives at every node what the one before gives with a mask of zeros and ones behind
 *   every node, as far as no node came, went or was connected otherwise, and no new channel before it is without a value,
 *   as the root of what is below 0: zero times that is no number.
 */
import type { Graph, Node } from "../../../src/graph/index.js";
import { analyse } from "../../../src/op/index.js";
import { deriveSeed, type Random, random } from "../../../src/random.js";
import { product } from "../../../src/shape/index.js";
import type { Weights } from "../../../src/train/index.js";
import type { Arrays } from "../op-model.js";
import { randomInputs } from "../random-network.js";
import { inputOf } from "../values.js";
import { type Bench, batch, benchOf, type Given, type Results } from "./bench.js";
import { innerMasked } from "./inner.js";
import { isNorm, keepsGroups, normalised } from "./norms.js";
import { changed, gathered, mask, type Places, repeated, sources } from "./places.js";
import { type Twin, twinsOf } from "./twins.js";

/** A network, its weights, and a bench for it, made when first needed. */
export interface Side {
  readonly graph: Graph;
  readonly weights: Weights;
  readonly bench: () => Promise<Bench>;
  readonly release: () => Promise<void>;
}
export function side(graph: Graph, weights: Weights, of?: Side): Side {
  let made: Promise<Bench> | undefined;
  // Other weights of the same network need no other bench.
  if (of) return { ...of, weights };
  const bench = (): Promise<Bench> => (made ??= benchOf(graph));
  return { graph, weights, bench, release: async () => (await made)?.release() };
}

/** What was compared. */
export interface Compared {
  /** Nodes alone, nodes in their places, and nodes alone that are connected otherwise. */
  readonly alone: number;
  readonly inPlace: number;
  readonly rewired: number;
  /** Of them, those where rounding is amplified beyond the tolerance. */
  readonly amplified: number;
  /** Whether every output of the network was among those in their places. */
  readonly outputs: boolean;
}
export class Misaligned extends Error {}

type Lineage = ReadonlyMap<string, Places>;

/** What an edit says of itself. */
export interface Promised {
  /** It changes no output. */
  readonly preserves?: boolean;
  /** Channels may come of one. */
  readonly copies?: boolean;
  /** Layers that begin anew, or work along what changes. */
  readonly anew?: readonly string[];
}

export async function compare(
  before: Side,
  after: Side,
  lineage: Lineage,
  seed: number,
  { preserves = false, copies = false, anew = [] }: Promised = {},
): Promise<Compared> {
  const [old, now] = [analyse(before.graph), analyse(after.graph)];
  const placesOf = (name: string): Places | undefined => {
    const shape = old.shapes.get(name);
    if (!shape) return undefined;
    return lineage.get(name) ?? shape.map(size => Int32Array.from({ length: size }, (_, i) => i));
  };
  for (const [name, shape] of now.shapes) checkPlaces(name, old.shapes.get(name), shape, placesOf(name), copies);
  if (after.graph.nodes.length === 0) return { alone: 0, inPlace: 0, rewired: 0, amplified: 0, outputs: false };
  const twinOf = twinsOf({ before: before.graph, after: after.graph, placesOf, anew, windows: preserves });
  const source = random(deriveSeed("aligned", seed));
  const inputs = randomInputs(before.graph, batch, seed);
  const maskOf = (name: string): Float32Array => {
    const shape = old.shapes.get(name)!;
    return now.shapes.has(name) ? mask(shape, placesOf(name)!) : new Float32Array(product(shape)).fill(1);
  };
  const masks = Object.fromEntries(before.graph.nodes.map(({ name }) => [name, repeated(maskOf(name), batch)]));
  const twins = after.graph.nodes.flatMap(node => twinOf(node) ?? []);
  const aloneBefore = readBefore(before.graph, masks, twins, source);
  const aloneAfter = readAfter(after.graph, twinOf, aloneBefore, source, name =>
    sources(old.shapes.get(name)!, placesOf(name)!),
  );
  const inner = twins.filter(({ same }) => same).map(({ was }) => innerOf(was, placesOf(was.name)!, before));
  const weights = Object.assign({}, before.weights, ...inner);
  const givenBefore: Given = { weights, inputs, masks, alone: aloneBefore };
  const ones = Object.fromEntries(
    after.graph.nodes.map(({ name }) => [name, new Float32Array(batch * product(now.shapes.get(name)!)).fill(1)]),
  );
  const was = await (await before.bench()).run(givenBefore);
  const givenAfter: Given = { weights: after.weights, inputs, masks: ones, alone: aloneAfter };
  const is = await (await after.bench()).run(givenAfter);
  const changes = (name: string): boolean => changed(placesOf(name)!, old.shapes.get(name)!);
  const fromOf = (name: string): Int32Array => sources(old.shapes.get(name)!, placesOf(name)!);
  const kept = nodesThatStay(after.graph, node => twinOf(node)?.same === true, changes);
  const sound = nodesOfValues(after.graph, kept, name => {
    const from = fromOf(name);
    const { values } = is.inPlace.get(name) ?? { values: inputs[name]! };
    return values.every((value, i) => from[i % from.length]! >= 0 || Number.isFinite(value));
  });
  const strayedBefore = once(() => rerun(before, givenBefore, source));
  const strayedAfter = once(() => rerun(after, givenAfter, source));
  const counts = { alone: 0, inPlace: 0, rewired: 0, amplified: 0 };
  /** What a node gives is what another gave before, at the places that it had, or else is what is wanted. */
  const check = async (kind: keyof Results, name: string, from: Int32Array, of = name, other?: Float32Array) => {
    const known = (results: Results) => gathered(results[kind].get(of)!.values, batch, from, () => Number.NaN);
    const wanted = other ?? known(was);
    const found = is[kind].get(name)!.values;
    const far = difference(found, wanted);
    if (far <= 1e-5) return;
    const roundingAfter = async () => {
      const moved = (await strayedAfter())[kind].get(name)!.values;
      return difference(
        moved,
        found.map((value, i) => (from[i % from.length]! < 0 ? Number.NaN : value)),
      );
    };
    const rounding = Math.max(difference(known(await strayedBefore()), wanted), await roundingAfter());
    // Where rounding alone reaches the second digit, nothing can be said.
    if (far > 32 * rounding && rounding < 0.01)
      throw new Misaligned(`${name} ${kind} differs by ${far.toExponential(1)} of its largest value`);
    counts.amplified++;
  };
  for (const node of after.graph.nodes) {
    const { name } = node;
    const shape = now.shapes.get(name)!;
    const { dims } = is.inPlace.get(name)!;
    if (dims.join() !== [batch, ...shape].join())
      throw new Misaligned(`${name} is [${dims.slice(1)}] where it runs, and not [${shape}]`);
    const twin = twinOf(node);
    if (!twin) continue;
    const [own, places] = [old.shapes.get(name)!, placesOf(name)!];
    const from = sources(own, places);
    if (isNorm(node) && changes(name)) {
      if (!keepsGroups(twin.was, node, own, places))
        throw new Misaligned(`${name} (${node.op}) has channels of two groups in one`);
      const values = (role: string) => before.weights[`${node.shares ?? name}.${role}`];
      const wanted = normalised(node, own, places, aloneAfter[name]![0]!, values);
      const known = wanted.map((value, i) => (from[i % from.length]! < 0 ? Number.NaN : value));
      await check("alone", name, from, name, known);
    } else await check("alone", name, from);
    counts[twin.same ? "alone" : "rewired"]++;
    if (!sound.has(name)) continue;
    await check("masked", name, from);
    counts.inPlace++;
  }
  // A layer that changes nothing adds zero times each other value: where one is infinite, that is no number.
  const ofNumbers = [...was.inPlace.values()].every(({ values }) => values.every(Number.isFinite));
  if (preserves && ofNumbers) {
    for (const [i, name] of after.graph.outputs.entries()) {
      const own = before.graph.outputs[i]!;
      const shape = old.shapes.get(own)!;
      const places = lineage.get(name) ?? placesOf(own)!;
      // An input may be an output, too.
      if (is.inPlace.has(name)) await check("inPlace", name, sources(shape, places), own);
    }
  }
  return { ...counts, outputs: preserves || after.graph.outputs.every(name => sound.has(name)) };
}

/** What every node reads alone before the edit: zeros for channels that are cut, and for all that it reads no more. */
function readBefore(graph: Graph, masks: Arrays, twins: readonly Twin[], source: Random): Given["alone"] {
  const read = new Map(twins.map(({ was, inputs }) => [was.name, inputs]));
  return Object.fromEntries(
    analyse(graph).placed.map(({ node, op, site }) => [
      node.name,
      node.inputs.map((input, i) => {
        const kept = op.indices ? undefined : masks[input];
        const drawn = inputOf({ op, attrs: site.attrs }, batch, site.inputs[i]!, source.int(0, 1e9));
        if (read.get(node.name)?.includes(i) === false) return drawn.fill(0);
        return kept ? drawn.map((value, at) => value * kept[at]!) : drawn;
      }),
    ]),
  );
}

/** What every node reads alone after it: the same, at the places that stay. */
function readAfter(
  graph: Graph,
  twinOf: (node: Node) => Twin | undefined,
  before: Given["alone"],
  source: Random,
  from: (name: string) => Int32Array,
): Given["alone"] {
  return Object.fromEntries(
    analyse(graph).placed.map(({ node, op, site, weights }) => [
      node.name,
      node.inputs.map((input, i) => {
        const twin = twinOf(node);
        if (!twin) return inputOf({ op, attrs: site.attrs }, batch, site.inputs[i]!, source.int(0, 1e9));
        const at = twin.inputs[i];
        if (at === undefined) return new Float32Array(batch * product(site.inputs[i]!));
        const values = before[node.name]![at]!;
        if (twin.was.inputs[at] !== input) return values;
        // What is new may be anything to a node that weighs it with zeros.
        const fill = weights.length > 0 ? () => 3 * source.float() - 1.5 : () => 0;
        return gathered(values, batch, from(input), fill);
      }),
    ]),
  );
}

/** The weights that a layer has once channels of it are cut, by name of parameter. */
function innerOf({ name, ...node }: Node, places: Places, { graph, weights }: Side): Weights {
  const { owner, weights: specs } = analyse(graph).placed.find(one => one.node.name === name)!;
  const own = Object.fromEntries(specs.map(({ role }) => [role, weights[`${owner}.${role}`]!]));
  return Object.fromEntries(
    Object.entries(innerMasked(node, places, own)).map(([role, values]) => [`${owner}.${role}`, values]),
  );
}

/** Every place came of one place, and of another one than its neighbours. */
function checkPlaces(
  name: string,
  old: readonly number[] | undefined,
  now: readonly number[],
  places: Places | undefined,
  copies: boolean,
): void {
  if (!old || !places) return;
  const sound =
    places.length === now.length &&
    places.every((axis, i) => {
      const there = axis.filter(place => place >= 0);
      const apart = copies || new Set(there).size === there.length;
      return axis.length === now[i] && apart && there.every(place => place < old[i]!);
    });
  if (!sound) throw new Misaligned(`${name} of [${old}] is [${now}], and its lineage says [${places.map(String)}]`);
}

/** Nodes that compute what they did: none before them came, is connected otherwise, or normalises over other channels. */
function nodesThatStay(graph: Graph, same: (node: Node) => boolean, changes: (name: string) => boolean): Set<string> {
  const stay = new Set(graph.inputs.map(({ name }) => name));
  for (const node of graph.nodes) {
    const unchanged = node.inputs.every(name => stay.has(name)) && same(node);
    if (unchanged && !(isNorm(node) && changes(node.name))) stay.add(node.name);
  }
  return stay;
}

/** Of the nodes that stay, those before which every new channel has a value. */
function nodesOfValues(graph: Graph, stay: ReadonlySet<string>, newHaveValues: (name: string) => boolean): Set<string> {
  const sound = new Set(graph.inputs.map(({ name }) => name));
  for (const { name, inputs } of graph.nodes) {
    if (stay.has(name) && inputs.every(input => sound.has(input) && newHaveValues(input))) sound.add(name);
  }
  return sound;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

/** Results when every number that is given is another one in its last digits: how far rounding goes. */
async function rerun(before: Side, given: Given, source: Random): Promise<Results> {
  const moved = (values: Float32Array): Float32Array =>
    values.map(value => (Number.isInteger(value) ? value : value * (1 + (source.chance() ? 1 : -1) * 2 ** -22)));
  const all = (arrays: Readonly<Record<string, Float32Array>>) =>
    Object.fromEntries(Object.entries(arrays).map(([name, values]) => [name, moved(values)]));
  return (await before.bench()).run({
    weights: all(given.weights),
    inputs: all(given.inputs),
    masks: given.masks,
    alone: Object.fromEntries(Object.entries(given.alone).map(([name, inputs]) => [name, inputs.map(moved)])),
  });
}

/** Largest difference, in parts of the largest value that is wanted, or of 1; where a number is wanted. */
function difference(found: Float32Array, wanted: Float32Array): number {
  if (found.length !== wanted.length) return Number.POSITIVE_INFINITY;
  let [most, largest] = [0, 1];
  for (let i = 0; i < wanted.length; i++) {
    if (!Number.isFinite(wanted[i]!)) continue;
    largest = Math.max(largest, Math.abs(wanted[i]!));
    const far = Math.abs(found[i]! - wanted[i]!);
    most = Math.max(most, Number.isNaN(far) ? Number.POSITIVE_INFINITY : far);
  }
  return most / largest;
}
