/** softmax: exp(x) / sum(exp(x)) along an axis, the first unless told, which holds the classes or channels. */
import {
  attributes,
  axis,
  axisOfDim,
  dimOfAxis,
  type FromOnnx,
  type FromPyTorch,
  type In,
  type Layer,
  layerOf,
  none,
  op,
  sameButAlong,
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
  type Shape,
  type Unranked,
  type Wrong,
} from "../shape/index.js";

export interface SoftmaxAttrs {
  /** From 0; a negative one counts from the end. */
  readonly axis: number;
}

/** Behind the batch. */
const place = (shape: Shape, attrs: SoftmaxAttrs): number => axisOf("softmax", "axis", shape, attrs.axis) + 1;

/** PyTorch's module and functions along an axis; without `dim` it takes one by the number of axes. */
export const alongDim = (module: string, name: string): FromPyTorch => ({
  signatures: [
    `nn.${module}(dim=None)`,
    `F.${name}(input, dim=None)`,
    `torch.${name}(input, dim)`,
    `Tensor.${name}(self, dim)`,
  ],
  attrs: ({ dim }, { inputs: [shape] }) => ({ axis: axisOfDim(dim ?? (shape!.length === 2 ? 0 : 1)) }),
});

/** The operator along an axis; before version 13 over all axes from it on, which is the same where it is the last. */
export const alongAxis = (name: string): FromOnnx => ({
  operators: [name],
  batch: "anywhere",
  read: site => {
    const axis = site.int("axis", site.opset < 13 ? 1 : -1);
    const isLast = axis === -1 || axis === site.rank(0) - 1;
    return site.opset >= 13 || isLast ? { attrs: { axis: site.axis(axis) } } : undefined;
  },
});

export const softmax = op<SoftmaxAttrs>({
  name: "softmax",
  logarithm: "logSoftmax",
  attrs: attributes({ axis: axis("axis").default(0) }),
  args: (options?: Partial<SoftmaxAttrs>) => ({ ...options }),
  arity: 1,
  shape: ([x], attrs) => {
    place(x!, attrs);
    return x!;
  },
  weights: () => [],
  cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "own" }),
  forward: (emit, { x, inputs, attrs }) => ({
    y: emit.op("Softmax", [x[0]!], { axis: place(inputs[0]!, attrs) }),
  }),
  // dx = y * (dy - sum(dy * y))
  backward: (emit, { y, dy, inputs, attrs }) => {
    const total = emit.op("ReduceSum", [emit.op("Mul", [dy, y]), emit.ints([place(inputs[0]!, attrs)])]);
    return { inputs: [emit.op("Mul", [y, emit.op("Sub", [dy, total])])] };
  },
  channels: sameButAlong(({ inputs: [x], attrs }) => [place(x!, attrs) - 1]),
  sample: (random, [x]) => (x!.length === 0 ? undefined : { axis: random.int(-x!.length, x!.length - 1) }),
  fromOnnx: [alongAxis("Softmax")],
  fromPytorch: [alongDim("Softmax", "softmax")],
  spellings: {
    keras: ({ attrs, inputs: [x] }) => ({ expression: ([v]) => `ops.softmax(${v}, axis=${place(x!, attrs)})` }),
    flux: ({ attrs, inputs: [x] }) => ({
      expression: ([v]) => `softmax(${v}; dims=${x!.length - place(x!, attrs) + 1})`,
    }),
    grenade: ({ inputs: [x] }) => (x!.length === 1 ? { layer: "Softmax" } : none("its Softmax takes one axis")),
  },
  pytorch: ({ attrs }) => ({ module: `nn.Softmax(dim=${dimOfAxis(attrs.axis)})` }),
});

/** The shape itself where it has that axis. */
export type AlongAxis<Op extends string, S extends Shape, A extends number> =
  AxisNumber<Op, "axis", A> extends infer W
    ? [W] extends [never]
      ? S extends readonly []
        ? Wrong<"input", `${Op}: input needs at least one axis, got []; reshape it to [1]`>
        : Existing<Op, S, A>
      : W
    : never;
type Existing<Op extends string, S extends Shape, A extends number> = [Known<A>, Unranked<S>] extends [true, false]
  ? CutAt<Op, "axis", S, A> extends infer Parts
    ? [Parts] extends [readonly unknown[]]
      ? S
      : Parts
    : never
  : S;

export interface AlongAxisOptions<A> {
  /** Along which axis; the first unless told. A negative one counts from the end. */
  readonly axis?: A;
}
export interface AlongAxisLayer<Op extends string, A extends number> extends Layer {
  readonly out: AlongAxis<Op, In<this>, A>;
}
export type AlongAxisMaker<Op extends string> = <A extends number = 0>(
  options?: AlongAxisOptions<At<AlongAxis<Op, Shape, A>, "axis", A>>,
) => AlongAxisLayer<Op, A>;
export type AlongAxisMethod<Op extends string> = <S extends Shape, A extends number = 0>(
  this: At<AlongAxis<Op, S, A>, "input", HasShape<S>>,
  options?: AlongAxisOptions<At<AlongAxis<Op, S, A>, "axis", A>>,
) => Tensor<Out<AlongAxis<Op, S, A>>>;

export const Softmax: AlongAxisMaker<"softmax"> = layerOf(softmax);

declare module "../op/tensor.js" {
  interface Operators {
    /** Probabilities along an axis, the first unless told. */
    readonly softmax: AlongAxisMethod<"softmax">;
  }
}
