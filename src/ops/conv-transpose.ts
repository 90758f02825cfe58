/**
 * convTranspose1d, convTranspose2d, convTranspose3d: every element of the input lays down a learned window, and where
 * windows overlap they add up. It is the gradient of a convolution, and its own gradients are a convolution's passes.
 */
import type * as z from "zod";
import {
  attributes,
  axes,
  type BackwardCall,
  type Call,
  type Emit,
  equalEdges,
  flag,
  type Gradients,
  groupedChannels,
  layerOf,
  type Op,
  op,
  orLazy,
  pads,
  perAxis,
  perAxisOf,
  reshape,
  type Value,
  type WeightSpec,
  whole,
  windowPadding,
} from "../op/index.js";
import { axisNames, needsSpatial, product, type Rank, type Shape, ShapeMismatch, spread } from "../shape/index.js";
import { checkGroups, divisors, type PlainConvAttrs } from "./conv.js";
import { takesColumns } from "./conv-columns.js";
import { convForward, inputGradient, weightGradient } from "./conv-lowering.js";
import type { ConvTransposeMaker, ConvTransposeMethod } from "./conv-transpose-types.js";

export interface ConvTransposeAttrs extends PlainConvAttrs {
  readonly outputPadding: readonly number[];
}

const schema = (rank: Rank): z.ZodType<ConvTransposeAttrs> =>
  attributes({
    outChannels: whole("outChannels", 1),
    kernelSize: perAxis("kernelSize", rank, 1),
    stride: perAxis("stride", rank, 1).prefault(1),
    padding: perAxis("padding", rank, 0).prefault(0),
    outputPadding: perAxis("outputPadding", rank, 0).prefault(0),
    dilation: perAxis("dilation", rank, 1).prefault(1),
    groups: whole("groups", 1).default(1),
    bias: flag("bias").default(true),
  });

function outputShape(name: string, rank: Rank, input: Shape, a: ConvTransposeAttrs): Shape {
  needsSpatial(name, rank, input);
  const [channels, ...spatial] = input as [number, ...number[]];
  checkGroups(name, channels, a);
  const sizes = spatial.map((size, axis) => {
    const [kernel, stride, padding, extra, dilation] = [
      a.kernelSize,
      a.stride,
      a.padding,
      a.outputPadding,
      a.dilation,
    ].map(v => v[axis]!) as [number, number, number, number, number];
    if (extra >= Math.max(stride, dilation)) {
      throw new ShapeMismatch(
        `${name}: outputPadding must be below stride ${stride} or dilation ${dilation}, got ${extra}; use less`,
      );
    }
    const result = spread(size, kernel, stride, padding, extra, dilation);
    if (result < 1) {
      throw new ShapeMismatch(
        `${name}: padding ${padding} leaves nothing, got ${axisNames(rank)[axis]} ${size}; use less padding`,
      );
    }
    return result;
  });
  return [a.outChannels, ...sizes];
}

/** Weight [inChannels, outChannels / groups, ...kernelSize], uniform as PyTorch's, which takes the second axis for the fan in. */
function weights([channels = 0]: Shape, a: ConvTransposeAttrs): WeightSpec[] {
  const shape = [channels, a.outChannels / a.groups, ...a.kernelSize];
  const init = { kind: "uniform", bound: 1 / Math.sqrt(product(shape.slice(1))) } as const;
  const weight = { role: "weight", shape, init, trainable: true };
  return a.bias ? [weight, { role: "bias", shape: [a.outChannels], init, trainable: true }] : [weight];
}

const onnxAttrs = (a: ConvTransposeAttrs) => ({
  kernel_shape: a.kernelSize,
  strides: a.stride,
  pads: pads(a.padding),
  dilations: a.dilation,
  group: a.groups,
});

/** The runtime wants output padding below the stride: a whole stride of it is one more element of zero in the input. */
function lengthened(emit: Emit, x: Value, a: ConvTransposeAttrs): Value {
  const more = a.outputPadding.map((extra, axis) => Math.floor(extra / a.stride[axis]!));
  const before = a.stride.map(() => 0);
  return more.some(count => count > 0) ? emit.op("Pad", [x, emit.ints([0, 0, ...before, 0, 0, ...more])]) : x;
}

/** Where output padding makes room for one more window, no element of the input has laid it down. */
const hasRoom = (a: ConvTransposeAttrs): boolean => a.outputPadding.some((extra, axis) => extra >= a.stride[axis]!);

