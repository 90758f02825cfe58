/**
 * Whether every channel that stays is connected as before, found by running networks, and by nothing that surgery knows:
 *
 * - every node alone, before with zeros for the channels that are cut, after without them, gives the same for those that
 *   stay, from random numbers at all its inputs;
 * - the whole network after the edit gives at every node what the one before gives with a mask of zeros and ones behind
 *   every node, as far as no node came, went or was connected otherwise.
 */
import type { Graph, Node } from "../../../src/graph/index.js";
import { analyse } from "../../../src/op/index.js";
import { deriveSeed, type Random, random } from "../../../src/random.js";
import { product } from "../../../src/shape/index.js";
import type { Weights } from "../../../src/train/index.js";
import { randomInputs } from "../random-network.js";
import { inputOf } from "../values.js";
import { type Bench, batch, benchOf, type Given, type Results } from "./bench.js";
import { isNorm, keepsGroups, normalised } from "./norms.js";
import { gathered, mask, type Places, repeated, sources } from "./places.js";

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
  /** Nodes alone, and nodes in their places. */
  readonly alone: number;
  readonly inPlace: number;
  /** Of them, those where rounding is amplified beyond the tolerance. */
  readonly amplified: number;
  /** Whether every output of the network was among those in their places. */
  readonly outputs: boolean;
}
export class Misaligned extends Error {}

type Lineage = ReadonlyMap<string, Places>;

export async function compare(
  before: Side,
  after: Side,
  lineage: Lineage,
  seed: number,
  { preserves = false, anew }: { readonly preserves?: boolean | undefined; readonly anew?: string | undefined } = {},
): Promise<Compared> {
  const old = analyse(before.graph);
  const now = analyse(after.graph);
  const nodes = new Map(before.graph.nodes.map(node => [node.name, node]));
  const placesOf = (name: string): Places | undefined => {
    const shape = old.shapes.get(name);
    if (!shape) return undefined;
    return lineage.get(name) ?? shape.map(size => Int32Array.from({ length: size }, (_, i) => i));
  };
  for (const [name, shape] of now.shapes) checkPlaces(name, old.shapes.get(name), shape, placesOf(name));
  const maskOf = (name: string): Float32Array => {
    const shape = old.shapes.get(name)!;
    return now.shapes.has(name) ? mask(shape, placesOf(name)!) : new Float32Array(product(shape)).fill(1);
  };
  /** The node before the edit, where it stood, read the same, and had windows of the same size. */
  const same = (node: Node): Node | undefined => {
    const was = nodes.get(node.name);
    if (!was || was.op !== node.op || was.inputs.join() !== node.inputs.join() || node.name === anew) return undefined;
    // Along an axis of which nothing is left there is less to read.
    if (node.inputs.some(name => placesOf(name)!.some(axis => axis.every(place => place < 0)))) return undefined;
    return preserves || windowOf(was) === windowOf(node) ? was : undefined;
  };
  const source = random(deriveSeed("aligned", seed));
  const inputs = randomInputs(before.graph, batch, seed);
  const masks = Object.fromEntries(before.graph.nodes.map(({ name }) => [name, repeated(maskOf(name), batch)]));
  const aloneBefore = Object.fromEntries(
    old.placed.map(({ node, op, site }) => [
      node.name,
      node.inputs.map((input, i) => {
        const kept = op.indices ? undefined : masks[input];
        const drawn = inputOf({ op, attrs: site.attrs }, batch, site.inputs[i]!, source.int(0, 1e9));
        return kept ? drawn.map((value, at) => value * kept[at]!) : drawn;
      }),
    ]),
  );
  const aloneAfter = Object.fromEntries(
    now.placed.map(({ node, op, site, weights }) => [
      node.name,
      node.inputs.map((input, i) => {
        if (!same(node)) return inputOf({ op, attrs: site.attrs }, batch, site.inputs[i]!, source.int(0, 1e9));
        const from = sources(old.shapes.get(input)!, placesOf(input)!);
        // What is new may be anything to a node that weighs it with zeros.
        const fill = weights.length > 0 ? () => 3 * source.float() - 1.5 : () => 0;
        return gathered(aloneBefore[node.name]![i]!, batch, from, fill);
      }),
    ]),
  );
  const givenBefore: Given = { weights: before.weights, inputs, masks, alone: aloneBefore };
  const ones = Object.fromEntries(
    after.graph.nodes.map(({ name }) => [name, new Float32Array(batch * product(now.shapes.get(name)!)).fill(1)]),
  );
  if (after.graph.nodes.length === 0) return { alone: 0, inPlace: 0, amplified: 0, outputs: false };
  const was = await (await before.bench()).run(givenBefore);
  const is = await (await after.bench()).run({ weights: after.weights, inputs, masks: ones, alone: aloneAfter });
  const kept = nodesThatStay(after.graph, same, name => changed(placesOf(name)!, old.shapes.get(name)!));
  let moved: Promise<Results> | undefined;
  const strayed = (): Promise<Results> => (moved ??= rerun(before, givenBefore, source));
  let [alone, inPlace, amplified] = [0, 0, 0];
  for (const node of after.graph.nodes) {
    const { name } = node;
    const shape = now.shapes.get(name)!;
    const { dims } = is.inPlace.get(name)!;
    if (dims.join() !== [batch, ...shape].join())
      throw new Misaligned(`${name} is [${dims.slice(1)}] where it runs, and not [${shape}]`);
    if (!same(node)) continue;
    const from = sources(old.shapes.get(name)!, placesOf(name)!);
    const check = async (kind: "alone" | "masked", found: Float32Array, wanted: Float32Array): Promise<void> => {
      const far = difference(found, wanted);
      if (far <= 1e-5) return;
      const other = gathered((await strayed())[kind].get(name)!.values, batch, from, () => Number.NaN);
      const rounding = difference(other, wanted);
      // Where rounding alone reaches the second digit, nothing can be said.
      if (far > 32 * rounding && rounding < 0.01)
        throw new Misaligned(`${name} (${node.op}) ${kind} differs by ${far.toExponential(1)} of its largest value`);
      amplified++;
    };
    const changes = isNorm(node) && changed(placesOf(name)!, old.shapes.get(name)!);
    if (!changes) {
      await check(
        "alone",
        is.alone.get(name)!.values,
        gathered(was.alone.get(name)!.values, batch, from, () => Number.NaN),
      );
    } else {
      if (!keepsGroups(nodes.get(name)!, node, old.shapes.get(name)!, placesOf(name)!))
        throw new Misaligned(`${name} (${node.op}) has channels of two groups in one`);
      const values = (role: string) => before.weights[`${node.shares ?? name}.${role}`];
      const wanted = normalised(node, old.shapes.get(name)!, placesOf(name)!, aloneAfter[name]![0]!, values);
      const known = wanted.map((value, i) => (from[i % from.length]! < 0 ? Number.NaN : value));
      await check("alone", is.alone.get(name)!.values, known);
    }
    alone++;
    if (!kept.has(name)) continue;
    await check(
      "masked",
      is.masked.get(name)!.values,
      gathered(was.masked.get(name)!.values, batch, from, () => Number.NaN),
    );
    inPlace++;
  }
  const outputs = after.graph.outputs.every(name => kept.has(name));
  return { alone, inPlace, amplified, outputs };
}

