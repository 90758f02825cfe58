/**
 * mean, sum, max and min over axes: one, several or all. The batch is never reduced. Where the largest or smallest
 * element comes more than once, each of them gets an equal share of the gradient, as amax of PyTorch 1.13 distributes it.
 */
import {
  attributes,
  axisList,
  axisOfDim,
  dimOfAxis,
  type Emit,
  everyAxis,
  type FromOnnx,
  type FromPyTorch,
  flag,
  layerOf,
  listed,
  listOf,
  type OnnxMeaning,
  type OnnxSite,
  type Op,
  op,
  tuple,
  type Value,
} from "../op/index.js";
import { axesOf, product, type Shape } from "../shape/index.js";
import type { ReduceMaker, ReduceMethod } from "./reduce-types.js";

export interface ReduceAttrs {
  /** All unless told. */
  readonly axes?: readonly number[] | undefined;
  readonly keepDims: boolean;
}

interface Reduction {
  readonly name: string;
  /** The operator of ONNX, and the one that keeps batch and channels. */
  readonly onnx: string;
  readonly global?: string;
  /** Other operators of ONNX that are it with something before and behind. */
  readonly derived?: readonly (readonly [string, (reduction: OnnxMeaning) => OnnxMeaning])[];
  /** Name of the method in PyTorch. */
  readonly pytorch: string;
  /** Name of the one that says the place of the winner, too. */
  readonly winner?: string;
  /** In Flux, from Julia's function, the array, its axes, and how many elements become one. */
  readonly flux: (x: string, dims: string, count: number) => string;
  /** Gradient of the input; `y` and `dy` have an axis of size 1 for each that was reduced, `count` is how many one became of. */
  readonly backward: (
    emit: Emit,
    values: { x: Value; y: Value; dy: Value; like: (value: Value) => Value; count: number; over: Value },
  ) => Value;
}

/** Axes from the front. */
const gone = (name: string, shape: Shape, { axes }: ReduceAttrs): number[] =>
  axes === undefined ? shape.map((_, axis) => axis) : axesOf(name, "axes", shape, axes);

/** The shape with an axis of size 1 for each that is reduced. */
const thin = (shape: Shape, reduced: readonly number[]): Shape =>
  shape.map((dim, axis) => (reduced.includes(axis) ? 1 : dim));

/** The reduction that a node is; "input" where it does nothing. */
function overAxes(site: OnnxSite): OnnxMeaning | "input" | undefined {
  const axes = listOf(site.constant(1)) ?? site.ints("axes") ?? [];
  if (site.tensor(1)) return undefined;
  if (axes.length === 0 && site.int("noop_with_empty_axes", 0) === 1) return "input";
  const all = axes.length > 0 ? axes : site.tensor(0)!.map((_, axis) => axis - site.rank(0));
  if (axes.length === 0 && all.length < site.rank(0)) return undefined;
  const keepDims = site.int("keepdims", 1) === 1;
  return { attrs: { axes: all.map(axis => site.axis(axis)), keepDims }, ...(keepDims ? {} : { gone: all }) };
}

/** Everything behind the channels. */
const overSpace = (site: OnnxSite): OnnxMeaning => ({
  attrs: {
    axes: site
      .tensor(0)!
      .slice(1)
      .map((_, i) => i + 1),
    keepDims: true,
  },
});

/** `x.max(1)`, which gives a tuple, of which the second tells places. */
const winning = (name: string): FromPyTorch => ({
  signatures: [`torch.${name}(input, dim, keepdim=False)`, `Tensor.${name}(self, dim, keepdim=False)`],
  tuple: true,
  attrs: ({ dim, keepdim }) => (typeof dim === "number" ? { axes: [axisOfDim(dim)], keepDims: keepdim } : undefined),
});

