/** stack: tensors of one shape along a new axis, the first unless told. */
import { attributes, axis, axisOfDim, dimOfAxis, everyAxis, op, type Tensor } from "../op/index.js";
import {
  type At,
  axisOf,
  type HasShape,
  type Out,
  type PlaceAt,
  replaced,
  type SameShape,
  type Shape,
  ShapeMismatch,
  type Show,
  sameShape,
  show,
  type Wrong,
} from "../shape/index.js";
import type { AxisOf, Joined, Tells, Tensors, TensorsOf, Where } from "./join-types.js";

export interface StackAttrs {
  /** Where the new axis stands in the output. */
  readonly axis: number;
}

const place = (first: Shape, attrs: StackAttrs): number => axisOf("stack", "axis", first, attrs.axis, 0);

export const stack = op<StackAttrs>({
  name: "stack",
  attrs: attributes({ axis: axis("axis").default(0) }),
  args: (options?: object) => ({ ...options }),
  arity: { atLeast: 1 },
  shape: (inputs, attrs) => {
    const first = inputs[0]!;
    const at = place(first, attrs);
    const other = inputs.find(shape => !sameShape(first, shape));
    if (other) {
      throw new ShapeMismatch(
        `stack: shapes must be equal, got ${show(first)} and ${show(other)}; bring them to one shape first`,
      );
    }
    return replaced(first, at, [inputs.length], 0);
  },
  weights: () => [],
  cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "own" }),
  forward: (emit, { x, inputs: [first], attrs }) => {
    const at = place(first!, attrs) + 1;
    const thin = x.map(value => emit.op("Unsqueeze", [value, emit.ints([at])]));
    return { y: thin.length === 1 ? thin[0]! : emit.op("Concat", thin, { axis: at }) };
  },
  backward: (emit, { x, dy, inputs: [first], attrs }) => {
    const at = place(first!, attrs) + 1;
    const sizes = emit.ints(x.map(() => 1));
    const thin = x.length === 1 ? [dy] : emit.ops("Split", [dy, sizes], x.length, { axis: at });
    return { inputs: thin.map(value => emit.op("Squeeze", [value, emit.ints([at])])) };
  },
  channels: ({ inputs, attrs }) => {
    const labels = everyAxis(inputs[0]!);
    const at = place(inputs[0]!, attrs);
    return { inputs: inputs.map(() => labels), output: [...labels.slice(0, at), undefined, ...labels.slice(at)] };
  },
  sample: (random, [first, ...rest]) =>
    rest.every(shape => sameShape(first!, shape)) ? { axis: random.int(-first!.length - 1, first!.length) } : undefined,
  fromPytorch: [{ signatures: ["torch.stack(tensors, dim=0)"], attrs: ({ dim }) => ({ axis: axisOfDim(dim) }) }],
  pytorch: ({ attrs }) => ({
    expression: inputs => `torch.stack([${inputs.join(", ")}], ${dimOfAxis(attrs.axis)})`,
  }),
});

type WithPlace<S extends Shape, A extends number, Then> =
  Tells<"stack", S, A> extends infer T
    ? T extends true
      ? PlaceAt<"stack", S, A> extends infer Parts
        ? Parts extends Wrong<string, string>
          ? Parts
          : Then
        : never
      : T extends false
        ? Shape
        : T
    : never;
type Same<S extends Shape, J> =
  J extends HasShape<infer B>
    ? SameShape<S, B> extends true
      ? Shape
      : Wrong<"other", `stack: shapes must be equal, got ${Show<S>} and ${Show<B>}; bring them to one shape first`>
    : Shape;
type AllSame<S extends Shape, Others extends readonly Shape[], Then> = Others extends readonly [
  infer B extends Shape,
  ...infer Rest extends readonly Shape[],
]
  ? Same<S, HasShape<B>> extends infer O
    ? O extends Shape
      ? AllSame<S, Rest, Then>
      : O
    : never
  : Then;
type Rule<S extends Shape, Js extends readonly unknown[]> = WithPlace<
  S,
  AxisOf<Js>,
  PlaceAt<"stack", S, AxisOf<Js>> extends readonly [infer Before extends Shape, infer After extends Shape]
    ? [...Before, [S, ...TensorsOf<Js>]["length"], ...After]
    : Shape
>;

declare module "../op/tensor.js" {
  interface Operators {
    /** Tensors of one shape along a new axis: the first, or the one that stands at `{ axis }` of the result. */
    stack<S extends Shape, const Js extends Joined>(
      this: HasShape<S>,
      ...others: { [I in keyof Js]: At<WithPlace<S, AxisOf<Js>, Same<S, Js[I]>>, Where<Js[I]>, Js[I]> }
    ): Tensor<Out<Rule<S, Js>>>;
  }
  interface MergesAlong<First extends Shape, Others extends readonly Shape[], A extends number> {
    readonly stack: WithPlace<First, A, AllSame<First, Others, Rule<First, [...Tensors<Others>, { axis: A }]>>>;
  }
}
