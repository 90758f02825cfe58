/** What channels are worth: those of most worth stay. */
import type { WeightAxis } from "../op/index.js";
import { deriveSeed, random } from "../random.js";
import type { Classes, List } from "./classes.js";
import { SurgeryError } from "./error.js";
import type { View } from "./groups.js";
import { channelList, type State } from "./state.js";

/** The worth of every channel of a layer, or of each the same; `undefined` for a layer that does not count. */
export type Utility = (layer: Layer) => readonly number[] | Float32Array | number | undefined;

export interface Layer {
  readonly name: string;
  readonly op: string;
  /** Axis of its result along which its channels lie. */
  readonly axis: number;
  /** Number of its channels. */
  readonly channels: number;
  /** Whether it makes channels of its own, and does not only pass on those of its inputs. */
  readonly makes: boolean;
  /** Its weights by role. */
  readonly weights: Readonly<Record<string, Float32Array>>;
  /** Roles of the weights that make its channels out of what it reads: kernels and matrices, no biases. */
  readonly making: readonly string[];
  /** For each of its channels, the values of a weight that make it; none where a weight has no axis for its channels. */
  readonly valuesOf: (role: string) => readonly Float32Array[] | undefined;
}

/** Every channel is worth 1 to the layer that makes it. */
const one: Utility = layer => (layer.makes ? 1 : undefined);

/** Sum of the absolute values of the weights that make a channel (Li et al. 2017). */
export const l1: Utility = layer => summed(layer, absoluteSum);
/** Root of the sum of their squares. */
export const l2: Utility = layer => summed(layer, squareSum)?.map(Math.sqrt);
/** Absolute scale of the batch norm that a channel goes through (Liu et al. 2017). */
export const batchNormScale: Utility = layer =>
  layer.weights.runningMean && layer.weights.weight ? layer.weights.weight.map(Math.abs) : undefined;
/** The later of a layer, the more: where nothing was learned, every layer gives the same share. */
export const even: Utility = ({ makes, channels }) =>
  makes ? Array.from({ length: channels }, (_, i) => (i + 1) / channels) : undefined;
/** Any, decided by the seed: what other utilities must be better than. */
export const randomUtility =
  (seed: number): Utility =>
  layer => {
    if (!layer.makes) return undefined;
    const source = random(deriveSeed("utility", seed, layer.name));
    return Array.from({ length: layer.channels }, () => source.float());
  };

/** For every channel the sum over all weights that make it. */
function summed(layer: Layer, sum: (values: Float32Array) => number): number[] | undefined {
  const { makes, making, channels, valuesOf } = layer;
  const known = making.flatMap(role => valuesOf(role) ?? []);
  if (!makes || known.length === 0) return undefined;
  const all = new Array<number>(channels).fill(0);
  known.forEach((values, i) => {
    all[i % channels]! += sum(values);
  });
  return all;
}

// Plain loops of two sums each, which processors work out side by side: networks have tens of millions of values.
function absoluteSum(values: Float32Array): number {
  let [even, odd] = [0, 0];
  for (let i = 1; i < values.length; i += 2) {
    even += Math.abs(values[i - 1]!);
    odd += Math.abs(values[i]!);
  }
  return even + odd + (values.length % 2 === 1 ? Math.abs(values.at(-1)!) : 0);
}
function squareSum(values: Float32Array): number {
  let [even, odd] = [0, 0];
  for (let i = 1; i < values.length; i += 2) {
    even += values[i - 1]! * values[i - 1]!;
    odd += values[i]! * values[i]!;
  }
  return even + odd + (values.length % 2 === 1 ? values.at(-1)! ** 2 : 0);
}

/** A layer's worths of mean 1, so that no layer's scale decides. */
export const normalised =
  (utility: Utility): Utility =>
  layer => {
    const given = utility(layer);
    if (given === undefined || typeof given === "number") return given;
    const all = Array.from(given);
    const mean = all.reduce((sum, value) => sum + Math.abs(value), 0) / all.length;
    return mean > 0 ? all.map(value => value / mean) : all;
  };

/** For every class the sum over all layers, and over how many places it was taken. */
export function utilityOf(
  state: State,
  classes: Classes,
  view: View,
  utility: Utility = one,
): { sums: Float64Array; counts: Float64Array } {
  const sums = new Float64Array(classes.count);
  const counts = new Float64Array(classes.count);
  for (const { name } of state.graph.nodes) {
    const list = channelList(classes, name);
    const channels = list.classes.length;
    const given = utility(layerOf(state, classes, list));
    if (given === undefined) continue;
    if (typeof given !== "number" && given.length !== channels) {
      throw new SurgeryError(
        `utility: ${name} has ${channels} channels, got ${given.length} values; give one for each`,
      );
    }
    list.classes.forEach((own, i) => {
      const value = typeof given === "number" ? given : given[i]!;
      if (!Number.isFinite(value)) {
        throw new SurgeryError(
          `utility: a value of ${name} is not a number, got ${value} for channel ${i}; give a number`,
        );
      }
      sums[view.standsFor(own)]! += value;
      counts[view.standsFor(own)]!++;
    });
  }
  return { sums, counts };
}

function layerOf(state: State, classes: Classes, { tensor: name, axis, classes: list }: List): Layer {
  const placed = classes.placed.get(name)!;
  const values = (role: string): Float32Array | undefined => state.weights?.[`${placed.owner}.${role}`];
  const roles = placed.weights.flatMap(({ role }) => (values(role) ? [[role, values(role)!] as const] : []));
  const axesOf = classes.rules.get(name)?.weights ?? {};
  const along = (role: string): number => axesOf[role]?.findIndex(one => one?.of === "output") ?? -1;
  const channels = list.length;
  return {
    name,
    op: placed.op.name,
    axis,
    channels,
    makes: classes.makers.has(name),
    weights: Object.fromEntries(roles),
    making: placed.weights.flatMap(({ role, shape }) => (shape.length > 1 && along(role) >= 0 ? [role] : [])),
    valuesOf: role => {
      const spec = placed.weights.find(one => one.role === role);
      const all = values(role);
      const at = along(role);
      return spec && all && at >= 0 ? byChannel(all, spec.shape, at, axesOf[role]![at]!, channels) : undefined;
    },
  };
}

/** The values at every place of an axis, of all its copies; with fewer places than channels, those that groups share. */
function byChannel(
  values: Float32Array,
  shape: readonly number[],
  axis: number,
  { times = 1 }: WeightAxis,
  channels: number,
): Float32Array[] {
  const size = shape[axis]!;
  const own = size / times;
  const behind = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const before = values.length / (size * behind);
  const at = Array.from({ length: own }, (_, place) => {
    if (before * times === 1) return values.subarray(place * behind, (place + 1) * behind);
    const made = new Float32Array(before * times * behind);
    for (let row = 0; row < before * times; row++) {
      const start = (row * own + place) * behind;
      made.set(values.subarray(start, start + behind), row * behind);
    }
    return made;
  });
  return Array.from({ length: channels }, (_, channel) => at[channel % own]!);
}
