/**
 * Convolutions and their gradients in ONNX operators. The lowering is chosen by shape and batch alone, so that runs repeat:
 * a kernel that covers its whole input is one matrix product; 3x3 over many channels takes fewer multiplications; large
 * kernels at many positions go over frequencies; other 3-d convolutions and those of few positions are one matrix product
 * over gathered columns while training; everything else is Conv, with the axes exchanged for the weight's gradient, or one
 * product per tap of a small kernel over many channels. Figures are in docs/notes/convolutions.md.
 */
import {
  axes,
  type BackwardCall,
  batchToFirst,
  batchToLast,
  type Call,
  type Emit,
  type Forward,
  type Gradients,
  pads,
  reshape,
  type Setting,
  type Site,
  type Value,
} from "../op/index.js";
import { product, remainder } from "../shape/index.js";
import type { PlainConvAttrs } from "./conv.js";
import { type BatchLastSite, convBatchLast, isProduct, takesBatchLast } from "./conv-batch-last.js";
import { fewPositions, inputByRows } from "./conv-by-rows.js";
import {
  columnsForward,
  columnsWeight,
  grid,
  takesColumns,
  takesColumnsForWeight,
  weightByColumns,
} from "./conv-columns.js";
import { frequenciesBackward, frequenciesForward, takesFrequencies } from "./conv-frequencies.js";
import { planesInput, takesPlanes } from "./conv-planes.js";
import { takesWinograd, winogradBackward, winogradForward } from "./conv-winograd.js";

/** Taps of a 2-d kernel up to which Conv with flipped weights is faster than ConvTranspose. */
const mostFlippedTaps = 9;
/** Taps up to which a product with a matrix turns them round. */
const mostTurnedTaps = 64;
/** Samples in use whose columns may be held at once. */
const mostInColumns = 64;
/** Most taps for which a product per tap is used, and fewest channels. */
const mostTaps = 27;
const fewestChannels = 8;

const onnxAttrs = (a: Omit<PlainConvAttrs, "outChannels" | "bias">) => ({
  kernel_shape: a.kernelSize,
  strides: a.stride,
  pads: pads(a.padding),
  dilations: a.dilation,
  group: a.groups,
});

/** One window position only, so that input and kernel are two flat vectors; dilated, so long a kernel does not fit. */
const coversInput = ({ attrs: a, inputs: [x] }: Site<PlainConvAttrs>): boolean =>
  a.groups === 1 && a.padding.every(p => p === 0) && a.kernelSize.every((k, axis) => k === x![axis + 1]);

const flat = (emit: Emit, x: Value, rows: number, columns: number): Value => reshape(emit, x, [rows, columns]);

/** Whether batches stand last at a convolution. */
export function convStandsLast(site: Site<PlainConvAttrs>, setting: Setting): "wants" | "takes" | undefined {
  const { attrs, inputs } = site;
  if (coversInput(site)) return undefined;
  if (takesWinograd(site, setting)) return "takes";
  if (takesFrequencies(site, setting)) return "wants";
  if (inColumns(site, setting) || (setting.batch !== undefined && takesBatchLast(attrs, inputs[0]!))) return "wants";
  return isProduct(attrs) ? "takes" : undefined;
}

/** In use no gradient shares the columns, and a known batch of few dimensions is faster as one image. */
function inColumns(site: Site<PlainConvAttrs>, { training, batch = Number.POSITIVE_INFINITY }: Setting): boolean {
  const { attrs, inputs } = site;
  return (training || (batch <= mostInColumns && !takesBatchLast(attrs, inputs[0]!))) && takesColumns(site);
}

/** A Conv node, over samples or over batches. */
function convolution(emit: Emit, [x, ...weights]: readonly Value[], site: ConvolutionSite): Value {
  const { attrs, input, output, batch, batchLast } = site;
  const asImage = batch !== undefined && takesBatchLast(attrs, input);
  if (asImage || (batchLast && isProduct(attrs))) return convBatchLast(emit, [x!, ...weights], site);
  const samples = batchLast ? batchToFirst(emit, x!, input.length) : x!;
  const y = emit.op("Conv", [samples, ...weights], onnxAttrs(attrs));
  return batchLast ? batchToLast(emit, y, output.length) : y;
}
interface ConvolutionSite extends BatchLastSite {
  readonly attrs: Omit<PlainConvAttrs, "outChannels" | "bias">;
}

