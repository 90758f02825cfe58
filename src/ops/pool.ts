/** maxPool1d-3d and avgPool1d-3d: the largest or the mean element of every window. */
import type * as z from "zod";
import {
  attributes,
  type BackwardCall,
  type Emit,
  equalEdges,
  flag,
  layerOf,
  type OnnxMeaning,
  type OnnxSite,
  type Op,
  op,
  type PyTorchArgs,
  perAxis,
  perAxisOf,
  sameFirstAxis,
  type Value,
  windowPadding,
} from "../op/index.js";
import type { Random } from "../random.js";
import type { Rank, Shape } from "../shape/index.js";
import { bothEnds } from "./borders.js";
import { python } from "./normalising.js";
import type { AvgPoolMaker, AvgPoolMethod, MaxPoolMaker, MaxPoolMethod } from "./pool-types.js";
import {
  ceilField,
  completed,
  type Means,
  onnxWindow,
  type PoolAttrs,
  pooledShape,
  reaching,
  sampledWindow,
  sizeFields,
  spreadMeans,
  windowMeans,
} from "./pool-windows.js";
import { poolSpellings } from "./window-spellings.js";

export interface AvgPoolAttrs extends PoolAttrs {
  /** The mean is of the elements of the input alone; stands only where it is false. */
  readonly countIncludePad?: false;
}
export interface MaxPoolAttrs extends PoolAttrs {
  readonly dilation: readonly number[];
}

const fields = (rank: Rank) => ({
  ...sizeFields(rank),
  padding: perAxis("padding", rank, 0).prefault(0),
  ...ceilField,
});

/** What max and average pooling share. */
interface Pooling<A extends PoolAttrs>
  extends Pick<Op<A>, "attrs" | "forward" | "backward" | "pytorch" | "fromPytorch" | "fromOnnx" | "spellings"> {
  readonly name: string;
  readonly rank: Rank;
  readonly extra: (random: Random) => Omit<A, keyof PoolAttrs>;
}

function pool<A extends PoolAttrs>({ rank, extra, ...record }: Pooling<A>): Op<A> {
  return op<A>({
    ...record,
    args: (kernelSize: unknown, options?: object) => ({ kernelSize, ...options }),
    arity: 1,
    shape: ([x], attrs) => pooledShape(record.name, rank, x!, attrs),
    weights: () => [],
    cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "own" }),
    channels: sameFirstAxis,
    sample: (random, [x], { output }) => {
      if (x!.length !== rank + 1 || output) return undefined;
      const window = sampledWindow(random, x!);
      const padding = window.kernelSize.map(k => random.int(0, k >> 1));
      return { ...window, padding, ...extra(random) } as unknown as A;
    },
  });
}

/** What the calls of both have. */
const windowOf = ({ kernel_size, stride, padding, ceil_mode }: PyTorchArgs) => ({
  ...{ kernelSize: kernel_size, stride, padding },
  ...(ceil_mode === undefined ? {} : { ceilMode: ceil_mode }),
});

/** The lowest float32: no window's largest element. */
const lowest = -(2 - 2 ** -23) * 2 ** 127;

/** What both are in ONNX, behind a layer of `border` where ends differ; undefined where it is of another rank. */
function fromOnnx(site: OnnxSite, rank: Rank, own: object, border: number | undefined): OnnxMeaning | undefined {
  const [, ...spatial] = site.tensor(0) ?? [];
  const kernelSize = site.ints("kernel_shape");
  if (spatial.length !== rank || !kernelSize) return undefined;
  const [stride, dilation] = [perAxisOf(site, "strides", rank), perAxisOf(site, "dilations", rank)];
  const padding = windowPadding(site, spatial, { kernelSize, stride, dilation });
  const ceilMode = site.int("ceil_mode", 0) === 1;
  const attrs = { kernelSize, stride, ceilMode, ...own };
  const isEven = padding.every(edges => bothEnds(edges)[0] === bothEnds(edges)[1]);
  if (isEven || ceilMode || border === undefined) return { attrs: { ...attrs, padding: equalEdges(padding) } };
  return { op: `pad${rank}d`, attrs: { padding, value: border }, next: { attrs: { ...attrs, padding: 0 } } };
}

function maxPool(rank: Rank): Op<MaxPoolAttrs> {
  const name = `maxPool${rank}d`;
  const attrs: z.ZodType<MaxPoolAttrs> = attributes({
    ...fields(rank),
    dilation: perAxis("dilation", rank, 1).prefault(1),
  }).transform(completed);
  return pool<MaxPoolAttrs>({
    name,
    rank,
    extra: () => ({ dilation: Array(rank).fill(1) }),
    attrs,
    forward: (emit, { x, attrs: a, inputs, output, training }) => {
      const window = a.ceilMode ? reaching({ attrs: a, shape: inputs[0]!, output }) : onnxWindow(a);
      const onnx = { ...window, dilations: a.dilation };
      if (!training) return { y: emit.op("MaxPool", [x[0]!], onnx) };
      const [y, indices] = emit.ops("MaxPool", [x[0]!], 2, onnx) as [Value, Value];
      return { y, saved: { indices } };
    },
    backward: maxPoolBackward,
    fromOnnx: [
      {
        operators: ["MaxPool"],
        read: site => {
          // Places are numbers of the whole batch.
          if (site.outputs > 1) return undefined;
          return fromOnnx(site, rank, { dilation: perAxisOf(site, "dilations", rank) }, lowest);
        },
      },
    ],
    fromPytorch: [
      {
        signatures: [
          `nn.MaxPool${rank}d(kernel_size, stride=kernel_size, padding=0, dilation=1, return_indices=False, ceil_mode=False)`,
          ...["F", "torch"].map(
            pack =>
              `${pack}.max_pool${rank}d(input, kernel_size, stride=kernel_size, padding=0, dilation=1, ceil_mode=False, return_indices=False)`,
          ),
        ],
        attrs: args => ({ ...windowOf(args), dilation: args.dilation }),
      },
    ],
    spellings: poolSpellings(rank, "Max"),
    pytorch: ({ attrs: a }) => ({
      module: `nn.MaxPool${rank}d((${a.kernelSize},), stride=(${a.stride},), padding=(${a.padding},), dilation=(${a.dilation},), ceil_mode=${python(a.ceilMode === true)})`,
    }),
  });
}

