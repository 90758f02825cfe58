/** transpose: two axes exchanged; permute: all axes in another order. */
import {
  ArgumentError,
  attributes,
  axis,
  axisOfDim,
  dimOfAxis,
  type Emit,
  type In,
  type Layer,
  type Literal,
  layerOf,
  movedChannels,
  op,
  places,
  python,
  type Site,
  type Spellings,
  type Tensor,
  tuple,
  type Value,
} from "../op/index.js";
import {
  type At,
  type AxisNumber,
  axisOf,
  type CutAt,
  type FirstWrong,
  type HasShape,
  type Known,
  type Out,
  type Places,
  type Shape,
  ShapeMismatch,
  type Show,
  show,
  type Unranked,
  type Wrong,
} from "../shape/index.js";

export interface TransposeAttrs {
  readonly axis0: number;
  readonly axis1: number;
}
export interface PermuteAttrs {
  /** Which axis of the input stands at each place of the output. */
  readonly order: readonly number[];
}

/** The axes of one sample in another order; the batch stays in front. */
const reordered = (emit: Emit, x: Value, order: readonly number[]): Value =>
  emit.op("Transpose", [x], { perm: [0, ...order.map(from => from + 1)] });

const spellings = <A>(orderOf: (site: Site<A>) => readonly number[]): Spellings<A> => ({
  keras: site => ({
    expression: ([x]) => `ops.transpose(${x}, ${tuple([0, ...orderOf(site).map(from => from + 1)])})`,
  }),
  // Axes from the last to the first, then the batch; counted from 1.
  flux: site => {
    const order = orderOf(site);
    const from = order.map(place => order.length - place).reverse();
    return { expression: ([x]) => `permutedims(${x}, ${tuple([...from, order.length + 1])})` };
  },
});

const inverse = (order: readonly number[]): number[] => order.map((_, place) => order.indexOf(place));

function exchanged(shape: Shape, { axis0, axis1 }: TransposeAttrs): number[] {
  const [a, b] = [axisOf("transpose", "axis0", shape, axis0), axisOf("transpose", "axis1", shape, axis1)];
  return shape.map((_, place) => (place === a ? b : place === b ? a : place));
}

export const transpose = op<TransposeAttrs>({
  name: "transpose",
  attrs: attributes({ axis0: axis("axis0"), axis1: axis("axis1") }),
  args: (axis0: unknown, axis1: unknown) => ({ axis0, axis1 }),
  arity: 1,
  shape: ([x], attrs) => exchanged(x!, attrs).map(from => x![from]!),
  weights: () => [],
  cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "view" }),
  forward: (emit, { x, inputs: [shape], attrs }) => ({ y: reordered(emit, x[0]!, exchanged(shape!, attrs)) }),
  backward: (emit, { dy, inputs: [shape], attrs }) => ({ inputs: [reordered(emit, dy, exchanged(shape!, attrs))] }),
  channels: movedChannels(),
  sample: (random, [x]) => {
    const rank = x!.length;
    return rank === 0 ? undefined : { axis0: random.int(-rank, rank - 1), axis1: random.int(-rank, rank - 1) };
  },
  spellings: spellings(({ inputs: [x], attrs }) => exchanged(x!, attrs)),
  pytorch: ({ attrs }) => {
    const [a, b] = [attrs.axis0, attrs.axis1].map(dimOfAxis);
    return { expression: ([x]) => `${x}.transpose(${a}, ${b})` };
  },
  fromPytorch: [
    {
      signatures: ["transpose", "swapaxes"].flatMap(name => [
        `torch.${name}(input, dim0, dim1)`,
        `Tensor.${name}(self, dim0, dim1)`,
      ]),
      attrs: ({ dim0, dim1 }) => ({ axis0: axisOfDim(dim0), axis1: axisOfDim(dim1) }),
    },
  ],
});

/** The axes of a sample in the order of PyTorch's, which begin with the batch. */
function orderOf([batch, ...dims]: readonly Literal[], shape: Shape): number[] {
  if (batch === 0) return dims.map(dim => axisOf("permute", "dims", shape, axisOfDim(dim)));
  throw new ArgumentError(`permute: the batch must stay in front, got ${python([batch!, ...dims])}; begin with 0`);
}

