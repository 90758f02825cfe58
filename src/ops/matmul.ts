/** matmul: the matrix product over the last two axes; the axes before them are broadcast. */
import { attributes, op, summedTo, type Tensor, upFrom, upTo, type Value } from "../op/index.js";
import {
  type Broadcast,
  broadcast,
  type Check,
  type HasShape,
  type Out,
  product,
  type SameDim,
  type Shape,
  ShapeMismatch,
  type Show,
  show,
  type Unranked,
  type Wrong,
} from "../shape/index.js";

/** `[..., n, k]` and `[..., k, m]` to `[..., n, m]`; `undefined` where they do not fit. */
function productShape(a: Shape, b: Shape): Shape | undefined {
  const leading = broadcast(a.slice(0, -2), b.slice(0, -2));
  const fits = a.length >= 2 && a.length === b.length && a.at(-1) === b.at(-2);
  return fits && leading ? [...leading, a.at(-2)!, b.at(-1)!] : undefined;
}

export const matmul = op<object>({
  name: "matmul",
  attrs: attributes({}),
  args: () => ({}),
  arity: 2,
  shape: ([a, b]) => {
    const shape = productShape(a!, b!);
    if (shape) return shape;
    throw new ShapeMismatch(
      `matmul: shapes must be [..., n, k] and [..., k, m], got ${show(a!)} and ${show(b!)}; transpose or reshape one first`,
    );
  },
  weights: () => [],
  cost: ({ inputs: [a], output }) => ({
    macs: product(output) * a!.at(-1)!,
    autogradOps: 1,
    saved: 0,
    storage: "own",
  }),
  forward: (emit, { x }) => ({ y: emit.op("MatMul", x) }),
  // dA = dY Bᵀ and dB = Aᵀ dY, summed where a matrix served several.
  backward: (emit, { x: [a, b], dy, inputs: [shapeA, shapeB], output, needs }) => {
    const last = output.length;
    const perm = [...Array(last - 1).keys(), last, last - 1];
    const transposed = (value: Value): Value => emit.op("Transpose", [value], { perm });
    const summed = (value: Value, shape: Shape): Value =>
      summedTo(emit, value, [...output.slice(0, -2), ...shape.slice(-2)], shape);
    return {
      inputs: [
        needs[0] ? summed(emit.op("MatMul", [dy, transposed(b!)]), shapeA!) : undefined,
        needs[1] ? summed(emit.op("MatMul", [transposed(a!), dy]), shapeB!) : undefined,
      ],
    };
  },
  channels: ({ inputs: [a, b], output }) => {
    const [rows, inner] = [a!.at(-2)!, a!.at(-1)!];
    const [left, summed, right] = [upTo(rows), upFrom(rows, inner), upFrom(rows + inner, b!.at(-1)!)];
    const last = (shape: Shape, first: Int32Array, second: Int32Array) =>
      shape.map((_, axis) => (axis === shape.length - 2 ? first : axis === shape.length - 1 ? second : undefined));
    return { inputs: [last(a!, left, summed), last(b!, summed, right)], output: last(output, left, right) };
  },
  sample: (_, [a, b]) => (productShape(a!, b!) ? {} : undefined),
  fromOnnx: [
    {
      operators: ["MatMul"],
      batch: "leading",
      read: site => (site.tensor(0) && site.tensor(1) && site.rank(0) === site.rank(1) ? { attrs: {} } : undefined),
    },
  ],
  fromPytorch: [
    {
      signatures: [
        "Tensor.__matmul__(self, other)",
        ...["matmul", "bmm"].flatMap(name => [`torch.${name}(input, other)`, `Tensor.${name}(self, other)`]),
      ],
      attrs: () => ({}),
    },
  ],
  pytorch: () => ({ expression: ([a, b]) => `${a} @ ${b}` }),
});

type Rule<A extends Shape, B extends Shape> = true extends Unranked<A> | Unranked<B>
  ? Shape
  : [A, B] extends [
        readonly [...infer AL extends Shape, infer N extends number, infer K],
        readonly [...infer BL extends Shape, infer K2, infer M extends number],
      ]
    ? SameDim<K, K2> extends true
      ? Broadcast<AL, BL> extends infer L
        ? [L] extends [never]
          ? Refused<A, B>
          : L extends Shape
            ? [...L, N, M]
            : never
        : never
      : Refused<A, B>
    : Refused<A, B>;
type Refused<A extends Shape, B extends Shape> = Wrong<
  "other",
  `matmul: shapes must be [..., n, k] and [..., k, m], got ${Show<A>} and ${Show<B>}; transpose or reshape one first`
>;

declare module "../op/tensor.js" {
  interface Operators {
    /** Matrix product: `[..., n, k]` and `[..., k, m]` to `[..., n, m]`; leading sizes of 1 are repeated. */
    matmul<S extends Shape, B extends HasShape>(
      this: HasShape<S>,
      other: Check<Rule<S, B["shape"]>, B>,
    ): Tensor<Out<Rule<S, B["shape"]>>>;
  }
}
