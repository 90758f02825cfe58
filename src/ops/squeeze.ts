/** squeeze: an axis of size 1 removed; unsqueeze: a new axis of size 1. */
import {
  attributes,
  axis,
  axisOfDim,
  dimOfAxis,
  type In,
  type Layer,
  layerOf,
  movedChannels,
  type Op,
  op,
  type Tensor,
} from "../op/index.js";
import {
  type At,
  type AxisNumber,
  axisOf,
  type CutAt,
  type HasShape,
  type Known,
  type Out,
  type PlaceAt,
  replaced,
  type Shape,
  ShapeMismatch,
  type Show,
  show,
  type Unranked,
  type Wrong,
} from "../shape/index.js";

export interface AxisAttrs {
  readonly axis: number;
}

/** What both share: the elements stay as they are. */
const sameElements = (
  record: Pick<Op<AxisAttrs>, "name" | "shape" | "sample"> & { readonly newAxes: 0 | 1 },
): Op<AxisAttrs> =>
  op<AxisAttrs>({
    name: record.name,
    attrs: attributes({ axis: axis("axis") }),
    args: (place: unknown) => ({ axis: place }),
    arity: 1,
    shape: record.shape,
    weights: () => [],
    cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "view" }),
    forward: (emit, { x, output }) => ({ y: emit.op("Reshape", [x[0]!, emit.ints([-1, ...output])]) }),
    backward: (emit, { dy, inputs: [shape] }) => ({ inputs: [emit.op("Reshape", [dy, emit.ints([-1, ...shape!])])] }),
    channels: movedChannels(),
    sample: record.sample,
    pytorch: ({ attrs }) => ({ expression: ([x]) => `${x}.${record.name}(${dimOfAxis(attrs.axis)})` }),
    // PyTorch squeezes no axis of another size than 1, and says nothing.
    fromPytorch: [
      {
        signatures: [`torch.${record.name}(input, dim)`, `Tensor.${record.name}(self, dim)`],
        batch: "anywhere",
        attrs: ({ dim }, { inputs: [shape] }) => {
          const place = axisOfDim(dim);
          const size = shape![axisOf(record.name, "dim", shape!, place, 1 - record.newAxes)];
          return record.newAxes === 0 && size !== 1 ? "input" : { axis: place };
        },
      },
    ],
  });

export const squeeze = sameElements({
  name: "squeeze",
  newAxes: 0,
  shape: ([x], attrs) => {
    const at = axisOf("squeeze", "axis", x!, attrs.axis);
    if (x![at] === 1) return replaced(x!, at, []);
    throw new ShapeMismatch(
      `squeeze: only an axis of size 1 can go, got axis ${attrs.axis} of ${show(x!)}; choose another, or reshape`,
    );
  },
  sample: (random, [x]) => {
    const ones = x!.flatMap((dim, i) => (dim === 1 ? [i, i - x!.length] : []));
    return ones.length === 0 ? undefined : { axis: random.pick(ones) };
  },
});

export const unsqueeze = sameElements({
  name: "unsqueeze",
  newAxes: 1,
  shape: ([x], attrs) => replaced(x!, axisOf("unsqueeze", "axis", x!, attrs.axis, 0), [1], 0),
  sample: (random, [x]) => ({ axis: random.int(-x!.length - 1, x!.length) }),
});

type SqueezeRule<S extends Shape, A extends number> =
  AxisNumber<"squeeze", "axis", A> extends infer W
    ? [W] extends [never]
      ? [Unranked<S>, Known<A>] extends [false, true]
        ? CutAt<"squeeze", "axis", S, A> extends infer Parts
          ? Parts extends [infer Before extends Shape, infer D extends number, infer After extends Shape]
            ? number extends D
              ? [...Before, ...After]
              : D extends 1
                ? [...Before, ...After]
                : Wrong<
                    "axis",
                    `squeeze: only an axis of size 1 can go, got axis ${A} of ${Show<S>}; choose another, or reshape`
                  >
            : Parts
          : never
        : Shape
      : W
    : never;
type UnsqueezeRule<S extends Shape, A extends number> =
  AxisNumber<"unsqueeze", "axis", A> extends infer W
    ? [W] extends [never]
      ? [Unranked<S>, Known<A>] extends [false, true]
        ? PlaceAt<"unsqueeze", S, A> extends infer Parts
          ? Parts extends [infer Before extends Shape, infer After extends Shape]
            ? [...Before, 1, ...After]
            : Parts
          : never
        : Shape
      : W
    : never;

export interface SqueezeLayer<A extends number> extends Layer {
  readonly out: SqueezeRule<In<this>, A>;
}
export interface UnsqueezeLayer<A extends number> extends Layer {
  readonly out: UnsqueezeRule<In<this>, A>;
}
export const Squeeze: <A extends number>(axis: At<SqueezeRule<Shape, A>, "axis", A>) => SqueezeLayer<A> =
  layerOf(squeeze);
export const Unsqueeze: <A extends number>(axis: At<UnsqueezeRule<Shape, A>, "axis", A>) => UnsqueezeLayer<A> =
  layerOf(unsqueeze);

declare module "../op/tensor.js" {
  interface Operators {
    /** Without an axis of size 1. */
    squeeze<S extends Shape, A extends number>(
      this: HasShape<S>,
      axis: At<SqueezeRule<S, A>, "axis", A>,
    ): Tensor<Out<SqueezeRule<S, A>>>;
    /** With a new axis of size 1, which stands at `axis` of the result. */
    unsqueeze<S extends Shape, A extends number>(
      this: HasShape<S>,
      axis: At<UnsqueezeRule<S, A>, "axis", A>,
    ): Tensor<Out<UnsqueezeRule<S, A>>>;
  }
}