export const permute = op<PermuteAttrs>({
  name: "permute",
  attrs: attributes({ order: places("order") }),
  args: (order: unknown) => ({ order }),
  arity: 1,
  shape: ([x], { order }) => {
    if (order.length !== x!.length || !x!.every((_, place) => order.includes(place))) {
      throw new ShapeMismatch(
        `permute: order must name every axis of ${show(x!)} once, got ${show(order)}; count them from 0`,
      );
    }
    return order.map(from => x![from]!);
  },
  weights: () => [],
  cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "view" }),
  forward: (emit, { x, attrs: { order } }) => ({ y: reordered(emit, x[0]!, order) }),
  backward: (emit, { dy, attrs: { order } }) => ({ inputs: [reordered(emit, dy, inverse(order))] }),
  channels: movedChannels(),
  sample: (random, [x]) => {
    if (x!.length === 0) return undefined;
    const order = x!.map((_, place) => place);
    for (let place = order.length - 1; place > 0; place--) {
      const other = random.int(0, place);
      [order[place], order[other]] = [order[other]!, order[place]!];
    }
    return { order };
  },
  spellings: spellings(({ attrs }) => attrs.order),
  pytorch: ({ attrs: { order } }) => ({
    expression: ([x]) => `${x}.permute(0, ${order.map(from => from + 1).join(", ")})`,
  }),
  fromPytorch: [
    {
      signatures: ["torch.permute(input, dims)", "Tensor.permute(self, *dims)"],
      attrs: ({ dims }, { inputs: [shape] }) => ({ order: orderOf(dims as readonly Literal[], shape!) }),
    },
  ],
});

type TransposeRule<S extends Shape, A extends number, B extends number> =
  FirstWrong<[AxisNumber<"transpose", "axis0", A>, AxisNumber<"transpose", "axis1", B>]> extends infer W
    ? [W] extends [never]
      ? [Unranked<S>, Known<A>, Known<B>] extends [false, true, true]
        ? [CutAt<"transpose", "axis0", S, A>, CutAt<"transpose", "axis1", S, B>] extends infer Cuts
          ? Cuts extends [[infer AB extends Shape, infer X, unknown], [infer BB extends Shape, infer Y, unknown]]
            ? { [I in keyof S]: I extends `${AB["length"]}` ? Y : I extends `${BB["length"]}` ? X : S[I] }
            : FirstRefusal<Cuts>
          : never
        : Shape
      : W
    : never;
type FirstRefusal<Cuts> = Cuts extends [infer First, infer Second]
  ? First extends Wrong<string, string>
    ? First
    : Second
  : never;

type PermuteRule<S extends Shape, O extends Shape> =
  Places<"permute", "order", O> extends infer W
    ? [W] extends [never]
      ? true extends Unranked<S> | Unranked<O>
        ? Shape
        : [O["length"], Exclude<keyof S & `${number}`, `${O[number]}`>] extends [S["length"], never]
          ? { -readonly [I in keyof O]: S[O[I] & keyof S] }
          : number extends O[number]
            ? Shape
            : Wrong<
                "order",
                `permute: order must name every axis of ${Show<S>} once, got ${Show<O>}; count them from 0`
              >
      : W
    : never;

export interface TransposeLayer<A extends number, B extends number> extends Layer {
  readonly out: TransposeRule<In<this>, A, B>;
}
export interface PermuteLayer<O extends Shape> extends Layer {
  readonly out: PermuteRule<In<this>, O>;
}
export const Transpose: <A extends number, B extends number>(
  axis0: At<TransposeRule<Shape, A, B>, "axis0", A>,
  axis1: At<TransposeRule<Shape, A, B>, "axis1", B>,
) => TransposeLayer<A, B> = layerOf(transpose);
export const Permute: <const O extends Shape>(order: At<PermuteRule<Shape, O>, "order", O>) => PermuteLayer<O> =
  layerOf(permute);

declare module "../op/tensor.js" {
  interface Operators {
    /** Two axes exchanged. */
    transpose<S extends Shape, A extends number, B extends number>(
      this: HasShape<S>,
      axis0: At<TransposeRule<S, A, B>, "axis0", A>,
      axis1: At<TransposeRule<S, A, B>, "axis1", B>,
    ): Tensor<Out<TransposeRule<S, A, B>>>;
    /** All axes in another order: `order` says which axis of the input stands at each place. */
    permute<S extends Shape, const O extends Shape>(
      this: HasShape<S>,
      order: At<PermuteRule<S, O>, "order", O>,
    ): Tensor<Out<PermuteRule<S, O>>>;
  }
}
