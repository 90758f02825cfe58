/** gather: chosen places of one axis, in the given order; a place may come more than once. */
import {
  attributes,
  axis,
  axisOfDim,
  type Emit,
  type In,
  indexed,
  type Layer,
  layerOf,
  listOf,
  movedChannels,
  op,
  padsAlong,
  places,
  type Resized,
  type Site,
  type Tensor,
  type Value,
} from "../op/index.js";
import {
  type At,
  type AxisNumber,
  axisOf,
  type CutAt,
  type Difference,
  type FirstWrong,
  type HasShape,
  type Known,
  type Out,
  type Places,
  replaced,
  type Shape,
  ShapeMismatch,
  type Show,
  show,
  type Unranked,
  type Wrong,
} from "../shape/index.js";

export interface GatherAttrs {
  readonly indices: readonly number[];
  readonly axis: number;
}

/** New places behind one that is taken stand behind each place where it was put. */
function regathered({ inputs: [x], attrs }: Site<GatherAttrs>, next: Resized): GatherAttrs {
  const at = axisOf("gather", "axis", x!, attrs.axis);
  const [read, made] = [next.from(0, at), next.from("output", at)];
  let nth = 0;
  const indices = [...made].map((place, i) => {
    if (place >= 0) return read.indexOf(attrs.indices[place]!);
    nth = made[i - 1] === place ? nth + 1 : 0;
    return read.indexOf(-1 - attrs.indices[-1 - place]!) + nth;
  });
  return { ...attrs, indices };
}

export const gather = op<GatherAttrs>({
  name: "gather",
  attrs: attributes({ indices: places("indices"), axis: axis("axis").default(0) }),
  args: (indices: unknown, options?: object) => ({ indices, ...options }),
  arity: 1,
  shape: ([x], { indices, axis: place }) => {
    const at = axisOf("gather", "axis", x!, place);
    const outside = indices.find(index => index >= x![at]!);
    if (outside !== undefined) {
      throw new ShapeMismatch(
        `gather: indices must be below ${x![at]}, got ${outside} along axis ${place} of ${show(x!)}; count them from 0`,
      );
    }
    return replaced(x!, at, [indices.length]);
  },
  weights: () => [],
  cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "own" }),
  forward: (emit, { x, inputs: [shape], attrs }) => ({
    y: emit.op("Gather", [x[0]!, emit.ints(attrs.indices)], { axis: axisOf("gather", "axis", shape!, attrs.axis) + 1 }),
  }),
  backward: (emit, { dy, inputs: [shape], attrs }) => ({ inputs: [returned(emit, dy, shape!, attrs)] }),
  channels: movedChannels(regathered, { blocks: false }),
  sample: (random, [x]) => {
    if (x!.length === 0) return undefined;
    const at = random.int(-x!.length, x!.length - 1);
    const size = x!.at(at)!;
    return { indices: Array.from({ length: random.int(1, size + 1) }, () => random.int(0, size - 1)), axis: at };
  },
  fromOnnx: [
    {
      operators: ["Gather"],
      batch: "anywhere",
      read: site => {
        const [shape, constant] = [site.tensor(0), site.constant(1)];
        if (!shape || !constant || constant.dims.length > 1) return undefined;
        const onnxAxis = site.int("axis", 0);
        const axis = site.axis(onnxAxis);
        const indices = listOf(constant)!.map(index => (index < 0 ? index + shape[axis]! : index));
        if (constant.dims.length === 1) return { attrs: { indices, axis } };
        const attrs = { start: indices[0]!, end: indices[0]! + 1, axis };
        return { op: "slice", attrs, gone: [onnxAxis] };
      },
    },
  ],
  fromPytorch: [
    {
      signatures: ["torch.index_select(input, dim, index)", "Tensor.index_select(self, dim, index)"],
      attrs: ({ dim, index }, { inputs: [shape] }) => {
        const place = axisOfDim(dim);
        const size = shape![axisOf("gather", "dim", shape!, place)]!;
        return { axis: place, indices: (index as number[]).map(one => (one < 0 ? one + size : one)) };
      },
    },
  ],
  pytorch: ({ attrs }) => ({
    expression: ([x]) => `${x}[${indexed(attrs.axis, `[${attrs.indices.join(", ")}]`)}]`,
  }),
});

/**
 * The gradient back at the places it was taken from: gathered once for every time that a place came, from `dy` with a
 * row of zeros behind it for places that came less often. No operator scatters along an axis behind an open batch.
 */
function returned(emit: Emit, dy: Value, shape: Shape, { indices, axis: place }: GatherAttrs): Value {
  const at = axisOf("gather", "axis", shape, place);
  const cameFrom = Array.from({ length: shape[at]! }, (_, to) =>
    indices.flatMap((index, from) => (index === to ? [from] : [])),
  );
  const most = Math.max(...cameFrom.map(({ length }) => length));
  const padded = emit.op("Pad", [dy, emit.ints(padsAlong(shape.length + 1, at + 1, 0, 1))]);
  const rounds = Array.from({ length: most }, (_, round) =>
    emit.op("Gather", [padded, emit.ints(cameFrom.map(list => list[round] ?? indices.length))], { axis: at + 1 }),
  );
  return rounds.length === 1 ? rounds[0]! : emit.op("Sum", rounds);
}

type Rule<S extends Shape, I extends Shape, A extends number> =
  FirstWrong<[Places<"gather", "indices", I>, AxisNumber<"gather", "axis", A>]> extends infer W
    ? [W] extends [never]
      ? [Unranked<S>, Known<A>] extends [false, true]
        ? CutAt<"gather", "axis", S, A, "indices"> extends infer Parts
          ? Parts extends [infer Before extends Shape, infer D extends number, infer After extends Shape]
            ? FirstWrong<{ [K in keyof I]: Outside<S, D, I[K], A> }> extends infer W2
              ? [W2] extends [never]
                ? [...Before, I["length"], ...After]
                : W2
              : never
            : Parts
          : never
        : Shape
      : W
    : never;
type Outside<S extends Shape, D extends number, I, A extends number> =
  Difference<D, I> extends null | 0
    ? Wrong<
        "indices",
        `gather: indices must be below ${D}, got ${I & number} along axis ${A} of ${Show<S>}; count them from 0`
      >
    : never;

export interface GatherLayer<I extends Shape, A extends number> extends Layer {
  readonly out: Rule<In<this>, I, A>;
}
interface GatherOptions<A> {
  /** The first axis unless told. */
  readonly axis?: A;
}
export const Gather: <const I extends Shape, A extends number = 0, W = Rule<Shape, I, A>>(
  indices: At<W, "indices", I>,
  options?: GatherOptions<At<W, "axis", A>>,
) => GatherLayer<I, A> = layerOf(gather);

declare module "../op/tensor.js" {
  interface Operators {
    /** Chosen places of an axis, counted from 0, in this order. */
    gather<S extends Shape, const I extends Shape, A extends number = 0, W = Rule<S, I, A>>(
      this: HasShape<S>,
      indices: At<W, "indices", I>,
      options?: GatherOptions<At<W, "axis", A>>,
    ): Tensor<Out<W>>;
  }
}
