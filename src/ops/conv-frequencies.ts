/**
 * Convolution over frequencies, for large kernels at many positions. Along an axis, input a, tap t and output o meet where
 * a + (padding - t dilation) + (-o stride) is 0. So the Fourier transforms of two of input, weight and output's gradient, each
 * over its places in this sum, multiplied frequency by frequency, are the transform of the third: of the output, or of a
 * gradient. A transform is one product with a matrix of cosines and sines for each axis, where strides, dilations and padding
 * are other rows and cost nothing; the multiplications are one small matrix product for every frequency. So the
 * multiply-accumulates do not grow with the kernel.
 */
import {
  axes,
  type BackwardCall,
  batchToFirst,
  batchToLast,
  type Call,
  type Emit,
  reshape,
  type Setting,
  type Value,
} from "../op/index.js";
import { product } from "../shape/index.js";
import type { PlainConvAttrs } from "./conv.js";

type Site = Pick<Call<PlainConvAttrs>, "attrs" | "inputs" | "output" | "batchLast">;

/** How many times fewer multiply-accumulates pay, by rank; in use, where no gradient shares the transforms, more. */
const fewestInTraining = [0, 1.5, 2, 1.6];
const fewestInUse = [0, 3, 2.8, 2];
/** Of a 2-d kernel: with fewer its direct products are large ones, twice as fast as those of single frequencies. */
const fewestTaps = 10;
/** Elements of the weight's transform: 80 MB. */
const mostElements = 20e6;
/** Of an axis; a transform's matrix has up to four times its square. */
const longestPeriod = 256;
/** Samples at once where nobody knows. */
export const usualBatch = 25;

/** Where frequencies cost less than any other lowering, by shape and batch. */
export function takesFrequencies(site: Site, { training, batch = training ? usualBatch : 0 }: Setting): boolean {
  const { attrs: a, inputs, output } = site;
  const few = a.kernelSize.length === 2 ? fewestTaps : 2;
  if (a.groups > 1 || product(a.kernelSize) < few || batch === 0) return false;
  const places = placesOf(site);
  const count = product(frequencies(places.periods));
  const [weights, samples] = [inputs[0]![0]! * a.outChannels, batch * inputs[0]![0]!];
  if (places.periods.some(period => period > longestPeriod) || 2 * count * weights > mostElements) return false;
  const outputs = batch * a.outChannels;
  const transforms = (rows: number, of: Places["input"]) => rows * transformMacs(of, places.periods);
  const forward = transforms(samples, places.input) + transforms(outputs, places.output) + 4 * count * weights * batch;
  // In use the weight's transform is folded beforehand.
  const all = training ? 3 * forward + 2 * transforms(weights, places.taps) : forward;
  const direct = (training ? 3 : 1) * product(output.slice(1)) * product(a.kernelSize) * weights * batch;
  const fewest = training ? fewestInTraining : fewestInUse;
  return direct > fewest[places.periods.length]! * all;
}

/** Multiply-accumulates of a transform. */
function transformMacs(places: Places["input"], periods: readonly number[]): number {
  const counts = frequencies(periods);
  const sizes = places.map(here => here.length);
  return counts.reduce((sum, count, axis) => {
    const parts = axis === 0 ? 2 : 4;
    return sum + parts * count * sizes[axis]! * product(counts.slice(0, axis)) * product(sizes.slice(axis + 1));
  }, 0);
}

/** Places along each axis, of inputs, of taps, of outputs; a sum of three is 0 where they meet, and else no multiple of `periods`. */
interface Places {
  readonly periods: readonly number[];
  readonly input: readonly (readonly number[])[];
  readonly taps: readonly (readonly number[])[];
  readonly output: readonly (readonly number[])[];
}

function placesOf({ attrs: a, inputs, output }: Site): Places {
  const spatial = inputs[0]!.slice(1);
  return {
    periods: spatial.map((size, axis) => size + a.padding[axis]!),
    input: spatial.map(size => axes(0, size)),
    taps: a.kernelSize.map((k, axis) => axes(0, k).map(t => a.padding[axis]! - t * a.dilation[axis]!)),
    output: output.slice(1).map((size, axis) => axes(0, size).map(o => -o * a.stride[axis]!)),
  };
}

