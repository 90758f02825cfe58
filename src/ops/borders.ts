/** Borders around the spatial axes: zeros, or the image mirrored in its edge, or its edge repeated. */
import { axes, type Emit, type Value } from "../op/index.js";
import type { Edges, Shape } from "../shape/index.js";
import { alongAxes, matrix, transposed } from "./along-axes.js";

export type PaddingMode = "zeros" | "reflect" | "replicate";

const onnxMode = { zeros: "constant", reflect: "reflect", replicate: "edge" } as const;

/** Elements before and behind. */
export const bothEnds = (edges: Edges): readonly [number, number] =>
  typeof edges === "number" ? [edges, edges] : edges;

/** `x` of samples [C, ...spatial] with its border. */
export function padded(emit: Emit, x: Value, padding: readonly Edges[], mode: PaddingMode): Value {
  const ends = padding.map(bothEnds);
  const amounts = [...ends.map(([begin]) => begin), ...ends.map(([, end]) => end)];
  // Named axes keep ONNX Runtime 1.30 from joining it to the convolution behind it, which makes an invalid model where
  // `x` is an output of the graph, too.
  return emit.op("Pad", [x, emit.ints(amounts), "", emit.ints(axes(2, ends.length))], { mode: onnxMode[mode] });
}

/** Shape with the border. */
export const paddedShape = ([channels, ...spatial]: Shape, padding: readonly Edges[]): number[] => [
  channels!,
  ...spatial.map((size, axis) => bothEnds(padding[axis]!).reduce((sum, count) => sum + count, size)),
];

/** Gradient of what was padded, whose shape is `shape`: that of the border is dropped, or goes where it was taken from. */
export function unpadded(emit: Emit, dy: Value, shape: Shape, padding: readonly Edges[], mode: PaddingMode): Value {
  const [, ...spatial] = shape;
  const begins = padding.map(edges => bothEnds(edges)[0]);
  if (mode === "zeros") {
    const ends = begins.map((begin, axis) => begin + spatial[axis]!);
    return emit.op("Slice", [dy, emit.ints(begins), emit.ints(ends), emit.ints(axes(2, spatial.length))]);
  }
  const whole = paddedShape(shape, padding);
  const taken = spatial.map((size, axis) =>
    matrix(whole[axis + 1]!, size, (to, from) => (source(to - begins[axis]!, size, mode) === from ? 1 : 0)),
  );
  return alongAxes(emit, dy, whole, taken.map(transposed));
}

/** Which element stands at place `at`, which may lie before 0 or behind the last. */
function source(at: number, size: number, mode: "reflect" | "replicate"): number {
  const last = size - 1;
  if (mode === "replicate") return Math.min(Math.max(at, 0), last);
  return last - Math.abs(last - Math.abs(at));
}
