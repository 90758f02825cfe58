/** Normalisations as plain loops in double precision, from their definitions. */
import { indices, offset, type Reference } from "./reference.js";

/**
 * Elements for which `part` says the same are normalised together; `learned` tells which entry of scale and shift an
 * element takes.
 */
const norm =
  (part: (index: number[], call: Parameters<Reference>[0]) => unknown, own: typeof part, takesMean = true): Reference =>
  call => {
    const {
      attrs,
      inputs: [shape],
      x: [x],
      w,
    } = call;
    const all = indices(shape!);
    const parts = new Map<string, number[]>();
    const key = (value: unknown): string => JSON.stringify(value);
    for (const index of all) {
      const name = key(part(index, call));
      parts.set(name, [...(parts.get(name) ?? []), x![offset(shape!, index)!]!]);
    }
    const entries = [...new Set(all.map(index => key(own(index, call))))];
    return all.map(index => {
      const values = parts.get(key(part(index, call)))!;
      const average = (list: number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
      const mean = takesMean ? average(values) : 0;
      const variance = average(values.map(value => (value - mean) ** 2));
      const normal = (x![offset(shape!, index)!]! - mean) / Math.sqrt(variance + attrs.eps);
      const entry = entries.indexOf(key(own(index, call)));
      return normal * (w.weight?.[entry] ?? 1) + (w.bias?.[entry] ?? 0);
    });
  };

const before: Parameters<typeof norm>[0] = (index, { attrs }) =>
  index.slice(0, index.length - (attrs.lastAxes ?? index.length));
const last: typeof before = (index, { attrs }) => index.slice(index.length - (attrs.lastAxes ?? index.length));
const channel: typeof before = index => index[0];
export const layerNorm = norm(before, last);
export const rmsNorm = norm(before, last, false);
export const groupNorm = norm(
  (index, { attrs, inputs: [shape] }) => Math.floor(index[0]! / (shape![0]! / attrs.groups)),
  channel,
);
export const instanceNorm = norm(channel, channel);
