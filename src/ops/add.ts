/** add: the sum of tensors of one shape; nothing is broadcast. */
import { attributes, flag, infix, op, sameChannels, type Tensor, withLearned } from "../op/index.js";
import {
  type Check,
  type HasShape,
  type SameShape,
  type Shape,
  ShapeMismatch,
  type Show,
  sameShape,
  show,
  type Wrong,
} from "../shape/index.js";

export interface AddAttrs {
  /** Write the sum over the first input, as PyTorch's `+=`: the memory figures count no map of its own. */
  readonly inPlace: boolean;
}

export const add = op<AddAttrs>({
  name: "add",
  attrs: attributes({ inPlace: flag("inPlace").default(false) }),
  args: (options?: Partial<AddAttrs>) => ({ ...options }),
  arity: { atLeast: 2 },
  shape: ([first, ...rest]) => {
    const other = rest.find(shape => !sameShape(first!, shape));
    if (other) {
      throw new ShapeMismatch(
        `add: shapes must be equal, got ${show(first!)} and ${show(other)}; bring them to one shape first`,
      );
    }
    return first!;
  },
  weights: () => [],
  cost: ({ attrs, inputs }) => ({
    macs: 0,
    autogradOps: inputs.length - 1,
    saved: 0,
    storage: attrs.inPlace ? "inPlace" : "own",
  }),
  batchLast: () => "takes",
  forward: (emit, { x }) => ({ y: emit.op(x.length === 2 ? "Add" : "Sum", x) }),
  backward: (_, { x, dy }) => ({ inputs: x.map(() => dy) }),
  channels: sameChannels,
  sample: (_, [first, ...rest]) => (rest.every(shape => sameShape(first!, shape)) ? { inPlace: false } : undefined),
  fromOnnx: [
    {
      operators: ["Add", "Sum"],
      batch: "anywhere",
      read: site => {
        const places = Array.from({ length: site.inputs }, (_, i) => i);
        if (places.some(place => site.tensor(place) === undefined)) return undefined;
        return site.inputs === 1 ? "input" : { attrs: {} };
      },
    },
    // As the places that are added to what transformers read.
    { operators: ["Add"], read: withLearned },
  ],
  fromPytorch: [
    {
      signatures: [
        "Tensor.__add__(self, other)",
        "torch.add(input, other, alpha=1)",
        "Tensor.add(self, other, alpha=1)",
      ],
      attrs: (_, { inputs }) => (inputs.length === 2 ? {} : undefined),
    },
    {
      signatures: ["Tensor.__iadd__(self, other)", "Tensor.add_(self, other, alpha=1)"],
      attrs: (_, { inputs }) => (inputs.length === 2 ? { inPlace: true } : undefined),
    },
    { signatures: ["sum(iterable)"], attrs: (_, { inputs }) => (inputs.length > 1 ? {} : "input") },
  ],
  spellings: infix("+", ".+"),
  pytorch: ({ attrs }) => ({
    expression: inputs => {
      if (attrs.inPlace) return `${inputs[0]}.add_(${inputs.slice(1).join(" + ")})`;
      return inputs.length === 2 ? inputs.join(" + ") : `sum([${inputs.join(", ")}])`;
    },
  }),
});

/** The sum's shape, or the refusal. */
export type AddRule<A extends Shape, B extends Shape> =
  SameShape<A, B> extends true
    ? A
    : Wrong<"other", `add: shapes must be equal, got ${Show<A>} and ${Show<B>}; bring them to one shape first`>;
type AddAll<First extends Shape, Others extends readonly Shape[]> = Others extends readonly [
  infer B extends Shape,
  ...infer Rest extends readonly Shape[],
]
  ? AddRule<First, B> extends infer S
    ? S extends Shape
      ? AddAll<First, Rest>
      : S
    : never
  : First;

declare module "../op/tensor.js" {
  interface Operators {
    /** The sum with tensors of the same shape. */
    add<S extends Shape, B extends HasShape, const Bs extends readonly HasShape[]>(
      this: HasShape<S>,
      other: Check<AddRule<S, B["shape"]>, B>,
      ...others: { [I in keyof Bs]: Check<AddRule<S, Bs[I]["shape"]>, Bs[I]> }
    ): Tensor<S>;
  }
  interface Merges<First extends Shape, Others extends readonly Shape[]> {
    readonly add: AddAll<First, Others>;
  }
}