function reduction({ name, onnx, global, derived = [], pytorch, winner, flux, backward }: Reduction): Op<ReduceAttrs> {
  return op<ReduceAttrs>({
    name,
    attrs: attributes({ axes: axisList("axes").optional(), keepDims: flag("keepDims").default(false) }),
    args: (axes?: unknown, options?: object) => ({ ...(axes === undefined ? {} : { axes }), ...options }),
    arity: 1,
    shape: ([x], attrs) => {
      const reduced = gone(name, x!, attrs);
      return attrs.keepDims ? thin(x!, reduced) : x!.filter((_, axis) => !reduced.includes(axis));
    },
    weights: () => [],
    cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "own" }),
    forward: (emit, { x, inputs: [shape], attrs }) => {
      const reduced = gone(name, shape!, attrs);
      // A number for each sample has no axis that could be reduced.
      if (reduced.length === 0) return { y: x[0]! };
      const over = emit.ints(reduced.map(axis => axis + 1));
      return { y: emit.op(onnx, [x[0]!, over], { keepdims: attrs.keepDims ? 1 : 0 }) };
    },
    backward: (emit, { x, y, dy, inputs: [shape], attrs }) => {
      const reduced = gone(name, shape!, attrs);
      if (reduced.length === 0) return { inputs: [dy] };
      const kept = emit.ints([-1, ...thin(shape!, reduced)]);
      const thinned = (value: Value): Value => (attrs.keepDims ? value : emit.op("Reshape", [value, kept]));
      const dx = backward(emit, {
        x: x[0]!,
        y: thinned(y),
        dy: thinned(dy),
        like: value => emit.op("Expand", [value, emit.op("Shape", [x[0]!])]),
        count: product(reduced.map(axis => shape![axis]!)),
        over: emit.ints(reduced.map(axis => axis + 1)),
      });
      return { inputs: [dx] };
    },
    channels: ({ inputs: [x], output, attrs }) => {
      const reduced = gone(name, x!, attrs);
      const labels = everyAxis(x!);
      const left = labels.map((one, axis) => (reduced.includes(axis) ? undefined : one));
      return {
        inputs: [left],
        output: output.length === x!.length ? left : left.filter((_, axis) => !reduced.includes(axis)),
      };
    },
    sample: (random, [x]) => {
      const axes = x!.map((_, axis) => axis).filter(() => random.chance());
      const keepDims = random.chance();
      return axes.length === 0 ? { keepDims } : { axes, keepDims };
    },
    spellings: {
      keras: ({ inputs: [shape], attrs }) => {
        const axes = gone(name, shape!, attrs).map(axis => axis + 1);
        const kept = attrs.keepDims ? ", keepdims=True" : "";
        return { expression: ([x]) => (axes.length === 0 ? x! : `ops.${name}(${x}, axis=${tuple(axes)}${kept})`) };
      },
      // Axes stand from the last to the first and are counted from 1.
      flux: ({ inputs: [shape], attrs }) => {
        const reduced = gone(name, shape!, attrs);
        const dims = tuple(reduced.map(axis => shape!.length - axis).sort((a, b) => a - b));
        const made = (x: string) => flux(x, `dims=${dims}`, product(reduced.map(axis => shape![axis]!)));
        if (reduced.length === 0) return { expression: ([x]) => x! };
        return { expression: ([x]) => (attrs.keepDims ? made(x!) : `dropdims(${made(x!)}; dims=${dims})`) };
      },
    },
    // The method names the axes, the function takes all: so each is read as what it was.
    pytorch: ({ inputs: [shape], attrs: { axes, keepDims } }) => {
      const dims = axes?.map(dimOfAxis) ?? shape!.map((_, axis) => axis + 1);
      const args = `${dims.length === 1 ? dims[0] : `(${dims.join(", ")})`}${keepDims ? ", keepdim=True" : ""}`;
      if (dims.length === 0) return { expression: ([x]) => x! };
      return { expression: ([x]) => (axes ? `${x}.${pytorch}(${args})` : `torch.${pytorch}(${x}, ${args})`) };
    },
    fromOnnx: [
      { operators: [onnx], batch: "anywhere", read: overAxes },
      ...derived.map(
        ([operator, around]): FromOnnx => ({
          operators: [operator],
          batch: "anywhere",
          read: site => {
            const meaning = overAxes(site);
            return typeof meaning === "object" ? around(meaning) : undefined;
          },
        }),
      ),
      ...(global === undefined ? [] : [{ operators: [global], read: overSpace }]),
    ],
    fromPytorch: [
      ...(winner === undefined ? [] : [winning(winner)]),
      {
        signatures: [`Tensor.${pytorch}(self, dim=None, keepdim=False)`],
        attrs: ({ dim, keepdim }) => ({ axes: listed(dim).map(axisOfDim), keepDims: keepdim }),
      },
      {
        signatures: [`torch.${pytorch}(input, dim=None, keepdim=False)`],
        attrs: ({ dim, keepdim }, { inputs: [shape] }) => {
          const axes = listed(dim).map(axisOfDim);
          return { ...(axes.length === shape!.length ? {} : { axes }), keepDims: keepdim };
        },
      },
    ],
  });
}

const power = (exponent: number): OnnxMeaning => ({ op: "power", attrs: { exponent } });

export const sum = reduction({
  name: "sum",
  onnx: "ReduceSum",
  derived: [
    ["ReduceSumSquare", reduction => ({ ...power(2), next: reduction })],
    ["ReduceL2", reduction => ({ ...power(2), next: { ...reduction, next: power(0.5) } })],
  ],
  pytorch: "sum",
  flux: (x, dims) => `sum(${x}; ${dims})`,
  backward: (_, { dy, like }) => like(dy),
});

export const mean = reduction({
  name: "mean",
  onnx: "ReduceMean",
  global: "GlobalAveragePool",
  pytorch: "mean",
  flux: (x, dims, count) => `sum(${x}; ${dims}) ./ ${count}f0`,
  backward: (emit, { dy, like, count }) => like(emit.op("Mul", [dy, emit.float(1 / count)])),
});

/** To the elements that won. */
const shared: Reduction["backward"] = (emit, { x, y, dy, over }) => {
  const won = emit.op("Cast", [emit.op("Equal", [x, y])], { to: 1 });
  return emit.op("Mul", [won, emit.op("Div", [dy, emit.op("ReduceSum", [won, over])])]);
};

export const max = reduction({
  name: "max",
  onnx: "ReduceMax",
  global: "GlobalMaxPool",
  pytorch: "amax",
  winner: "max",
  flux: (x, dims) => `maximum(${x}; ${dims})`,
  backward: shared,
});

export const min = reduction({
  name: "min",
  onnx: "ReduceMin",
  pytorch: "amin",
  winner: "min",
  flux: (x, dims) => `minimum(${x}; ${dims})`,
  backward: shared,
});

export const Sum: ReduceMaker<"sum"> = layerOf(sum);
export const Mean: ReduceMaker<"mean"> = layerOf(mean);
export const Max: ReduceMaker<"max"> = layerOf(max);
export const Min: ReduceMaker<"min"> = layerOf(min);

declare module "../op/tensor.js" {
  interface Operators {
    /** The sum over one axis, several, or all. */
    readonly sum: ReduceMethod<"sum">;
    /** The mean over one axis, several, or all. */
    readonly mean: ReduceMethod<"mean">;
    /** The largest element over one axis, several, or all. */
    readonly max: ReduceMethod<"max">;
    /** The smallest element over one axis, several, or all. */
    readonly min: ReduceMethod<"min">;
  }
}