export function convForward(emit: Emit, call: Call<PlainConvAttrs>): Forward {
  const { attrs, x, w, inputs, output } = call;
  const bias = w.bias === undefined ? [] : [w.bias];
  if (!coversInput(call)) {
    if (takesWinograd(call, call)) return winogradForward(emit, call);
    if (takesFrequencies(call, call)) return frequenciesForward(emit, call);
    if (inColumns(call, call)) {
      const { y, columns } = columnsForward(emit, call);
      return { y, saved: { columns } };
    }
    return { y: convolution(emit, [x[0]!, w.weight!, ...bias], { ...call, input: inputs[0]! }) };
  }
  const size = product(inputs[0]!);
  const product2d = emit.op(
    "Gemm",
    [flat(emit, x[0]!, -1, size), flat(emit, w.weight!, attrs.outChannels, size), ...bias],
    { transB: 1 },
  );
  return { y: reshape(emit, product2d, [-1, ...output]) };
}

export function convBackward(emit: Emit, call: BackwardCall<PlainConvAttrs>): Gradients {
  const { attrs, x, w, dy, inputs, needs } = call;
  const rank = attrs.kernelSize.length;
  const summed = call.batchLast ? axes(1, rank + 1) : [0, ...axes(2, rank)];
  const sum = () => emit.op("ReduceSum", [dy, emit.ints(summed)], { keepdims: 0 });
  const bias = w.bias === undefined ? {} : { bias: sum() };
  if (coversInput(call)) {
    const size = product(inputs[0]!);
    const dy2 = flat(emit, dy, -1, attrs.outChannels);
    const dw = emit.op("Gemm", [dy2, flat(emit, x[0]!, -1, size)], { transA: 1 });
    const weight = reshape(emit, dw, [attrs.outChannels, ...inputs[0]!]);
    const dx = needs[0] ? emit.op("MatMul", [dy2, flat(emit, w.weight!, attrs.outChannels, size)]) : undefined;
    return { inputs: [dx && reshape(emit, dx, [-1, ...inputs[0]!])], weights: { weight, ...bias } };
  }
  const { inputTiles, weightValues, inputWaves, weightWaves } = call.saved;
  const found =
    inputTiles !== undefined && weightValues !== undefined
      ? winogradBackward(emit, call, { inputTiles, weightValues })
      : inputWaves !== undefined && weightWaves !== undefined
        ? frequenciesBackward(emit, call, { inputWaves, weightWaves })
        : undefined;
  if (found) return { inputs: [found.input], weights: { weight: found.weight, ...bias } };
  const weight = weightGradient(emit, call);
  return { inputs: [needs[0] ? inputGradient(emit, call) : undefined], weights: { weight, ...bias } };
}

export type InputCall = Pick<
  BackwardCall<PlainConvAttrs>,
  "attrs" | "inputs" | "output" | "batch" | "batchLast" | "w" | "dy"
>;
type WeightCall = Pick<
  BackwardCall<PlainConvAttrs>,
  "attrs" | "inputs" | "output" | "batchLast" | "x" | "dy" | "saved"
>;

export function weightGradient(emit: Emit, call: WeightCall): Value {
  const { attrs: a, inputs, saved, dy } = call;
  if (saved.columns !== undefined) return columnsWeight(emit, call, saved.columns, dy);
  if (takesColumnsForWeight(call)) return weightByColumns(emit, call);
  const perTap = a.groups === 1 && inputs[0]![0]! >= fewestChannels && product(a.kernelSize) <= mostTaps;
  if (perTap) return weightByTaps(emit, call);
  if (!call.batchLast) return weightByExchange(emit, call);
  const rank = inputs[0]!.length;
  const [first, firstDy] = [call.x[0]!, dy].map(value => batchToFirst(emit, value, rank)) as [Value, Value];
  return weightByExchange(emit, { ...call, x: [first], dy: firstDy });
}

const swapBatch = (emit: Emit, x: Value, rank: number): Value =>
  emit.op("Transpose", [x], { perm: [1, 0, ...axes(2, rank)] });

/** Conv of x and dy with batch and channels exchanged, strides and dilations too; what the stride left over is cropped. */
function weightByExchange(emit: Emit, { attrs: a, x, dy, inputs, output }: WeightCall): Value {
  const [channels, ...spatial] = inputs[0] as [number, ...number[]];
  const rank = spatial.length;
  let samples = swapBatch(emit, x[0]!, rank);
  if (a.groups > 1) {
    // [N, G C, ...] to [C, G N, ...]: the batch of each group's own channels, for a grouped Conv.
    const perGroup = channels / a.groups;
    const split = reshape(emit, x[0]!, [-1, a.groups, perGroup, ...spatial]);
    const turned = emit.op("Transpose", [split], { perm: [2, 1, 0, ...axes(3, rank)] });
    samples = reshape(emit, turned, [perGroup, -1, ...spatial]);
  }
  const exchanged = emit.op("Conv", [samples, swapBatch(emit, dy, rank)], {
    kernel_shape: output.slice(1),
    strides: a.dilation,
    dilations: a.stride,
    pads: pads(a.padding),
    group: a.groups,
  });
  const left = spatial.some((size, axis) => remainder(size, axis, a) > 0);
  return swapBatch(emit, left ? crop(emit, exchanged, a.kernelSize) : exchanged, rank);
}

