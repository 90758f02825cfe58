/** reshape: the same elements, row by row, in another shape (PyTorch's view). */
import {
  ArgumentError,
  attributes,
  axisOfDim,
  batchSize,
  type In,
  type Layer,
  type Literal,
  layerOf,
  listed,
  movedChannels,
  op,
  python,
  sizes,
  type Tensor,
} from "../op/index.js";
import {
  type At,
  axisOf,
  type HasShape,
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

import { flattening } from "./flatten.js";

export interface ReshapeAttrs {
  readonly shape: Shape;
}

/** PyTorch's sizes with the batch in front, one of them perhaps -1, as the shape of a sample of so many elements. */
function withoutBatch([batch, ...sizes]: readonly Literal[], elements: number): Shape {
  // Sizes that nobody knows, as `*in_shape`: what the layer behind it wants, all in one axis.
  if (batch === batchSize && sizes.length === 1 && typeof sizes[0] === "string") return [elements];
  const open = sizes.indexOf(-1);
  const others = product(sizes.filter(size => size !== -1) as number[]);
  const shape = open < 0 ? sizes : sizes.with(open, elements / others);
  // A batch of any size: named, or what is left over behind the sizes of a sample.
  if ((batch === batchSize || (batch === -1 && open < 0 && others === elements)) && !shape.includes(batchSize)) {
    return shape as Shape;
  }
  throw new ArgumentError(
    `view: the first size must be the batch, x.shape[0] or -1, and the others a sample's ${elements} elements, got ${python(batch === undefined ? [] : [batch, ...sizes])}; keep the batch in front`,
  );
}

/** What a view's sizes say of the input. */
function seenAs([, ...sizes]: readonly Literal[]): Shape | "later" | undefined {
  if (sizes.every(size => typeof size === "number" && size > 0)) return [product(sizes as number[])];
  return sizes.length === 1 && (sizes[0] === -1 || typeof sizes[0] === "string") ? "later" : undefined;
}

/** The axes from `first` to `last` as one. */
function joined(shape: Shape, first: number, last: number): Shape {
  const [from, to] = [axisOf("flatten", "start_dim", shape, first), axisOf("flatten", "end_dim", shape, last)];
  return replaced(shape, from, [product(shape.slice(from, to + 1))], to + 1 - from);
}

export const reshape = op<ReshapeAttrs>({
  name: "reshape",
  attrs: attributes({ shape: sizes("shape") }),
  args: (shape: unknown) => ({ shape }),
  arity: 1,
  shape: ([x], { shape }) => {
    if (product(x!) !== product(shape)) {
      throw new ShapeMismatch(
        `reshape: ${product(x!)} elements cannot become ${product(shape)}, got ${show(x!)} to ${show(shape)}; choose sizes with the same product`,
      );
    }
    return shape;
  },
  weights: () => [],
  cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "view" }),
  forward: (emit, { x, attrs }) => ({ y: emit.op("Reshape", [x[0]!, emit.ints([-1, ...attrs.shape])]) }),
  backward: (emit, { dy, inputs }) => ({ inputs: [emit.op("Reshape", [dy, emit.ints([-1, ...inputs[0]!])])] }),
  channels: movedChannels((_, next) => ({ shape: next.output })),
  sample: (random, [x], { output }) => {
    if (output) return product(output) === product(x!) ? { shape: output } : undefined;
    const size = product(x!);
    const first = random.pick(Array.from({ length: size }, (_, i) => i + 1).filter(d => size % d === 0));
    return { shape: [first, size / first] };
  },
  fromPytorch: [
    {
      signatures: ["Tensor.view(self, *shape)", "Tensor.reshape(self, *shape)", "torch.reshape(input, shape)"],
      attrs: ({ shape }, { inputs: [from] }) => ({ shape: withoutBatch(listed(shape), product(from!)) }),
      inputShape: ({ shape }) => seenAs(listed(shape)),
    },
    {
      signatures: flattening,
      attrs: ({ start_dim, end_dim }, { inputs: [from] }) => ({
        shape: joined(from!, axisOfDim(start_dim), axisOfDim(end_dim)),
      }),
    },
  ],
  spellings: {
    keras: ({ output }) => ({ expression: ([x]) => `ops.reshape(${x}, (${[-1, ...output].join(", ")}))` }),
    flux: ({ output }) => ({ expression: ([x]) => `reshape(${x}, ${[...[...output].reverse(), ":"].join(", ")})` }),
  },
  pytorch: ({ attrs }) => ({ expression: ([x]) => `${x}.reshape(${x}.shape[0], ${attrs.shape.join(", ")})` }),
});

type Rule<S extends Shape, To extends Shape> =
  ListOfSizes<"reshape", "shape", To> extends infer W
    ? [W] extends [never]
      ? Unranked<S> extends true
        ? Plain<To>
        : SameProduct<S, To, Product<S>, Product<To>>
      : W
    : never;
type SameProduct<S extends Shape, To extends Shape, A extends number, B extends number> =
  SameDim<A, B> extends true
    ? Plain<To>
    : Wrong<
        "shape",
        `reshape: ${A} elements cannot become ${B}, got ${Show<S>} to ${Show<To>}; choose sizes with the same product`
      >;

export interface ReshapeLayer<To extends Shape> extends Layer {
  readonly out: Rule<In<this>, To>;
}
export const Reshape: <const To extends Shape>(shape: At<Rule<Shape, To>, "shape", To>) => ReshapeLayer<To> =
  layerOf(reshape);

declare module "../op/tensor.js" {
  interface Operators {
    /** The same elements, row by row, in another shape. */
    reshape<S extends Shape, const To extends Shape>(
      this: HasShape<S>,
      shape: At<Rule<S, To>, "shape", To>,
    ): Tensor<Out<Rule<S, To>>>;
  }
}
