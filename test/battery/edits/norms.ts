/**
 * Norms over channels of a sample divide by what all channels are together: of those that stay another mean and
 * variance is taken than of all. What they then are, from the formulas (Ba et al. 2016, Wu and He 2018, Zhang and
 * Sennrich 2019), with the scale and shift that every channel had before.
 */
import type { Node } from "../../../src/graph/index.js";
import { groupNorm } from "../../../src/ops/group-norm.js";
import { layerNorm } from "../../../src/ops/layer-norm.js";
import { rmsNorm } from "../../../src/ops/rms-norm.js";
import { product, type Shape } from "../../../src/shape/index.js";
import { type Places, sources } from "./places.js";

const names = [layerNorm.name, rmsNorm.name, groupNorm.name];
export const isNorm = ({ op }: Node): boolean => names.includes(op);

/** A node's output after an edit, from its input, and from the scale and shift that it had before; `shape` is the old one. */
export function normalised(
  node: Node,
  shape: Shape,
  places: Places,
  input: Float32Array,
  values: (role: string) => Float32Array | undefined,
): Float32Array {
  const { eps, groups, lastAxes = shape.length } = node.attrs as { eps: number; groups?: number; lastAxes?: number };
  const from = sources(shape, places);
  const sizes = places.map(axis => axis.length);
  const behind = groups ? product(shape.slice(1)) : 1;
  // Parts lie one behind the other, in groups of channels or in rows before the last axes.
  const length = from.length / (groups ?? product(sizes.slice(0, shape.length - lastAxes)));
  const learned = groups ? shape[0]! : product(shape.slice(shape.length - lastAxes));
  const [scale, shift] = [values("weight"), values("bias")];
  const centred = node.op !== rmsNorm.name;
  return input.map((value, i) => {
    const start = Math.floor(i / length) * length;
    const part = input.subarray(start, start + length);
    const mean = centred ? part.reduce((sum, one) => sum + one, 0) / length : 0;
    const variance = part.reduce((sum, one) => sum + (one - mean) ** 2, 0) / length;
    const place = from[i % from.length]!;
    const own = Math.floor(place / behind) % learned;
    const normal = (value - mean) / Math.sqrt(variance + eps);
    return place < 0 ? normal : normal * (scale?.[own] ?? 1) + (shift?.[own] ?? 0);
  });
}

/** Whether no group has channels that were in two. */
export function keepsGroups(before: Node, after: Node, shape: Shape, places: Places): boolean {
  const [old, now] = [before, after].map(node => (node.attrs as { groups?: number }).groups) as [number?, number?];
  if (!old || !now) return true;
  const channels = places[0]!;
  const pairs = [...channels].flatMap((place, at) =>
    place < 0 ? [] : [[Math.floor((at * now) / channels.length), Math.floor((place * old) / shape[0]!)] as const],
  );
  return pairs.every(([group, from]) => pairs.every(([other, also]) => group !== other || from === also));
}