/** Frequencies of each axis: those of real numbers come in pairs, of which the first axis needs one. */
const frequencies = ([first, ...others]: readonly number[]): number[] => [Math.floor(first! / 2) + 1, ...others];

/** Cosine and sine of -2 pi f place / period. */
function wave(f: number, place: number, period: number): readonly [cos: number, sin: number] {
  // Whole turns are taken off first, so that no precision goes with them.
  const angle = (-2 * Math.PI * ((f * place) % period)) / period;
  return [Math.cos(angle), Math.sin(angle)];
}

/** [...places, rest] to [frequencies, 2, rest], real and imaginary parts. */
function transformed(emit: Emit, x: Value, places: readonly (readonly number[])[], periods: readonly number[]): Value {
  const counts = frequencies(periods);
  let value = x;
  for (const [axis, here] of places.entries()) {
    const parts = axis === 0 ? 1 : 2;
    const rows = axes(0, counts[axis]!).flatMap(f => {
      const waves = here.map(place => wave(f, place, periods[axis]!));
      const [cos, sin] = [waves.map(([c]) => c), waves.map(([, s]) => s)];
      return axis === 0
        ? [cos, sin]
        : [
            [...cos, ...sin.map(s => -s)],
            [...sin, ...cos],
          ];
    });
    const matrix = emit.floats(rows.flat(), [rows.length, parts * here.length]);
    const before = axis === 0 ? [] : [product(counts.slice(0, axis))];
    value = emit.op("MatMul", [matrix, reshape(emit, value, [...before, parts * here.length, -1])]);
  }
  return value;
}

/** [frequencies, 2, 2, rest], the products of the parts of two transforms, to [...places, rest] of the third. */
function restored(
  emit: Emit,
  products: Value,
  places: readonly (readonly number[])[],
  periods: readonly number[],
): Value {
  const counts = frequencies(periods);
  let value = products;
  for (const axis of axes(0, places.length).reverse()) {
    const [here, period] = [places[axis]!, periods[axis]!];
    const isLast = axis === places.length - 1;
    const columns = axes(0, counts[axis]!).flatMap(f => {
      const waves = here.map(place => wave(f, place, period));
      // The first axis has one of each pair.
      const share = (axis === 0 && f > 0 && 2 * f !== period ? 2 : 1) / period;
      const [cos, sin] = [waves.map(([c]) => share * c), waves.map(([, s]) => share * s)];
      const [real, imaginary] =
        axis === 0
          ? [cos, sin.map(s => -s)]
          : [
              [...cos, ...sin],
              [...sin.map(s => -s), ...cos],
            ];
      return isLast ? [real, imaginary, imaginary, real.map(c => -c)] : [real, imaginary];
    });
    const rows = columns[0]!.map((_, row) => columns.map(column => column[row]!));
    const matrix = emit.floats(rows.flat(), [rows.length, columns.length]);
    const before = axis === 0 ? [] : [product(counts.slice(0, axis))];
    value = emit.op("MatMul", [matrix, reshape(emit, value, [...before, columns.length, -1])]);
  }
  return value;
}

/** The last two axes exchanged. */
const swapped = (emit: Emit, x: Value, rank: number): Value =>
  emit.op("Transpose", [x], { perm: [...axes(0, rank - 2), rank - 1, rank - 2] });

/**
 * As an array of these sizes, before or behind which the runtime joins no two exchanges of axes to one: in one of many axes
 * it moves value by value and takes ten times as long as in both of few.
 */
const fenced = (emit: Emit, x: Value, sizes: readonly number[]): Value =>
  emit.op("Gather", [reshape(emit, x, [1, ...sizes]), emit.ints(0)]);

