/** globalAvgPool and globalMaxPool: the mean or the largest element of every channel, over all axes behind it. */
import {
  attributes,
  axes,
  axisOfDim,
  type Emit,
  type In,
  type Layer,
  layerOf,
  listed,
  type Op,
  op,
  reshape,
  sameFirstAxis,
  type Tensor,
  type Value,
} from "../op/index.js";
import {
  type At,
  type HasShape,
  type Out,
  product,
  type Shape,
  ShapeMismatch,
  type Unranked,
  type Wrong,
} from "../shape/index.js";

/** [N, C, positions]. */
const rows = (emit: Emit, x: Value, shape: Shape): Value => reshape(emit, x, [-1, shape[0]!, product(shape.slice(1))]);

const globalPool = (
  record: Pick<Op<object>, "name" | "forward" | "backward"> & { readonly pytorch: string; readonly onnx: string },
): Op<object> =>
  op<object>({
    ...record,
    attrs: attributes({}),
    args: () => ({}),
    arity: 1,
    shape: ([x]) => {
      if (x!.length === 0)
        throw new ShapeMismatch(`${record.name}: input needs at least one axis, got []; reshape it to [1]`);
      return [x![0]!];
    },
    weights: () => [],
    cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "own" }),
    channels: sameFirstAxis,
    sample: (_, [x]) => (x!.length === 0 ? undefined : {}),
    pytorch: ({ inputs: [x] }) => {
      const dims = axes(2, x!.length - 1).join(", ");
      // A vector has nothing behind its channels: a mean over one element.
      if (x!.length === 1) return { expression: ([value]) => `torch.${record.pytorch}(${value}.unsqueeze(2), 2)` };
      return { expression: ([value]) => `torch.${record.pytorch}(${value}, ${x!.length === 2 ? 2 : `(${dims})`})` };
    },
    fromOnnx: [
      {
        pattern: [`g = ${record.onnx}(x)`, "y = Flatten(g)"],
        read: site => (site.int("axis", 1, "y") === 1 ? { attrs: {}, inputs: ["x"], batch: 0 } : undefined),
      },
    ],
    fromPytorch: [
      {
        signatures: [`torch.${record.pytorch}(input, dim=None, keepdim=False)`],
        attrs: ({ dim, keepdim }, { inputs: [shape] }) => {
          const named = listed(dim).map(axisOfDim).sort();
          const all = named.length === shape!.length - 1 && named.every((axis, i) => axis === i + 1);
          return all && keepdim === false ? {} : undefined;
        },
      },
    ],
  });

export const globalAvgPool = globalPool({
  name: "globalAvgPool",
  forward: (emit, { x, inputs }) => ({
    y: emit.op("ReduceMean", [rows(emit, x[0]!, inputs[0]!), emit.ints([2])], { keepdims: 0 }),
  }),
  backward: (emit, { dy, inputs: [shape] }) => {
    const [channels, ...spatial] = shape as [number, ...number[]];
    const share = emit.op("Div", [dy, emit.float(product(spatial))]);
    const spread = emit.op("Expand", [reshape(emit, share, [-1, channels, 1]), emit.ints([1, 1, product(spatial)])]);
    return { inputs: [reshape(emit, spread, [-1, ...shape!])] };
  },
  pytorch: "mean",
  onnx: "GlobalAveragePool",
});

export const globalMaxPool = globalPool({
  name: "globalMaxPool",
  forward: (emit, { x, inputs }) => ({
    y: emit.op("ReduceMax", [rows(emit, x[0]!, inputs[0]!), emit.ints([2])], { keepdims: 0 }),
  }),
  // The first of equals gets the gradient.
  backward: (emit, { x, dy, inputs: [shape] }) => {
    const all = rows(emit, x[0]!, shape!);
    const winners = emit.op("ArgMax", [all], { axis: 2, keepdims: 1 });
    const zeros = emit.op("ConstantOfShape", [emit.op("Shape", [all])]);
    const dx = emit.op("ScatterElements", [zeros, winners, reshape(emit, dy, [-1, shape![0]!, 1])], { axis: 2 });
    return { inputs: [reshape(emit, dx, [-1, ...shape!])] };
  },
  pytorch: "amax",
  onnx: "GlobalMaxPool",
});

type Rule<Name extends string, S extends Shape> =
  Unranked<S> extends true
    ? [number]
    : S extends readonly [infer C extends number, ...Shape]
      ? [C]
      : Wrong<"input", `${Name}: input needs at least one axis, got []; reshape it to [1]`>;
export interface GlobalPoolLayer<Name extends string> extends Layer {
  readonly out: Rule<Name, In<this>>;
}
type GlobalPoolMethod<Name extends string> = <S extends Shape>(
  this: At<Rule<Name, S>, "input", HasShape<S>>,
) => Tensor<Out<Rule<Name, S>>>;

export const GlobalAvgPool: () => GlobalPoolLayer<"globalAvgPool"> = layerOf(globalAvgPool);
export const GlobalMaxPool: () => GlobalPoolLayer<"globalMaxPool"> = layerOf(globalMaxPool);

declare module "../op/tensor.js" {
  interface Operators {
    /** Mean of every channel: `[C, ...]` to `[C]`. */
    readonly globalAvgPool: GlobalPoolMethod<"globalAvgPool">;
    /** Largest element of every channel: `[C, ...]` to `[C]`. */
    readonly globalMaxPool: GlobalPoolMethod<"globalMaxPool">;
  }
}
