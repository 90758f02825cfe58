/** concat: tensors one after another along one axis, the first unless told. */
import { attributes, axis, axisOfDim, type Call, dimOfAxis, joinedChannels, op, type Tensor } from "../op/index.js";
import {
  type Add,
  type At,
  axisOf,
  type Cut,
  type CutAt,
  type HasShape,
  type Out,
  replaced,
  type SameShape,
  type Shape,
  ShapeMismatch,
  type Show,
  sameShape,
  show,
  type Unranked,
  type Wrong,
} from "../shape/index.js";
import type { AxisOf, Joined, Tells, Tensors, TensorsOf, Where } from "./join-types.js";

export interface ConcatAttrs {
  readonly axis: number;
}

/** The shape without regard to its size along an axis. */
const around = (shape: Shape, at: number): Shape => replaced(shape, at, [0]);

const fits = (first: Shape, other: Shape, at: number): boolean =>
  first.length === other.length && sameShape(around(first, at), around(other, at));

const axisOfBatch = ({ inputs: [first], attrs, batchLast }: Call<ConcatAttrs>): number =>
  axisOf("concat", "axis", first!, attrs.axis) + (batchLast ? 0 : 1);

export const concat = op<ConcatAttrs>({
  name: "concat",
  attrs: attributes({ axis: axis("axis").default(0) }),
  args: (options?: object) => ({ ...options }),
  arity: { atLeast: 1 },
  shape: (inputs, attrs) => {
    const first = inputs[0]!;
    const at = axisOf("concat", "axis", first, attrs.axis);
    const other = inputs.find(shape => !fits(first, shape, at));
    if (other) {
      throw new ShapeMismatch(
        `concat: shapes must be equal but for axis ${attrs.axis}, got ${show(first)} and ${show(other)}; bring them to one size first`,
      );
    }
    return replaced(first, at, [inputs.reduce((sum, shape) => sum + shape[at]!, 0)]);
  },
  weights: () => [],
  cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "own" }),
  batchLast: () => "takes",
  forward: (emit, call) => ({ y: emit.op("Concat", call.x, { axis: axisOfBatch(call) }) }),
  backward: (emit, call) => {
    const { x, dy, inputs, attrs } = call;
    if (x.length === 1) return { inputs: [dy] };
    const at = axisOf("concat", "axis", inputs[0]!, attrs.axis);
    const sizes = emit.ints(inputs.map(shape => shape[at]!));
    return { inputs: emit.ops("Split", [dy, sizes], x.length, { axis: axisOfBatch(call) }) };
  },
  channels: joinedChannels(({ inputs: [first], attrs }) => axisOf("concat", "axis", first!, attrs.axis)),
  sample: (random, [first, ...rest]) => {
    const possible = first!.flatMap((_, at) => (rest.every(shape => fits(first!, shape, at)) ? [at] : []));
    return possible.length === 0 ? undefined : { axis: random.pick(possible) };
  },
  fromOnnx: [
    {
      operators: ["Concat"],
      batch: "anywhere",
      read: site => {
        const isKnown = site.tensor(0) !== undefined && site.constant(1) === undefined;
        return isKnown ? { attrs: { axis: site.axis(site.int("axis", 1)) } } : undefined;
      },
    },
  ],
  fromPytorch: [
    {
      signatures: ["cat", "concat", "concatenate"].map(name => `torch.${name}(tensors, dim=0)`),
      attrs: ({ dim }) => ({ axis: axisOfDim(dim) }),
    },
    { signatures: ["torch.hstack(tensors)"], attrs: () => ({ axis: 0 }) },
  ],
  spellings: {
    keras: ({ attrs, inputs: [x] }) => ({
      expression: inputs =>
        `ops.concatenate([${inputs.join(", ")}], axis=${axisOf("concat", "axis", x!, attrs.axis) + 1})`,
    }),
    flux: ({ attrs, inputs: [x] }) => ({
      expression: inputs => `cat(${inputs.join(", ")}; dims=${x!.length - axisOf("concat", "axis", x!, attrs.axis)})`,
    }),
  },
  pytorch: ({ attrs }) => ({
    expression: inputs => `torch.cat([${inputs.join(", ")}], ${dimOfAxis(attrs.axis)})`,
  }),
});

/** `Sum` grows by the size of the other, unless their shapes differ elsewhere. */
type Grown<First extends Shape, Sum extends Shape, B extends Shape, A extends number> =
  true extends Unranked<B>
    ? Shape
    : B["length"] extends Sum["length"]
      ? [Cut<Sum, A>, Cut<B, A>] extends [
          readonly [infer Before extends Shape, infer D, infer After extends Shape],
          readonly [infer Before2 extends Shape, infer D2, infer After2 extends Shape],
        ]
        ? [SameShape<Before, Before2>, SameShape<After, After2>] extends [true, true]
          ? [...Before, Add<D, D2>, ...After]
          : Refused<First, B, A>
        : never
      : Refused<First, B, A>;
type Refused<First extends Shape, B extends Shape, A extends number> = Wrong<
  "other",
  `concat: shapes must be equal but for axis ${A}, got ${Show<First>} and ${Show<B>}; bring them to one size first`
>;
type All<
  First extends Shape,
  Sum extends Shape,
  Others extends readonly unknown[],
  A extends number,
> = Others extends readonly [HasShape<infer B>, ...infer Rest]
  ? Grown<First, Sum, B, A> extends infer O
    ? O extends Shape
      ? true extends Unranked<O>
        ? Shape
        : All<First, O, Rest, A>
      : O
    : never
  : Others extends readonly []
    ? Sum
    : Shape;

/** The refusal of an axis; else what a tensor makes of it. */
type WithAxis<S extends Shape, A extends number, Then> =
  Tells<"concat", S, A> extends infer T
    ? T extends true
      ? CutAt<"concat", "axis", S, A, "other"> extends infer Parts
        ? Parts extends Wrong<string, string>
          ? Parts
          : Then
        : never
      : T extends false
        ? Shape
        : T
    : never;
type Rule<S extends Shape, Js extends readonly unknown[]> = WithAxis<
  S,
  AxisOf<Js>,
  All<S, S, TensorsOf<Js>, AxisOf<Js>>
>;
/** What a tensor, or the options, may be refused for. */
type Argument<S extends Shape, Js extends readonly unknown[], J> =
  J extends HasShape<infer B> ? WithAxis<S, AxisOf<Js>, Grown<S, S, B, AxisOf<Js>>> : WithAxis<S, AxisOf<Js>, Shape>;

declare module "../op/tensor.js" {
  interface Operators {
    /** One after another along the first axis, `[A, ...]` and `[B, ...]` to `[A + B, ...]`, or along `{ axis }`. */
    concat<S extends Shape, const Js extends Joined>(
      this: HasShape<S>,
      ...others: { [I in keyof Js]: At<Argument<S, Js, Js[I]>, Where<Js[I]>, Js[I]> }
    ): Tensor<Out<Rule<S, Js>>>;
  }
  interface MergesAlong<First extends Shape, Others extends readonly Shape[], A extends number> {
    readonly concat: WithAxis<First, A, All<First, First, Tensors<Others>, A>>;
  }
}