/** [places, C, N] of samples [C, ...spatial], in whichever form batches stand. */
function placesFirst(emit: Emit, x: Value, [channels, ...spatial]: readonly number[], { batchLast }: Site): Value {
  const last = batchLast ? x : batchToLast(emit, x, spatial.length + 1);
  const apart = fenced(emit, last, [channels!, product(spatial), -1]);
  return emit.op("Transpose", [apart], { perm: [1, 0, 2] });
}

/** From [...places, C N] to the form in which batches stand. */
function channelsFirst(emit: Emit, x: Value, sample: readonly number[], { batchLast }: Site): Value {
  const [channels, ...spatial] = sample as [number, ...number[]];
  const apart = reshape(emit, x, [product(spatial), channels, -1]);
  const last = fenced(emit, emit.op("Transpose", [apart], { perm: [1, 0, 2] }), [...sample, -1]);
  return batchLast ? last : batchToFirst(emit, last, sample.length);
}

/** Transforms of the input [F, 2, C N] and of the weight [F, 2, O C]. */
type Transforms = Readonly<Record<"inputWaves" | "weightWaves", Value>>;

/** The convolution, and the transforms for its gradients. */
export function frequenciesForward(emit: Emit, call: Call<PlainConvAttrs>): { y: Value; saved: Transforms } {
  const { attrs: a, x, w, inputs, output } = call;
  const { periods, input, taps, output: places } = placesOf(call);
  const channels = inputs[0]![0]!;
  const tapsLast = reshape(emit, w.weight!, [a.outChannels * channels, product(a.kernelSize)]);
  const inputWaves = transformed(emit, placesFirst(emit, x[0]!, inputs[0]!, call), input, periods);
  const weightWaves = transformed(emit, swapped(emit, tapsLast, 2), taps, periods);
  const count = product(frequencies(periods));
  const products = emit.op("MatMul", [
    reshape(emit, weightWaves, [count, 1, 2 * a.outChannels, channels]),
    reshape(emit, inputWaves, [count, 2, channels, -1]),
  ]);
  const y = channelsFirst(emit, restored(emit, products, places, periods), output, call);
  const saved = { inputWaves, weightWaves };
  if (w.bias === undefined) return { y, saved };
  const perChannel = [a.outChannels, ...periods.map(() => 1), ...(call.batchLast ? [1] : [])];
  return { y: emit.op("Add", [y, reshape(emit, w.bias, perChannel)]), saved };
}

/** Gradients of the weight, and of the input where it is wanted. */
export function frequenciesBackward(
  emit: Emit,
  call: Site & Pick<BackwardCall<PlainConvAttrs>, "dy" | "needs">,
  { inputWaves, weightWaves }: Transforms,
): { weight: Value; input: Value | undefined } {
  const { attrs: a, inputs, dy, needs } = call;
  const { periods, input, taps, output } = placesOf(call);
  const [channels, out] = [inputs[0]![0]!, a.outChannels];
  const count = product(frequencies(periods));
  const waves = transformed(emit, placesFirst(emit, dy, call.output, call), output, periods);

  const byTap = emit.op("MatMul", [
    reshape(emit, waves, [count, 1, 2 * out, -1]),
    swapped(emit, reshape(emit, inputWaves, [count, 2, channels, -1]), 4),
  ]);
  const tapsFirst = reshape(emit, restored(emit, byTap, taps, periods), [1, product(a.kernelSize), out * channels]);
  const tapsLast = emit.op("Gather", [swapped(emit, tapsFirst, 3), emit.ints(0)]);
  const weight = reshape(emit, tapsLast, [out, channels, ...a.kernelSize]);
  if (!needs[0]) return { weight, input: undefined };

  // Exchanged by itself: a product of an exchanged first factor takes three times as long.
  const inputsFirst = swapped(emit, reshape(emit, weightWaves, [2 * count, out, channels]), 3);
  const byInput = emit.op("MatMul", [
    reshape(emit, inputsFirst, [count, 1, 2 * channels, out]),
    reshape(emit, waves, [count, 2, out, -1]),
  ]);
  return { weight, input: channelsFirst(emit, restored(emit, byInput, input, periods), inputs[0]!, call) };
}
