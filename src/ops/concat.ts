/** concat: tensors one after another along the first axis, the channels. */
import { attributes, op, type Tensor } from "../op/index.js";
import {
  type Add,
  type Check,
  type HasShape,
  type Out,
  type SameShape,
  type Shape,
  ShapeMismatch,
  type Show,
  sameShape,
  show,
  type Unranked,
  type Wrong,
} from "../shape/index.js";

export const concat = op<object>({
  name: "concat",
  attrs: attributes({}),
  args: () => ({}),
  arity: { atLeast: 1 },
  shape: inputs => {
    const [first] = inputs as [readonly number[]];
    for (const shape of inputs) {
      if (shape.length === 0 || !sameShape(first.slice(1), shape.slice(1))) {
        throw new ShapeMismatch(
          `concat: shapes must be equal after the first axis, got ${show(first)} and ${show(shape)}; bring them to one size first`,
        );
      }
    }
    return [inputs.reduce((sum, shape) => sum + shape[0]!, 0), ...first.slice(1)];
  },
  weights: () => [],
  cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "own" }),
  forward: (emit, { x }) => ({ y: emit.op("Concat", x, { axis: 1 }) }),
  backward: (emit, { x, dy, inputs }) => ({
    inputs:
      x.length === 1 ? [dy] : emit.ops("Split", [dy, emit.ints(inputs.map(shape => shape[0]!))], x.length, { axis: 1 }),
  }),
  sample: (_, [first, ...rest]) =>
    first!.length > 0 && rest.every(shape => shape.length > 0 && sameShape(first!.slice(1), shape.slice(1)))
      ? {}
      : undefined,
  pytorch: () => ({ expression: inputs => `torch.cat([${inputs.join(", ")}], 1)` }),
});

/** `Sum` grows by the other's channels, unless the sizes after them differ from those of `First`. */
type Rule<First extends Shape, Sum extends Shape, B extends Shape> = true extends Unranked<Sum> | Unranked<B>
  ? Shape
  : [Sum, B] extends [readonly [infer X, ...infer Rest extends Shape], readonly [infer Y, ...infer BRest extends Shape]]
    ? SameShape<Rest, BRest> extends true
      ? [Add<X, Y>, ...Rest]
      : Refused<First, B>
    : First extends readonly []
      ? Refused<First, First>
      : Refused<First, B>;
type Refused<First extends Shape, B extends Shape> = Wrong<
  "other",
  `concat: shapes must be equal after the first axis, got ${Show<First>} and ${Show<B>}; bring them to one size first`
>;
type JoinAll<First extends Shape, Sum extends Shape, Others extends readonly HasShape[]> = Others extends readonly [
  infer B extends HasShape,
  ...infer Rest extends readonly HasShape[],
]
  ? Rule<First, Sum, B["shape"]> extends infer O
    ? O extends Shape
      ? JoinAll<First, O, Rest>
      : O
    : never
  : Others extends readonly []
    ? Sum
    : Shape;

declare module "../op/tensor.js" {
  interface Operators {
    /** One after another along the first axis: `[A, ...]` and `[B, ...]` to `[A + B, ...]`. */
    concat<S extends Shape, const Bs extends readonly HasShape[]>(
      this: HasShape<S>,
      ...others: { [I in keyof Bs]: Check<Rule<S, S, Bs[I]["shape"]>, Bs[I]> }
    ): Tensor<Out<JoinAll<S, S, Bs>>>;
  }
}
