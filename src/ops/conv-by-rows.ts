/**
 * The input's gradient of a convolution of few positions, as with kernels almost as large as their input: there the
 * runtime's ConvTranspose multiplies by matrices of few columns, one for every sample. Here, with the batch last, the
 * weight is spread out over the height, zeros around it, so that one product for each column of the output gives a whole
 * strip of the input, as wide as the kernel; the strips are laid side by side and added.
 */
import { type BackwardCall, batchToFirst, batchToLast, type Emit, reshape, type Value } from "../op/index.js";
import { product } from "../shape/index.js";
import type { PlainConvAttrs } from "./conv.js";

type Site = Pick<BackwardCall<PlainConvAttrs>, "attrs" | "inputs" | "output" | "batchLast" | "w" | "dy">;

const mostPositions = 9;
const fewestOutputs = 8;
const fewestTaps = 28;

/** Where strips cost less than ConvTranspose. */
export function fewPositions({ attrs: a, output: [, ...places] }: Pick<Site, "attrs" | "output">): boolean {
  const positions = product(places);
  return (
    places.length === 2 &&
    a.groups === 1 &&
    [...a.padding, ...a.dilation.map(d => d - 1)].every(size => size === 0) &&
    positions > 1 &&
    positions <= mostPositions &&
    a.outChannels >= fewestOutputs &&
    product(a.kernelSize) >= fewestTaps
  );
}

export function inputByRows(emit: Emit, { attrs: a, inputs, output, batchLast, w, dy }: Site): Value {
  const [channels, height, width] = inputs[0] as [number, number, number];
  const [out, rows, columns] = output as [number, number, number];
  const [[k, across], [down, right]] = [a.kernelSize, a.stride] as [[number, number], [number, number]];

  // [C, height, across, rows O]: the weight where each row of the output sees it.
  const inputsFirst = emit.op("Transpose", [w.weight!], { perm: [1, 2, 3, 0] });
  const spread = Array.from({ length: rows }, (_, row) => {
    const above = row * down;
    return emit.op("Pad", [inputsFirst, emit.ints([0, above, 0, 0, 0, height - above - k, 0, 0])]);
  });
  const stacked = rows === 1 ? spread[0]! : emit.op("Concat", spread, { axis: 3 });
  const matrix = reshape(emit, stacked, [channels * height * across, rows * out]);

  // Of each column of the output, [rows O, N].
  const last = batchLast ? dy : batchToLast(emit, dy, 3);
  const byColumn = emit.op("Transpose", [last], { perm: [2, 1, 0, 3] });
  const given = columns === 1 ? [byColumn] : emit.ops("Split", [byColumn], columns, { axis: 0, num_outputs: columns });
  const strips = given.map((part, column) => {
    const strip = emit.op("Gemm", [matrix, reshape(emit, part, [rows * out, -1])]);
    const before = column * right;
    const ends = emit.ints([0, 0, before, 0, 0, 0, width - before - across, 0]);
    return emit.op("Pad", [reshape(emit, strip, [channels, height, across, -1]), ends]);
  });
  const dx = columns === 1 ? strips[0]! : emit.op("Sum", strips);
  return batchLast ? dx : batchToFirst(emit, dx, 3);
}
