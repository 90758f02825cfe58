/** slice: the places of one axis from `start` to before `end`, every `step`-th of them. */
import {
  attributes,
  axis,
  type Emit,
  type In,
  type Layer,
  layerOf,
  op,
  type Tensor,
  type Value,
  whole,
} from "../op/index.js";
import { type At, axisOf, type HasShape, type Out, replaced, type Shape, ShapeMismatch, show } from "../shape/index.js";
import type { SliceRule } from "./slice-types.js";

export interface SliceAttrs {
  readonly start: number;
  /** The first place that is left out. */
  readonly end: number;
  readonly axis: number;
  readonly step: number;
}

export const slice = op<SliceAttrs>({
  name: "slice",
  attrs: attributes({
    start: whole("start", 0),
    end: whole("end", 1),
    axis: axis("axis").default(0),
    step: whole("step", 1).default(1),
  }),
  args: (start: unknown, end: unknown, options?: object) => ({ start, end, ...options }),
  arity: 1,
  shape: ([x], { start, end, axis: place, step }) => {
    const at = axisOf("slice", "axis", x!, place);
    if (end > x![at]!) {
      throw new ShapeMismatch(
        `slice: end must be at most ${x![at]}, got ${end} along axis ${place} of ${show(x!)}; end earlier`,
      );
    }
    if (start >= end) throw new ShapeMismatch(`slice: start must be below end ${end}, got ${start}; start earlier`);
    return replaced(x!, at, [Math.ceil((end - start) / step)]);
  },
  weights: () => [],
  cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "view" }),
  forward: (emit, { x, inputs: [shape], attrs: { start, end, axis: place, step } }) => {
    const at = [axisOf("slice", "axis", shape!, place) + 1];
    return { y: emit.op("Slice", [x[0]!, ...[[start], [end], at, [step]].map(emit.ints)]) };
  },
  backward: (emit, { dy, inputs: [shape], output, attrs }) => ({
    inputs: [spread(emit, dy, shape!, output, attrs)],
  }),
  sample: (random, [x]) => {
    if (x!.length === 0) return undefined;
    const at = random.int(-x!.length, x!.length - 1);
    const end = random.int(1, x!.at(at)!);
    const start = random.int(0, end - 1);
    return { start, end, axis: at, step: random.int(1, end - start) };
  },
  pytorch: ({ inputs: [shape], attrs: { start, end, axis: place, step } }) => {
    const before = ":, ".repeat(axisOf("slice", "axis", shape!, place) + 1);
    return { expression: ([x]) => `${x}[${before}${start}:${end}:${step}]` };
  },
});

/** The gradient at its places, 0 between and around them. */
function spread(emit: Emit, dy: Value, shape: Shape, output: Shape, { start, axis: place, step }: SliceAttrs): Value {
  const at = axisOf("slice", "axis", shape, place);
  const count = output[at]!;
  const padded = (value: Value, axisNow: number, before: number, after: number): Value =>
    emit.op("Pad", [value, emit.ints([before, after]), "", emit.ints([axisNow + 1])]);
  if (step === 1) return padded(dy, at, start, shape[at]! - start - count);
  // Each place becomes a row of itself and the steps behind it; the last row may reach too far and is cut.
  const rows = padded(
    emit.op("Reshape", [dy, emit.ints([-1, ...replaced(output, at, [count, 1])])]),
    at + 1,
    0,
    step - 1,
  );
  const flat = emit.op("Reshape", [rows, emit.ints([-1, ...replaced(output, at, [count * step])])]);
  return padded(flat, at, start, shape[at]! - start - count * step);
}

export interface SliceLayer<F extends number, E extends number, A extends number, St extends number> extends Layer {
  readonly out: SliceRule<In<this>, F, E, A, St>;
}
interface SliceOptions<A, St> {
  /** The first axis unless told. */
  readonly axis?: A;
  /** 1 unless told. */
  readonly step?: St;
}
export const Slice: <
  F extends number,
  E extends number,
  A extends number = 0,
  St extends number = 1,
  W = SliceRule<Shape, F, E, A, St>,
>(
  start: At<W, "start", F>,
  end: At<W, "end", E>,
  options?: SliceOptions<At<W, "axis", A>, At<W, "step", St>>,
) => SliceLayer<F, E, A, St> = layerOf(slice);

declare module "../op/tensor.js" {
  interface Operators {
    /** The places of an axis from `start` to before `end`. */
    slice<
      S extends Shape,
      F extends number,
      E extends number,
      A extends number = 0,
      St extends number = 1,
      W = SliceRule<S, F, E, A, St>,
    >(
      this: HasShape<S>,
      start: At<W, "start", F>,
      end: At<W, "end", E>,
      options?: SliceOptions<At<W, "axis", A>, At<W, "step", St>>,
    ): Tensor<Out<W>>;
  }
}
