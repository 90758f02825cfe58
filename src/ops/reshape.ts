/** reshape: the same elements, row by row, in another shape (PyTorch's view). */
import { attributes, type In, type Layer, layerOf, op, sizes, type Tensor } from "../op/index.js";
import {
  type At,
  type HasShape,
  type ListOfSizes,
  type Out,
  type Plain,
  type Product,
  product,
  type SameDim,
  type Shape,
  ShapeMismatch,
  type Show,
  show,
  type Unranked,
  type Wrong,
} from "../shape/index.js";

export interface ReshapeAttrs {
  readonly shape: Shape;
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
  sample: (random, [x], { output }) => {
    if (output) return product(output) === product(x!) ? { shape: output } : undefined;
    const size = product(x!);
    const first = random.pick(Array.from({ length: size }, (_, i) => i + 1).filter(d => size % d === 0));
    return { shape: [first, size / first] };
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