/** The convolution whose input is this one's output: its weight is the very same, and so is that weight's gradient. */
const converse = ({ attrs: a, inputs, output, w }: Call<ConvTransposeAttrs>) => ({
  attrs: { ...a, outChannels: inputs[0]![0]! },
  inputs: [output],
  output: inputs[0]!,
  w: { weight: w.weight! },
});

/** Windows that touch and do not overlap: each element's is a product of its channels, and all of them laid side by side. */
const tiles = (a: ConvTransposeAttrs): boolean =>
  a.groups === 1 &&
  a.kernelSize.every((k, axis) => k === a.stride[axis] && a.dilation[axis] === 1) &&
  [...a.padding, ...a.outputPadding].every(count => count === 0);

function forward(emit: Emit, call: Call<ConvTransposeAttrs>): Value {
  const { attrs: a, x, w, inputs } = call;
  const rank = a.kernelSize.length;
  // The runtime's operator is fast in two dimensions alone.
  const fast = rank !== 2 && (tiles(a) || (a.stride.every(s => s === 1) && !hasRoom(a)));
  if (!fast) {
    const bias = w.bias === undefined ? [] : [w.bias];
    return emit.op("ConvTranspose", [lengthened(emit, x[0]!, a), w.weight!, ...bias], {
      ...onnxAttrs(a),
      output_padding: a.outputPadding.map((extra, axis) => extra % a.stride[axis]!),
    });
  }
  const y = tiles(a) ? tiled(emit, call) : inputGradient(emit, { ...converse(call), dy: x[0]! });
  if (w.bias === undefined) return y;
  return emit.op("Add", [y, emit.op("Reshape", [w.bias, emit.ints([-1, ...inputs[0]!.slice(1).map(() => 1)])])]);
}

function tiled(emit: Emit, { attrs: a, x, w, inputs, output }: Call<ConvTransposeAttrs>): Value {
  const [channels, ...spatial] = inputs[0] as [number, ...number[]];
  const windows = [a.outChannels, ...a.kernelSize];
  const weight = emit.op("Transpose", [reshape(emit, w.weight!, [channels, product(windows)])], { perm: [1, 0] });
  const laid = emit.op("MatMul", [weight, reshape(emit, x[0]!, [-1, channels, product(spatial)])]);
  const rank = spatial.length;
  const perm = [0, 1, ...axes(0, rank).flatMap(axis => [2 + rank + axis, 2 + axis])];
  return reshape(emit, emit.op("Transpose", [reshape(emit, laid, [-1, ...windows, ...spatial])], { perm }), [
    -1,
    ...output,
  ]);
}

function backward(emit: Emit, call: BackwardCall<ConvTransposeAttrs>): Gradients {
  const { attrs: a, x, w, dy, inputs, needs } = call;
  const [, ...spatial] = inputs[0]!;
  const spatialAxes = axes(2, spatial.length);
  const opposite = { ...call, ...converse(call), x: [dy], dy: x[0]! };
  // Columns serve the weight's gradient even where nobody needs the input's.
  const runs = !hasRoom(a) && (needs[0] || takesColumns(opposite));
  const run = runs ? convForward(emit, { ...opposite, training: true }) : undefined;
  const weight = weightGradient(emit, { ...opposite, saved: run?.saved ?? {} });
  const bias =
    w.bias === undefined ? {} : { bias: emit.op("ReduceSum", [dy, emit.ints([0, ...spatialAxes])], { keepdims: 0 }) };
  if (!needs[0]) return { inputs: [undefined], weights: { weight, ...bias } };
  if (run) return { inputs: [run.y], weights: { weight, ...bias } };
  const dx = emit.op("Conv", [dy, w.weight!], onnxAttrs(a));
  const own = [spatial.map(() => 0), spatial, spatialAxes].map(list => emit.ints(list));
  return { inputs: [emit.op("Slice", [dx, ...own])], weights: { weight, ...bias } };
}

