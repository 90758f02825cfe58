/** slice: the places of one axis from `start` to before `end`, every `step`-th of them; negative ones count from the end. */
import {
  ArgumentError,
  attributes,
  axis,
  axisOfDim,
  type Emit,
  type In,
  indexed,
  type Layer,
  type Literal,
  layerOf,
  listOf,
  movedChannels,
  type OnnxMeaning,
  type OnnxSite,
  op,
  padsAlong,
  signedPlace,
  type Tensor,
  type Value,
  whole,
} from "../op/index.js";
import { type At, axisOf, type HasShape, type Out, replaced, type Shape, ShapeMismatch, show } from "../shape/index.js";
import type { Place, SliceRule } from "./slice-types.js";

export interface SliceAttrs {
  readonly start: number;
  /** The first place that is left out; to the end where it is not told. */
  readonly end?: number | undefined;
  readonly axis: number;
  readonly step: number;
}

const mostPieces = 1000;

/** Pieces of one size, the last one of what is left. */
function pieces(size: number, piece: number): number[] {
  const count = Math.ceil(size / piece);
  if (!(count >= 1 && count <= mostPieces)) {
    throw new ArgumentError(`split: there must be from 1 to ${mostPieces} parts, got ${count}; choose another size`);
  }
  return Array.from({ length: count }, (_, i) => Math.min(piece, size - i * piece));
}

/** Slices one behind the other. */
function parts(shape: Shape, place: number, sizesOf: (size: number) => readonly number[]): SliceAttrs[] {
  let end = 0;
  return sizesOf(shape[axisOf("split", "dim", shape, place)]!).map(size => {
    end += size;
    return { start: end - size, end, axis: place, step: 1 };
  });
}

/** The places from the first that stays, or joins, of those from `start` to before `end`. */
const movedSlice = movedChannels<SliceAttrs>(({ inputs: [x], attrs }, next) => {
  const { at, start, end } = range(x!, attrs);
  const before = (bound: number): number =>
    next.from(0, at).reduce((count, place) => count + ((place < 0 ? -1 - place : place) < bound ? 1 : 0), 0);
  return { ...attrs, start: before(start), end: before(end) };
});

/** One slice after another, for each axis that is cut. */
function slicesOf(site: OnnxSite): OnnxMeaning | "input" | undefined {
  const list = (name: string, at: number) => listOf(site.constant(at)) ?? site.ints(name);
  const [starts, ends] = [list("starts", 1), list("ends", 2)];
  if (!starts || !ends || site.tensor(3) || site.tensor(4)) return undefined;
  const axes = list("axes", 3) ?? starts.map((_, i) => i);
  const steps = list("steps", 4) ?? starts.map(() => 1);
  const cuts = axes.flatMap((axis, i) => {
    const at = site.axis(axis);
    const size = site.tensor(0)![at]!;
    const place = (value: number): number => Math.min(Math.max(value < 0 ? value + size : value, 0), size);
    const [start, end, step] = [place(starts[i]!), place(ends[i]!), steps[i]!];
    return start === 0 && end === size && step === 1 ? [] : [{ start, end, axis: at, step }];
  });
  if (cuts.some(({ step }) => step < 1)) return undefined;
  return cuts.reduceRight<OnnxMeaning | "input">(
    (next, attrs) => (next === "input" ? { attrs } : { attrs, next }),
    "input",
  );
}

/** A slice for each part. */
function partsOf(site: OnnxSite): OnnxMeaning[] | undefined {
  const axis = site.axis(site.int("axis", 0));
  const size = site.tensor(0)?.[axis];
  const told = listOf(site.constant(1)) ?? site.ints("split");
  if (size === undefined || site.tensor(1)) return undefined;
  const count = site.int("num_outputs", site.outputs);
  const sizes =
    told ??
    Array.from({ length: count }, (_, i) => Math.min(Math.ceil(size / count), size - i * Math.ceil(size / count)));
  let start = 0;
  return sizes.map(part => {
    start += part;
    return { attrs: { start: start - part, end: start, axis } };
  });
}

