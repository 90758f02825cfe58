/** unflatten: one axis as several, row by row. */
import {
  attributes,
  axis,
  axisOfDim,
  dimOfAxis,
  type In,
  type Layer,
  layerOf,
  listed,
  movedChannels,
  op,
  sizes,
  type Tensor,
} from "../op/index.js";
import {
  type At,
  type AxisNumber,
  axisOf,
  type CutAt,
  type FirstWrong,
  type HasShape,
  type Known,
  type ListOfSizes,
  type Out,
  type Plain,
  type Product,
  product,
  replaced,
  type SameDim,
  type Shape,
  ShapeMismatch,
  type Show,
  show,
  type Unranked,
  type Wrong,
} from "../shape/index.js";

export interface UnflattenAttrs {
  readonly axis: number;
  readonly sizes: Shape;
}

export const unflatten = op<UnflattenAttrs>({
  name: "unflatten",
  attrs: attributes({ axis: axis("axis"), sizes: sizes("sizes") }),
  args: (place: unknown, into: unknown) => ({ axis: place, sizes: into }),
  arity: 1,
  shape: ([x], attrs) => {
    const at = axisOf("unflatten", "axis", x!, attrs.axis);
    if (product(attrs.sizes) !== x![at]) {
      throw new ShapeMismatch(
        `unflatten: ${x![at]} elements cannot become ${product(attrs.sizes)}, got axis ${attrs.axis} of ${show(x!)} to ${show(attrs.sizes)}; choose sizes with the same product`,
      );
    }
    return replaced(x!, at, attrs.sizes);
  },
  weights: () => [],
  cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "view" }),
  forward: (emit, { x, output }) => ({ y: emit.op("Reshape", [x[0]!, emit.ints([-1, ...output])]) }),
  backward: (emit, { dy, inputs: [shape] }) => ({ inputs: [emit.op("Reshape", [dy, emit.ints([-1, ...shape!])])] }),
  channels: movedChannels(({ inputs: [x], attrs }, next) => {
    const at = axisOf("unflatten", "axis", x!, attrs.axis);
    return { ...attrs, sizes: next.output.slice(at, at + attrs.sizes.length) };
  }),
  sample: (random, [x]) => {
    if (x!.length === 0) return undefined;
    const at = random.int(-x!.length, x!.length - 1);
    const size = x!.at(at)!;
    const first = random.pick(Array.from({ length: size }, (_, i) => i + 1).filter(d => size % d === 0));
    return { axis: at, sizes: [first, size / first] };
  },
  fromPytorch: [
    {
      signatures: [
        "Tensor.unflatten(self, dim, sizes)",
        "torch.unflatten(input, dim, sizes)",
        "nn.Unflatten(dim, sizes)",
      ],
      attrs: ({ dim, sizes }, { inputs: [shape] }) => {
        const at = axisOfDim(dim);
        const told = listed(sizes) as Shape;
        const open = told.indexOf(-1);
        const rest = shape!.at(axisOf("unflatten", "dim", shape!, at))! / -product(told);
        return { axis: at, sizes: open < 0 ? told : told.with(open, rest) };
      },
    },
  ],
  pytorch: ({ attrs }) => ({ expression: ([x]) => `${x}.unflatten(${dimOfAxis(attrs.axis)}, (${attrs.sizes},))` }),
});

type Rule<S extends Shape, A extends number, To extends Shape> =
  FirstWrong<[AxisNumber<"unflatten", "axis", A>, ListOfSizes<"unflatten", "sizes", To>]> extends infer W
    ? [W] extends [never]
      ? [Unranked<S>, Unranked<To>, Known<A>] extends [false, false, true]
        ? CutAt<"unflatten", "axis", S, A> extends infer Parts
          ? Parts extends [infer Before extends Shape, infer D extends number, infer After extends Shape]
            ? SameDim<D, Product<To>> extends true
              ? [...Before, ...Plain<To>, ...After]
              : Wrong<
                  "sizes",
                  `unflatten: ${D} elements cannot become ${Product<To>}, got axis ${A} of ${Show<S>} to ${Show<To>}; choose sizes with the same product`
                >
            : Parts
          : never
        : Shape
      : W
    : never;

export interface UnflattenLayer<A extends number, To extends Shape> extends Layer {
  readonly out: Rule<In<this>, A, To>;
}
export const Unflatten: <A extends number, const To extends Shape>(
  axis: At<Rule<Shape, A, To>, "axis", A>,
  sizes: At<Rule<Shape, A, To>, "sizes", To>,
) => UnflattenLayer<A, To> = layerOf(unflatten);

declare module "../op/tensor.js" {
  interface Operators {
    /** One axis as several, whose product is its size. */
    unflatten<S extends Shape, A extends number, const To extends Shape>(
      this: HasShape<S>,
      axis: At<Rule<S, A, To>, "axis", A>,
      sizes: At<Rule<S, A, To>, "sizes", To>,
    ): Tensor<Out<Rule<S, A, To>>>;
  }
}
