/**
 * Convolutions of 3x3 by fewer multiplications: along an axis four outputs take six products in place of twelve. A tile of
 * six inputs and the kernel of three are taken to values of polynomials at six points, multiplied, and taken back (Toom
 * 1963 and Cook 1966; Winograd 1980; for networks Lavin and Gray 2016, F(4x4, 3x3)). So the gradients go back by the same
 * matrices, exchanged. With positions first and channels last every transformation is one product for each axis, and the
 * channels are multiplied in one product for each of the 36 pairs of points, over all tiles and samples.
 */
import { axes, type BackwardCall, type Call, type Emit, reshape, type Setting, type Value } from "../op/index.js";
import { product } from "../shape/index.js";
import type { PlainConvAttrs } from "./conv.js";
import { usualBatch } from "./conv-frequencies.js";

type Site = Pick<Call<PlainConvAttrs>, "attrs" | "inputs" | "output" | "batchLast">;

const taps = 3;
/** Outputs of a tile along an axis. */
const tile = 4;
/** Of the sets that were tried, the one whose rounding is least; infinity is one more. */
const points = [0, 3 / 4, -3 / 4, 3 / 2, -3 / 2];
const values = points.length + 1;

/** Moving a value, of a tile or of the weight, costs as much as so many multiply-accumulates. */
const moving = 60;
/** Values that are moved for every weight. */
const perWeight = 180;
/** Elements of a tensor's tiles, 16 MB: more leave the caches, gain little, and are kept for the way back. */
const mostElements = 4e6;

/** Where it costs less than other lowerings, by shape and batch; in use the runtime's own convolution is as fast. */
export function takesWinograd(site: Site, { training, batch = usualBatch }: Setting): boolean {
  const { attrs: a, inputs, output } = site;
  const isPlain = [a.stride, a.dilation].every(list => list.every(one => one === 1)) && a.groups === 1;
  if (!training || !isPlain || a.kernelSize.join() !== `${taps},${taps}`) return false;
  const [channels, ...spatial] = inputs[0] as [number, ...number[]];
  const [out, ...positions] = output as [number, ...number[]];
  const tiled = product(positions.map(size => values * Math.ceil(size / tile)));
  if (tiled * batch * Math.max(channels, out) > mostElements) return false;
  const weights = channels * out;
  const direct = 3 * product(positions) * taps * taps * weights * batch;
  const moved = 2 * batch * (channels * (product(spatial) + tiled) + out * (product(positions) + tiled));
  return direct > 3 * tiled * weights * batch + moving * (moved + perWeight * weights);
}

type Matrix = readonly (readonly number[])[];
const exchanged = (matrix: Matrix): Matrix => matrix[0]!.map((_, column) => matrix.map(row => row[column]!));

/** Coefficients of the product of (x - root), lowest power first. */
function ofRoots(roots: readonly number[]): number[] {
  let known = [1];
  for (const root of roots) known = axes(0, known.length + 1).map(i => (known[i - 1] ?? 0) - root * (known[i] ?? 0));
  return known;
}
const others = (point: number): number[] => points.filter(other => other !== point);
/** Values of six inputs, [6, 6]; of a kernel, [6, 3]; and outputs of values, [4, 6]. */
const ofInputs: Matrix = [...points.map(point => [...ofRoots(others(point)), 0]), ofRoots(points)];
const ofKernel: Matrix = [
  ...points.map(point => {
    const scale = others(point).reduce((all, other) => all * (point - other), 1);
    return axes(0, taps).map(power => point ** power / scale);
  }),
  axes(0, taps).map(power => Number(power === taps - 1)),
];
const toOutputs: Matrix = axes(0, tile).map(power => [
  ...points.map(point => point ** power),
  Number(power === tile - 1),
]);

/** Along an axis: the values of all tiles, [6 tiles, inputs], and what they give, [outputs, 6 tiles]; point by point. */
interface Along {
  readonly tiles: number;
  readonly inputs: Matrix;
  readonly outputs: Matrix;
}
function along({ attrs, inputs, output }: Site, axis: number): Along {
  const [size, positions] = [inputs[0]![axis + 1]!, output[axis + 1]!];
  const tiles = Math.ceil(positions / tile);
  const places = axes(0, values * tiles).map(i => [Math.floor(i / tiles), i % tiles] as const);
  return {
    tiles,
    inputs: places.map(([value, nr]) =>
      axes(0, size).map(i => ofInputs[value]![i + attrs.padding[axis]! - tile * nr] ?? 0),
    ),
    outputs: axes(0, positions).map(i =>
      places.map(([value, nr]) => (Math.floor(i / tile) === nr ? toOutputs[i % tile]![value]! : 0)),
    ),
  };
}

const constant = (emit: Emit, matrix: Matrix): Value => emit.floats(matrix.flat(), [matrix.length, matrix[0]!.length]);