const crop = (emit: Emit, x: Value, sizes: readonly number[]): Value =>
  emit.op("Slice", [x, emit.ints(sizes.map(() => 0)), emit.ints(sizes), emit.ints(axes(2, sizes.length))]);

/** One product [O, N P] x [N P, C] for every tap of the kernel, on the slice of x that the tap sees. */
function weightByTaps(emit: Emit, { attrs: a, x, dy, inputs, output, batchLast }: WeightCall): Value {
  const [channels, ...spatial] = inputs[0] as [number, ...number[]];
  const rank = spatial.length;
  const channelsFirst = (value: Value): Value => (batchLast ? value : swapBatch(emit, value, rank));
  const border = batchLast ? [0, ...a.padding, 0] : [0, 0, ...a.padding];
  const padded = a.padding.some(p => p > 0) ? emit.op("Pad", [x[0]!, emit.ints(pads(border))]) : x[0]!;
  const samples = channelsFirst(padded);
  const dy2 = flat(emit, channelsFirst(dy), a.outChannels, -1);
  const sliced = emit.ints(axes(batchLast ? 1 : 2, rank));
  const single = product(a.kernelSize) === 1 && a.stride.every(s => s === 1);
  const taps = grid(a.kernelSize).map(tap => {
    const start = tap.map((t, axis) => t * a.dilation[axis]!);
    const end = start.map((s, axis) => s + (output[axis + 1]! - 1) * a.stride[axis]! + 1);
    const seen = single
      ? samples
      : emit.op("Slice", [samples, emit.ints(start), emit.ints(end), sliced, emit.ints(a.stride)]);
    const dw = emit.op("Gemm", [dy2, flat(emit, seen, channels, -1)], { transB: 1 });
    return reshape(emit, dw, [a.outChannels, channels, 1]);
  });
  const joined = taps.length === 1 ? taps[0]! : emit.op("Concat", taps, { axis: 2 });
  return reshape(emit, joined, [a.outChannels, channels, ...a.kernelSize]);
}

/** ConvTranspose; or Conv with flipped weights at stride 1: in 1-d and 3-d, where the runtime's is slow, and for small kernels. */
export function inputGradient(emit: Emit, call: InputCall): Value {
  const { attrs: a, w, dy, inputs, output, batch, batchLast } = call;
  const [channels, ...spatial] = inputs[0] as [number, ...number[]];
  const rank = spatial.length;
  const full = a.kernelSize.map((k, axis) => a.dilation[axis]! * (k - 1) - a.padding[axis]!);
  const small = product(a.kernelSize) <= mostFlippedTaps;
  if (!takesPlanes(call) && (rank !== 2 || small) && a.stride.every(s => s === 1) && full.every(p => p >= 0)) {
    const site = { attrs: { ...a, padding: full }, input: output, output: inputs[0]!, batch, batchLast };
    return convolution(emit, [dy, flipped(emit, w.weight!, a, channels)], site);
  }
  if (fewPositions(call)) return inputByRows(emit, call);
  if (!batchLast) return inputOfSamples(emit, call);
  const dx = inputOfSamples(emit, { ...call, dy: batchToFirst(emit, dy, output.length) });
  return batchToLast(emit, dx, inputs[0]!.length);
}

/** From gradients with the samples first. */
function inputOfSamples(emit: Emit, call: InputCall): Value {
  if (takesPlanes(call)) return planesInput(emit, call);
  const { attrs: a, w, dy, inputs } = call;
  return emit.op("ConvTranspose", [dy, w.weight!], {
    ...onnxAttrs(a),
    output_padding: inputs[0]!.slice(1).map((size, axis) => remainder(size, axis, a)),
  });
}

/**
 * [G O, C, k...] to [G C, O, k...] with the kernel turned round: of few taps by the matrix that turns them, in a fifth of the
 * time of steps backwards.
 */
function flipped(emit: Emit, weight: Value, a: PlainConvAttrs, channels: number): Value {
  const [out, inside, taps] = [a.outChannels / a.groups, channels / a.groups, product(a.kernelSize)];
  const split = reshape(emit, weight, [a.groups, out, inside, taps]);
  const exchanged = flat(emit, emit.op("Transpose", [split], { perm: [0, 2, 1, 3] }), -1, taps);
  const turning = (): number[] =>
    axes(0, taps * taps).map(at => Number(at % taps === taps - 1 - Math.floor(at / taps)));
  const turned =
    taps <= mostTurnedTaps
      ? emit.op("MatMul", [exchanged, emit.floats(turning(), [taps, taps])])
      : emit.op("Slice", [exchanged, ...[-1, Number.MIN_SAFE_INTEGER, 1, -1].map(number => emit.ints([number]))]);
  return reshape(emit, turned, [channels, out, ...a.kernelSize]);
}