function convTranspose(rank: Rank): Op<ConvTransposeAttrs> {
  const name = `convTranspose${rank}d`;
  return op<ConvTransposeAttrs>({
    name,
    attrs: schema(rank),
    args: (outChannels: unknown, kernelSize: unknown, options?: object) => ({ outChannels, kernelSize, ...options }),
    arity: 1,
    shape: ([x], attrs) => outputShape(name, rank, x!, attrs),
    weights: ([x], attrs) => weights(x!, attrs),
    cost: ({ attrs: a, inputs: [x] }) => ({
      macs: (product(x!) * product(a.kernelSize) * a.outChannels) / a.groups,
      autogradOps: 1,
      saved: 0,
      storage: "own",
    }),
    forward: (emit, call) => ({ y: forward(emit, call) }),
    backward,
    channels: groupedChannels(
      [
        { of: 0, axis: 0 },
        { of: "output", axis: 0 },
      ],
      (attrs, outChannels, groups) => ({ ...attrs, outChannels, groups }),
    ),
    sample: (random, [x], { output, maxChannels = 64 }) => {
      if (x!.length !== rank + 1) return undefined;
      const [channels, ...spatial] = x as [number, ...number[]];
      const [ones, zeros] = [spatial.map(() => 1), spatial.map(() => 0)];
      const plain = { stride: ones, padding: zeros, outputPadding: zeros, dilation: ones };
      if (output) {
        const kernelSize = spatial.map((size, axis) => output[axis + 1]! - size + 1);
        if (output.length !== rank + 1 || kernelSize.some(k => k < 1)) return undefined;
        return { outChannels: output[0]!, kernelSize, ...plain, groups: 1, bias: random.chance() };
      }
      const groups = random.pick(divisors(channels).filter(d => d <= maxChannels));
      const stride = spatial.map(() => random.int(1, 3));
      const kernelSize = spatial.map(() => random.int(1, 4));
      return {
        outChannels: groups * random.int(1, Math.floor(maxChannels / groups)),
        kernelSize,
        stride,
        padding: kernelSize.map(k => random.int(0, (k - 1) >> 1)),
        outputPadding: stride.map(s => random.int(0, s - 1)),
        dilation: ones,
        groups,
        bias: random.chance(),
      };
    },
    fromOnnx: [
      {
        operators: ["ConvTranspose"],
        read: site => {
          const weight = site.constant(1);
          const bias = site.constant(2);
          const [channels, ...spatial] = site.tensor(0) ?? [];
          const isTold = site.text("auto_pad", "NOTSET") === "NOTSET" && site.ints("output_shape") === undefined;
          if (!weight || !isTold || spatial.length !== rank || weight.dims[0] !== channels) return undefined;
          const [, perGroup, ...kernelSize] = weight.dims;
          const [stride, dilation] = [perAxisOf(site, "strides", rank), perAxisOf(site, "dilations", rank)];
          const padding = equalEdges(windowPadding(site, spatial, { kernelSize, stride, dilation }));
          const groups = site.int("group", 1);
          return {
            attrs: {
              ...{ outChannels: perGroup! * groups, kernelSize, stride, padding, dilation, groups },
              ...{ outputPadding: site.ints("output_padding") ?? 0, bias: bias !== undefined },
            },
            weights: { weight, ...(bias && { bias }) },
          };
        },
      },
    ],
    fromPytorch: orLazy({
      signatures: [
        `nn.ConvTranspose${rank}d(in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, groups=1, bias=True, dilation=1, padding_mode='zeros')`,
      ],
      states: { parameter: "in_channels", axis: 0 },
      attrs: args => ({
        ...{
          outChannels: args.out_channels,
          kernelSize: args.kernel_size,
          stride: args.stride,
          padding: args.padding,
        },
        ...{ outputPadding: args.output_padding, dilation: args.dilation, groups: args.groups, bias: args.bias },
      }),
    }),
    pytorch: ({ attrs: a, inputs: [x] }) => ({
      module: `nn.ConvTranspose${rank}d(${x![0]}, ${a.outChannels}, (${a.kernelSize},), stride=(${a.stride},), padding=(${a.padding},), output_padding=(${a.outputPadding},), dilation=(${a.dilation},), groups=${a.groups}, bias=${a.bias ? "True" : "False"})`,
    }),
  });
}

export const convTranspose1d = convTranspose(1);
export const convTranspose2d = convTranspose(2);
export const convTranspose3d = convTranspose(3);

export const ConvTranspose1d: ConvTransposeMaker<1> = layerOf(convTranspose1d);
export const ConvTranspose2d: ConvTransposeMaker<2> = layerOf(convTranspose2d);
export const ConvTranspose3d: ConvTransposeMaker<3> = layerOf(convTranspose3d);

declare module "../op/tensor.js" {
  interface Operators {
    /** Transposed convolution over length: `[C, L]` to `[outChannels, L']`. */
    readonly convTranspose1d: ConvTransposeMethod<1>;
    /** Transposed convolution over height and width: `[C, H, W]` to `[outChannels, H', W']`. */
    readonly convTranspose2d: ConvTransposeMethod<2>;
    /** Transposed convolution over depth, height and width: `[C, D, H, W]` to `[outChannels, D', H', W']`. */
    readonly convTranspose3d: ConvTransposeMethod<3>;
  }
}