export const slice = op<SliceAttrs>({
  name: "slice",
  attrs: attributes({
    start: signedPlace("start"),
    end: signedPlace("end").optional(),
    axis: axis("axis").default(0),
    step: whole("step", 1).default(1),
  }),
  args: (start: unknown, end?: unknown, options?: object) => ({
    start,
    ...(end === undefined ? {} : { end }),
    ...options,
  }),
  arity: 1,
  shape: ([x], attrs) => {
    const { at, start, end } = range(x!, attrs);
    return replaced(x!, at, [Math.ceil((end - start) / attrs.step)]);
  },
  weights: () => [],
  cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "view" }),
  forward: (emit, { x, inputs: [shape], attrs }) => {
    const { at, start, end } = range(shape!, attrs);
    return { y: emit.op("Slice", [x[0]!, ...[[start], [end], [at + 1], [attrs.step]].map(emit.ints)]) };
  },
  backward: (emit, { dy, inputs: [shape], output, attrs }) => ({
    inputs: [spread(emit, dy, shape!, output, attrs)],
  }),
  channels: (site, live, forward) => (site.attrs.step === 1 ? movedSlice(site, live, forward) : undefined),
  sample: (random, [x]) => {
    if (x!.length === 0) return undefined;
    const axis = random.int(-x!.length, x!.length - 1);
    const size = x!.at(axis)!;
    const end = random.int(1, size);
    const start = random.int(0, end - 1);
    const rest = { axis, step: random.int(1, end - start) };
    if (random.chance()) return { start, end, ...rest };
    return end === size ? { start: start - size, ...rest } : { start: start - size, end: end - size, ...rest };
  },
  fromOnnx: [
    { operators: ["Slice"], batch: "anywhere", read: slicesOf },
    { operators: ["Split"], batch: "anywhere", read: partsOf },
  ],
  fromPytorch: [
    {
      signatures: ["Tensor.__slice__(self, dim, start, stop, step)"],
      attrs: ({ dim, start, stop, step }, { inputs: [shape] }) => {
        const place = axisOfDim(dim);
        const size = shape![axisOf("slice", "dim", shape!, place)]!;
        const within = (bound: Literal | undefined): number => Math.min(Math.max(Number(bound), -size), size);
        const end = stop === null ? {} : { end: within(stop) };
        return { start: start === null ? 0 : within(start), ...end, axis: place, step: step ?? 1 };
      },
    },
    {
      signatures: ["torch.narrow(input, dim, start, length)", "Tensor.narrow(self, dim, start, length)"],
      attrs: ({ dim, start, length }) => ({ start, end: Number(start) + Number(length), axis: axisOfDim(dim) }),
    },
    {
      signatures: ["torch.split(tensor, split_size, dim=0)", "Tensor.split(self, split_size, dim=0)"],
      attrs: ({ split_size, dim }, { inputs: [shape] }) =>
        parts(shape!, axisOfDim(dim), size =>
          Array.isArray(split_size) ? split_size : pieces(size, Number(split_size)),
        ),
    },
    {
      signatures: ["torch.chunk(input, chunks, dim=0)", "Tensor.chunk(self, chunks, dim=0)"],
      attrs: ({ chunks, dim }, { inputs: [shape] }) =>
        parts(shape!, axisOfDim(dim), size => pieces(size, Math.ceil(size / Number(chunks)))),
    },
  ],
  pytorch: ({ attrs: { start, end, axis, step } }) => {
    const bounds = `${start}:${end ?? ""}${step === 1 ? "" : `:${step}`}`;
    return { expression: ([x]) => `${x}[${indexed(axis, bounds)}]` };
  },
});

/** Axis, first place and the first one left out, all from the front. */
function range(shape: Shape, attrs: SliceAttrs): { at: number; start: number; end: number } {
  const at = axisOf("slice", "axis", shape, attrs.axis);
  const size = shape[at]!;
  const from = (name: "start" | "end", value: number): number => {
    if (value >= -size && value <= size) return value < 0 ? value + size : value;
    throw new ShapeMismatch(
      `slice: ${name} must be from -${size} to ${size}, got ${value} along axis ${attrs.axis} of ${show(shape)}; choose a place of it`,
    );
  };
  const end = from("end", attrs.end ?? size);
  const start = from("start", attrs.start);
  if (start < end) return { at, start, end };
  throw new ShapeMismatch(
    `slice: start must be before end ${attrs.end ?? size}, got ${attrs.start} along axis ${attrs.axis} of ${show(shape)}; start earlier`,
  );
}

/** The gradient at its places, 0 between and around them. */
function spread(emit: Emit, dy: Value, shape: Shape, output: Shape, attrs: SliceAttrs): Value {
  const { at, start } = range(shape, attrs);
  const { step } = attrs;
  const count = output[at]!;
  const padded = (value: Value, axes: number, axisNow: number, before: number, after: number): Value =>
    emit.op("Pad", [value, emit.ints(padsAlong(axes + 1, axisNow + 1, before, after))]);
  const axes = shape.length;
  if (step === 1) return padded(dy, axes, at, start, shape[at]! - start - count);
  // Each place becomes a row of itself and the steps behind it; the last row may reach too far and is cut.
  const rows = padded(
    emit.op("Reshape", [dy, emit.ints([-1, ...replaced(output, at, [count, 1])])]),
    axes + 1,
    at + 1,
    0,
    step - 1,
  );
  const flat = emit.op("Reshape", [rows, emit.ints([-1, ...replaced(output, at, [count * step])])]);
  return padded(flat, axes, at, start, shape[at]! - start - count * step);
}

export interface SliceLayer<F extends number, E extends Place, A extends number, St extends number> extends Layer {
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
  E extends Place = undefined,
  A extends number = 0,
  St extends number = 1,
  W = SliceRule<Shape, F, E, A, St>,
>(
  start: At<W, "start", F>,
  end?: At<W, "end", E>,
  options?: SliceOptions<At<W, "axis", A>, At<W, "step", St>>,
) => SliceLayer<F, E, A, St> = layerOf(slice);

declare module "../op/tensor.js" {
  interface Operators {
    /** The places of an axis from `start` to before `end`, or to its end; negative ones count from the end. */
    slice<
      S extends Shape,
      F extends number,
      E extends Place = undefined,
      A extends number = 0,
      St extends number = 1,
      W = SliceRule<S, F, E, A, St>,
    >(
      this: HasShape<S>,
      start: At<W, "start", F>,
      end?: At<W, "end", E>,
      options?: SliceOptions<At<W, "axis", A>, At<W, "step", St>>,
    ): Tensor<Out<W>>;
  }
}
