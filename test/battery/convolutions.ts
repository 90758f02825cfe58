/** Convolutions by their definition, in double precision, to hold lowerings against. */
import { expect } from "vitest";
import { type Op, readAttrs } from "../../src/op/index.js";
import type { ConvAttrs, PlainConvAttrs } from "../../src/ops/conv.js";
import { grid, offset } from "../../src/ops/conv-columns.js";
import { product } from "../../src/shape/index.js";
import { placeOp } from "./op-model.js";
import { batchOf } from "./values.js";

export type Row = readonly [op: Op<ConvAttrs>, attrs: object, input: number[]];

export const place = ([op, attrs, input]: Row) => placeOp(op as unknown as Op, attrs, [input]);
export const siteOf = (row: Row) => {
  const [op, attrs, input] = row;
  return { attrs: readAttrs(op, attrs) as PlainConvAttrs, inputs: [input], output: place(row).output };
};
export const feedsFor = (row: Row, count: number) => ({
  "x/0": batchOf(count, row[2], 11),
  dy: batchOf(count, place(row).output, 5),
  ...Object.fromEntries(place(row).weights.map(({ role, shape }, i) => [`w/${role}`, batchOf(1, shape, 101 + i)])),
});

/** Output and gradients in double precision, by the definition: input a, tap t and output o meet where a = o stride + t dilation - padding. */
export function byDefinition(row: Row, feeds: Record<string, Float32Array>, batch: number) {
  const { attrs: a, inputs, output } = siteOf(row);
  const [channels, ...spatial] = inputs[0] as [number, ...number[]];
  const places = output.slice(1);
  const met = grid(places).flatMap((o, to) =>
    grid(a.kernelSize).flatMap((t, tap) => {
      const at = spatial.map((_, axis) => o[axis]! * a.stride[axis]! + t[axis]! * a.dilation[axis]! - a.padding[axis]!);
      const inside = at.every((place, axis) => place >= 0 && place < spatial[axis]!);
      return inside ? [[offset(spatial, axis => at[axis]!), tap, to]] : [];
    }),
  );
  const [from, taps, to] = [0, 1, 2].map(i => Int32Array.from(met, triple => triple[i]!)) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  const {
    "x/0": x,
    dy,
    "w/weight": w,
    "w/bias": bias,
  } = feeds as Record<"x/0" | "dy" | "w/weight" | "w/bias", Float32Array>;
  const [y, dx, dw] = [new Float64Array(dy.length), new Float64Array(x.length), new Float64Array(w.length)];
  const db = new Float64Array(a.outChannels);
  const [size, kernel, positions] = [product(spatial), product(a.kernelSize), product(places)];
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < a.outChannels; o++) {
      const outAt = (n * a.outChannels + o) * positions;
      for (let p = outAt; p < outAt + positions; p++) {
        y[p] = bias?.[o] ?? 0;
        db[o]! += dy[p]!;
      }
      for (let c = 0; c < channels; c++) {
        const [inAt, weightAt] = [(n * channels + c) * size, (o * channels + c) * kernel];
        for (let i = 0; i < from.length; i++) {
          const [f, k, p] = [inAt + from[i]!, weightAt + taps[i]!, outAt + to[i]!];
          y[p]! += x[f]! * w[k]!;
          dx[f]! += dy[p]! * w[k]!;
          dw[k]! += dy[p]! * x[f]!;
        }
      }
    }
  }
  return { y, "dx/0": dx, "dw/weight": dw, ...(bias && { "dw/bias": db }) };
}

/** Every result that is wanted, within this share of its largest value. */
export function expectNear(
  found: Readonly<Record<string, { readonly data: unknown }>>,
  wanted: Readonly<Record<string, Float64Array>>,
  share: number,
): void {
  for (const [name, values] of Object.entries(wanted)) {
    const given = found[name]!.data as Float32Array;
    expect(given.length).toBe(values.length);
    const most = values.reduce((all, value) => Math.max(all, Math.abs(value)), 0);
    const error = values.reduce((all, value, i) => Math.max(all, Math.abs(value - given[i]!)), 0);
    expect(error / most, name).toBeLessThan(share);
  }
}