/** Every window's gradient goes to the element that won, the first of equals; where windows overlap, gradients add up. */
function maxPoolBackward(emit: Emit, { attrs: a, x, dy, saved, inputs }: BackwardCall<MaxPoolAttrs>) {
  const flat = (value: Value): Value => emit.op("Reshape", [value, emit.ints([-1])]);
  const zeros = emit.op("Mul", [flat(x[0]!), emit.float(0)]);
  const apart = a.stride.every((s, axis) => s > a.dilation[axis]! * (a.kernelSize[axis]! - 1));
  const dx = emit.op("ScatterElements", [zeros, flat(saved.indices!), flat(dy)], {
    axis: 0,
    reduction: apart ? "none" : "add",
  });
  return { inputs: [emit.op("Reshape", [dx, emit.ints([-1, ...inputs[0]!])])] };
}

function avgPool(rank: Rank): Op<AvgPoolAttrs> {
  const name = `avgPool${rank}d`;
  const attrs: z.ZodType<AvgPoolAttrs> = attributes({
    ...fields(rank),
    countIncludePad: flag("countIncludePad").default(true),
  }).transform(({ countIncludePad, ...read }) => ({
    ...completed(read),
    ...(countIncludePad ? {} : { countIncludePad }),
  }));
  const means = (a: AvgPoolAttrs, shape: Shape, output: Shape): Means => ({
    attrs: a,
    shape,
    output,
    countPadding: a.countIncludePad !== false,
  });
  return pool<AvgPoolAttrs>({
    name,
    rank,
    extra: random => (random.chance(0.3) ? { countIncludePad: false } : {}),
    attrs,
    forward: (emit, { x, attrs: a, inputs: [shape], output }) => ({
      y: windowMeans(emit, x[0]!, means(a, shape!, output)),
    }),
    backward: (emit, { attrs: a, dy, inputs: [shape], output }) => ({
      inputs: [spreadMeans(emit, dy, means(a, shape!, output))],
    }),
    fromOnnx: [
      {
        operators: ["AveragePool"],
        read: site => {
          if (perAxisOf(site, "dilations", rank).some(step => step !== 1)) return undefined;
          const countIncludePad = site.int("count_include_pad", 0) === 1;
          return fromOnnx(site, rank, { countIncludePad }, countIncludePad ? 0 : undefined);
        },
      },
    ],
    fromPytorch: [
      {
        signatures: [`nn.AvgPool${rank}d(`, `F.avg_pool${rank}d(input, `].map(
          call =>
            `${call}kernel_size, stride=kernel_size, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None)`,
        ),
        attrs: args => ({ ...windowOf(args), countIncludePad: args.count_include_pad }),
      },
    ],
    spellings: poolSpellings(rank, "Average"),
    pytorch: ({ attrs: a }) => ({
      module: `nn.AvgPool${rank}d((${a.kernelSize},), stride=(${a.stride},), padding=(${a.padding},), ceil_mode=${python(a.ceilMode === true)}, count_include_pad=${python(a.countIncludePad !== false)})`,
    }),
  });
}

export const maxPool1d = maxPool(1);
export const maxPool2d = maxPool(2);
export const maxPool3d = maxPool(3);
export const avgPool1d = avgPool(1);
export const avgPool2d = avgPool(2);
export const avgPool3d = avgPool(3);

export const MaxPool1d: MaxPoolMaker<1> = layerOf(maxPool1d);
export const MaxPool2d: MaxPoolMaker<2> = layerOf(maxPool2d);
export const MaxPool3d: MaxPoolMaker<3> = layerOf(maxPool3d);
export const AvgPool1d: AvgPoolMaker<1> = layerOf(avgPool1d);
export const AvgPool2d: AvgPoolMaker<2> = layerOf(avgPool2d);
export const AvgPool3d: AvgPoolMaker<3> = layerOf(avgPool3d);

declare module "../op/tensor.js" {
  interface Operators {
    /** Largest element of every window over length. */
    readonly maxPool1d: MaxPoolMethod<1>;
    /** Largest element of every window over height and width. */
    readonly maxPool2d: MaxPoolMethod<2>;
    /** Largest element of every window over depth, height and width. */
    readonly maxPool3d: MaxPoolMethod<3>;
    /** Mean of every window over length. */
    readonly avgPool1d: AvgPoolMethod<1>;
    /** Mean of every window over height and width. */
    readonly avgPool2d: AvgPoolMethod<2>;
    /** Mean of every window over depth, height and width. */
    readonly avgPool3d: AvgPoolMethod<3>;
  }
}
