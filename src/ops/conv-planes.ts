/**
 * The input's gradient of 1-d and 3-d convolutions, where the runtime's operators are slow: over length, or over height
 * and width, it is one matrix from all positions of the output's plane to all of the input's, the weight spread out with
 * zeros between; over depth the taps' gradients stand side by side. Only the weight is gathered, once for a whole batch.
 */
import { axes, type BackwardCall, type Emit, reshape, type Value } from "../op/index.js";
import { product } from "../shape/index.js";
import type { PlainConvAttrs } from "./conv.js";
import { grid, offset } from "./conv-columns.js";

/** The runtime's Conv copies each value for every tap, at the price of so many multiply-accumulates. */
const copying = 60;
/** Spreading the weight costs as much as the product does for so many steps of depth of a batch of 25. */
const spreading = 3;
/** Elements of the matrix, 80 MB, and ways from an output's position to an input's, which stand in the model. */
const mostElements = 20e6;
const mostLeads = 200_000;

/** A length has a depth of one. */
const deepened = (sizes: readonly number[]): number[] => (sizes.length === 1 ? [1, ...sizes] : [...sizes]);

type Planes = Pick<BackwardCall<PlainConvAttrs>, "attrs" | "inputs" | "output" | "w" | "dy">;

/** Where the zeros cost less than Conv's copying. */
export function takesPlanes({ attrs: a, inputs, output }: Pick<Planes, "attrs" | "inputs" | "output">): boolean {
  const [channels, ...spatial] = inputs[0] as [number, ...number[]];
  const taps = product(a.kernelSize);
  if (a.groups > 1 || spatial.length === 2 || a.stride.some(s => s > 1) || taps === 1) return false;
  const positions = product(deepened(output.slice(1)).slice(1));
  const planeTaps = product(deepened(a.kernelSize).slice(1));
  const leads = (positions * product(deepened(spatial).slice(1)) * taps) / planeTaps;
  if (leads > mostLeads || leads * channels * a.outChannels > mostElements) return false;
  const zeros = channels * positions * (1 + spreading / deepened(spatial)[0]!);
  return zeros < planeTaps * (channels + copying);
}

export function planesInput(emit: Emit, call: Planes): Value {
  const { attrs: a, w, dy, inputs, output } = call;
  const [channels, ...spatial] = inputs[0] as [number, ...number[]];
  const out = a.outChannels;
  const [depth, ...plane] = deepened(output.slice(1)) as [number, ...number[]];
  const [k, ...taps] = deepened(a.kernelSize) as [number, ...number[]];
  const [step, ...steps] = deepened(a.dilation) as [number, ...number[]];
  const padded = spatial.map((size, axis) => size + 2 * a.padding[axis]!);
  const [deep, ...wide] = deepened(padded) as [number, ...number[]];
  const [positions, tapCount] = [product(plane), product(taps)];

  // Rows [N deep, positions k O]: the output's gradient, shifted by every tap of the depth.
  const turned = emit.op("Transpose", [reshape(emit, dy, [-1, out, depth, positions])], { perm: [0, 2, 3, 1] });
  const apart = reshape(emit, turned, [-1, depth, positions, 1, out]);
  const shifted = axes(0, k).map(tap =>
    emit.op("Pad", [apart, emit.ints([0, tap * step, 0, 0, 0, 0, deep - depth - tap * step, 0, 0, 0])]),
  );
  const rows = reshape(emit, emit.op("Concat", shifted, { axis: 3 }), [-1, positions * k * out]);

  // Matrix [C wide, positions k O]: the tap that leads from there to here, or a row of zeros.
  const inputsFirst = emit.op("Transpose", [reshape(emit, w.weight!, [out, -1])], { perm: [1, 0] });
  const all = reshape(emit, inputsFirst, [channels, k * tapCount, out]);
  const zero = emit.op("Pad", [all, emit.ints([0, 0, 0, 0, 1, 0])]);
  const leads = grid(wide).flatMap(to =>
    grid(plane).flatMap(from => {
      const tap = tapBetween(from, to, taps, steps);
      return axes(0, k).map(deepTap => (tap === undefined ? k * tapCount : deepTap * tapCount + tap));
    }),
  );
  const spread = emit.op("Gather", [zero, emit.ints(leads)], { axis: 1 });
  const matrix = reshape(emit, spread, [channels * product(wide), positions * k * out]);

  const dx = reshape(emit, emit.op("Gemm", [rows, matrix], { transB: 1 }), [-1, deep, channels, product(wide)]);
  const whole = reshape(emit, emit.op("Transpose", [dx], { perm: [0, 2, 1, 3] }), [-1, channels, ...padded]);
  if (a.padding.every(p => p === 0)) return whole;
  const ends = spatial.map((size, axis) => size + a.padding[axis]!);
  return emit.op("Slice", [whole, emit.ints(a.padding), emit.ints(ends), emit.ints(axes(2, spatial.length))]);
}

/** Number of the tap that reads `to` for the output at `from`. */
function tapBetween(
  from: readonly number[],
  to: readonly number[],
  taps: readonly number[],
  steps: readonly number[],
): number | undefined {
  const tap = to.map((at, axis) => (at - from[axis]!) / steps[axis]!);
  const inside = tap.every((t, axis) => Number.isInteger(t) && t >= 0 && t < taps[axis]!);
  return inside ? offset(taps, axis => tap[axis]!) : undefined;
}