const windowOf = ({ attrs: { kernelSize, padding } }: Node): string => JSON.stringify([kernelSize, padding]);

/** Every place came of one place, and of another one than its neighbours. */
function checkPlaces(name: string, old: readonly number[] | undefined, now: readonly number[], places?: Places): void {
  if (!old || !places) return;
  const sound =
    places.length === now.length &&
    places.every((axis, i) => {
      const there = axis.filter(place => place >= 0);
      return axis.length === now[i] && new Set(there).size === there.length && there.every(place => place < old[i]!);
    });
  if (!sound) throw new Misaligned(`${name} of [${old}] is [${now}], and its lineage says [${places.map(String)}]`);
}

/** Nodes that compute what they did: none before them came, is connected otherwise, or normalises over other channels. */
function nodesThatStay(
  graph: Graph,
  same: (node: Node) => Node | undefined,
  changes: (name: string) => boolean,
): Set<string> {
  const stay = new Set(graph.inputs.map(({ name }) => name));
  for (const node of graph.nodes) {
    const unchanged = node.inputs.every(name => stay.has(name)) && same(node) !== undefined;
    if (unchanged && !(isNorm(node) && changes(node.name))) stay.add(node.name);
  }
  return stay;
}

/** Whether any channel came or went. */
const changed = (places: Places, shape: readonly number[]): boolean =>
  places.some((axis, i) => axis.length !== shape[i] || axis.some((place, at) => place !== at));

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