/** [first, second, rest] to [rows of one matrix, rows of the other, rest]. */
function transformed(emit: Emit, x: Value, [first, second]: readonly [Matrix, Matrix]): Value {
  const rows = emit.op("MatMul", [constant(emit, first), reshape(emit, x, [first[0]!.length, -1])]);
  return emit.op("MatMul", [constant(emit, second), reshape(emit, rows, [first.length, second[0]!.length, -1])]);
}
/** The same, the second axis first: less is moved where there are fewer rows than columns. */
function restored(emit: Emit, x: Value, [first, second]: readonly [Matrix, Matrix]): Value {
  const columns = reshape(emit, x, [first[0]!.length, second[0]!.length, -1]);
  const rows = emit.op("MatMul", [constant(emit, second), columns]);
  return emit.op("MatMul", [constant(emit, first), reshape(emit, rows, [first[0]!.length, -1])]);
}

const swapped = (emit: Emit, x: Value): Value => emit.op("Transpose", [x], { perm: [1, 0] });

/** [..., N, C] of samples [C, ...], in whichever form batches stand. */
function channelsLast(emit: Emit, x: Value, [channels, ...spatial]: readonly number[], { batchLast }: Site): Value {
  return swapped(emit, reshape(emit, x, batchLast ? [channels!, -1] : [-1, product(spatial)]));
}
function channelsFirst(emit: Emit, x: Value, sample: readonly number[], { batchLast }: Site): Value {
  const [channels, ...spatial] = sample as [number, ...number[]];
  const flat = swapped(emit, reshape(emit, x, batchLast ? [-1, channels] : [product(spatial), -1]));
  return reshape(emit, flat, batchLast ? [...sample, -1] : [-1, ...sample]);
}

/** Tiles of a tensor, [6, tiles, 6, tiles N, C]. */
const tilesOf = (emit: Emit, x: Value, channels: number, [rows]: readonly Along[]): Value =>
  reshape(emit, x, [values, rows!.tiles, values, -1, channels]);

/** Tiles of the input, and the values of the weight, [36, O, C]. */
type Saved = Readonly<Record<"inputTiles" | "weightValues", Value>>;

/** The convolution, and what its gradients need. */
export function winogradForward(emit: Emit, call: Call<PlainConvAttrs>): { y: Value; saved: Saved } {
  const { attrs: a, x, w, inputs, output } = call;
  const [channels, out] = [inputs[0]![0]!, a.outChannels];
  const both = [along(call, 0), along(call, 1)] as const;
  const seen = transformed(emit, channelsLast(emit, x[0]!, inputs[0]!, call), [both[0].inputs, both[1].inputs]);
  const inputTiles = tilesOf(emit, seen, channels, both);
  const tapsFirst = swapped(emit, reshape(emit, w.weight!, [out * channels, taps * taps]));
  const weightValues = reshape(emit, transformed(emit, tapsFirst, [ofKernel, ofKernel]), [values ** 2, out, channels]);
  const inputsFirst = emit.op("Transpose", [weightValues], { perm: [0, 2, 1] });
  const products = emit.op("MatMul", [inputTiles, reshape(emit, inputsFirst, [values, 1, values, channels, out])]);
  const made = reshape(emit, restored(emit, products, [both[0].outputs, both[1].outputs]), [-1, out]);
  const y = channelsFirst(emit, w.bias === undefined ? made : emit.op("Add", [made, w.bias]), output, call);
  return { y, saved: { inputTiles, weightValues } };
}

/** Gradients of the weight, and of the input where it is wanted. */
export function winogradBackward(
  emit: Emit,
  call: Site & Pick<BackwardCall<PlainConvAttrs>, "dy" | "needs">,
  { inputTiles, weightValues }: Saved,
): { weight: Value; input: Value | undefined } {
  const { attrs: a, inputs, output, dy, needs } = call;
  const [channels, out] = [inputs[0]![0]!, a.outChannels];
  const both = [along(call, 0), along(call, 1)] as const;
  const [toTiles, toInput] = [
    [exchanged(both[0].outputs), exchanged(both[1].outputs)],
    [exchanged(both[0].inputs), exchanged(both[1].inputs)],
  ] as const;
  const seen = transformed(emit, channelsLast(emit, dy, output, call), toTiles);
  const tiles = tilesOf(emit, seen, out, both);

  // A product of an exchanged first factor takes longer than both by themselves.
  const outputsFirst = emit.op("Transpose", [tiles], { perm: [0, 1, 2, 4, 3] });
  const perTile = reshape(emit, emit.op("MatMul", [outputsFirst, inputTiles]), [values, both[0].tiles, -1]);
  const summed = emit.op("ReduceSum", [perTile, emit.ints([1])], { keepdims: 0 });
  const ofTaps = [exchanged(ofKernel), exchanged(ofKernel)] as const;
  const tapsFirst = reshape(emit, restored(emit, summed, ofTaps), [taps * taps, out * channels]);
  const weight = reshape(emit, swapped(emit, tapsFirst), [out, channels, taps, taps]);
  if (!needs[0]) return { weight, input: undefined };

  const products = emit.op("MatMul", [tiles, reshape(emit, weightValues, [values, 1, values, out, channels])]);
  return { weight, input: channelsFirst(emit, restored(emit, products, toInput), inputs[0]!, call) };
}
