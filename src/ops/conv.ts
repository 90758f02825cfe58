/** conv1d, conv2d, conv3d: slide learned windows over the spatial axes. */
import type * as z from "zod";
import {
  attributes,
  type BackwardCall,
  type Border,
  type Call,
  choice,
  type Emit,
  edges,
  type Forward,
  flag,
  type Gradients,
  groupedChannels,
  layerOf,
  listed,
  type Op,
  op,
  orLazy,
  type PyTorchArgs,
  perAxis,
  perAxisOf,
  readAttrs,
  type Site,
  shortened,
  unitWeights,
  type Value,
  type WeightSpec,
  whole,
  windowPadding,
} from "../op/index.js";
import {
  axisNames,
  type Edges,
  needsSpatial,
  product,
  type Rank,
  type Shape,
  ShapeMismatch,
  slideAll,
} from "../shape/index.js";
import { bothEnds, type PaddingMode, padded, paddedShape, unpadded } from "./borders.js";
import { convBackward, convForward, convStandsLast } from "./conv-lowering.js";
import type { ConvMaker, ConvMethod } from "./conv-types.js";
import { convSpellings } from "./window-spellings.js";

export interface ConvAttrs {
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly Edges[];
  readonly dilation: readonly number[];
  readonly groups: number;
  readonly bias: boolean;
  /** What stands in the padding, where that is not zeros. */
  readonly paddingMode?: Exclude<PaddingMode, "zeros">;
}
/** Of a convolution that pads equally with zeros. */
export interface PlainConvAttrs extends ConvAttrs {
  readonly padding: readonly number[];
}

/** How a convolution of any kind moves, and what it adds. */
export const windowFields = (rank: Rank) => ({
  kernelSize: perAxis("kernelSize", rank, 1),
  stride: perAxis("stride", rank, 1).prefault(1),
  padding: edges("padding", rank).prefault(0),
  dilation: perAxis("dilation", rank, 1).prefault(1),
});
export const borderFields = {
  bias: flag("bias").default(true),
  paddingMode: choice("paddingMode", ["zeros", "reflect", "replicate"]).default("zeros"),
};

const schema = (rank: Rank): z.ZodType<ConvAttrs> =>
  attributes({
    outChannels: whole("outChannels", 1),
    ...windowFields(rank),
    groups: whole("groups", 1).default(1),
    ...borderFields,
  }).transform(({ paddingMode, ...read }, context) => {
    // Zeros are not written down, so that graphs from before there was a choice keep their hash.
    const mode = paddingMode === "zeros" ? {} : { paddingMode };
    if (read.padding !== "same") return { ...read, padding: read.padding, ...mode };
    if (read.stride.some(s => s > 1)) {
      context.addIssue(`padding same needs stride 1, got ${JSON.stringify(read.stride)}; give padding in numbers`);
    }
    const padding = read.kernelSize.map((k, axis) => {
      const all = read.dilation[axis]! * (k - 1);
      return shortened([Math.floor(all / 2), Math.ceil(all / 2)]);
    });
    return { ...read, padding, ...mode };
  });

/** Refuses groups that do not divide the channels on both sides. */
export function checkGroups(name: string, channels: number, attrs: Pick<ConvAttrs, "groups" | "outChannels">): void {
  for (const [side, count] of [
    ["input", channels],
    ["output", attrs.outChannels],
  ] as const) {
    if (count % attrs.groups !== 0) {
      throw new ShapeMismatch(
        `${name}: groups ${attrs.groups} must divide ${side} channels, got ${count}; choose a divisor of ${count}`,
      );
    }
  }
}

function outputShape(name: string, rank: Rank, input: Shape, attrs: ConvAttrs): Shape {
  needsSpatial(name, rank, input);
  const [channels, ...spatial] = input as [number, ...number[]];
  checkGroups(name, channels, attrs);
  spatial.forEach((size, axis) => {
    const most = Math.max(...bothEnds(attrs.padding[axis]!));
    if (attrs.paddingMode === "reflect" && most >= size) {
      throw new ShapeMismatch(
        `${name}: reflected padding must be below ${axisNames(rank)[axis]} ${size}, got ${JSON.stringify(attrs.padding[axis])}; use less padding`,
      );
    }
  });
  return [attrs.outChannels, ...slideAll(name, rank, spatial, attrs)];
}

/** Weight [outChannels, inChannels / groups, ...kernelSize]; both uniform within 1 / sqrt(fan in), PyTorch's default. */
function weights([channels = 0]: Shape, attrs: ConvAttrs): WeightSpec[] {
  const shape = [attrs.outChannels, channels / attrs.groups, ...attrs.kernelSize];
  const init = { kind: "uniform", bound: 1 / Math.sqrt(product(shape.slice(1))) } as const;
  const weight = { role: "weight", shape, init, trainable: true };
  return attrs.bias ? [weight, { role: "bias", shape: [attrs.outChannels], init, trainable: true }] : [weight];
}

const macs = ({ attrs, inputs, output }: Site<ConvAttrs>): number =>
  (product(output) * product(attrs.kernelSize) * inputs[0]![0]!) / attrs.groups;

const isPlain = (a: ConvAttrs): a is PlainConvAttrs =>
  a.paddingMode === undefined && a.padding.every(edges => typeof edges === "number");

/** The convolution without padding of the input with its border. */
function unpaddedCall<C extends Call<ConvAttrs>>(call: C, x: Value) {
  const { paddingMode: _, ...attrs } = call.attrs;
  const padding = attrs.padding.map(() => 0);
  return { ...call, attrs: { ...attrs, padding }, inputs: [paddedShape(call.inputs[0]!, attrs.padding)], x: [x] };
}

function forward(emit: Emit, call: Call<ConvAttrs>): Forward {
  const { attrs } = call;
  if (isPlain(attrs)) return convForward(emit, { ...call, attrs });
  const x = padded(emit, call.x[0]!, attrs.padding, attrs.paddingMode ?? "zeros");
  const { y, saved } = convForward(emit, unpaddedCall(call, x));
  return { y, saved: { ...saved, padded: x } };
}

function backward(emit: Emit, call: BackwardCall<ConvAttrs>): Gradients {
  const { attrs, inputs, saved } = call;
  if (isPlain(attrs)) return convBackward(emit, { ...call, attrs });
  const { inputs: gradients, weights } = convBackward(emit, unpaddedCall(call, saved.padded!));
  const dx = gradients[0] && unpadded(emit, gradients[0], inputs[0]!, attrs.padding, attrs.paddingMode ?? "zeros");
  return { inputs: [dx], weights: weights! };
}

export const divisors = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1).filter(d => n % d === 0);

/** Padding as PyTorch's module has it, or as a call laid it around the input before: there the last axis comes first. */
function paddingOf({ padding, padding_mode }: PyTorchArgs, rank: Rank, border?: Border): object {
  if (!border) return { padding: padding === "valid" ? 0 : padding, paddingMode: padding_mode };
  const ends = Array.from({ length: rank }, (_, axis) => {
    const at = 2 * (rank - 1 - axis);
    return [border.ends[at] ?? 0, border.ends[at + 1] ?? 0];
  });
  return { padding: ends, paddingMode: border.mode === "constant" ? "zeros" : border.mode };
}

function conv(rank: Rank): Op<ConvAttrs> {
  const name = `conv${rank}d`;
  return op<ConvAttrs>({
    name,
    attrs: schema(rank),
    args: (outChannels: unknown, kernelSize: unknown, options?: object) => ({ outChannels, kernelSize, ...options }),
    arity: 1,
    shape: ([x], attrs) => outputShape(name, rank, x!, attrs),
    weights: ([x], attrs) => weights(x!, attrs),
    // PyTorch runs a 1-d convolution as a 2-d one between two squeezes: four nodes.
    cost: site => ({ macs: macs(site), autogradOps: rank === 1 ? 4 : 1, saved: 0, storage: "own" }),
    batchLast: ({ attrs, ...site }, setting) =>
      isPlain(attrs) ? convStandsLast({ ...site, attrs }, setting) : undefined,
    forward,
    backward,
    channels: groupedChannels(
      [
        { of: "output", axis: 0 },
        { of: 0, axis: 0 },
      ],
      (attrs, outChannels, groups) => ({ ...attrs, outChannels, groups }),
    ),
    identity: (x, wanted) => {
      if (x.length !== rank + 1) return undefined;
      const attrs = readAttrs(
        { name, attrs: schema(rank) },
        { kernelSize: 3, ...wanted, outChannels: x[0]!, padding: "same" },
      );
      const isCentred = attrs.kernelSize.every((k, axis) => k % 2 === 1 || attrs.dilation[axis] === 1);
      const shape = [attrs.outChannels, x[0]! / attrs.groups, ...attrs.kernelSize];
      return isCentred ? { attrs, weights: unitWeights(shape, attrs.bias) } : undefined;
    },
    sample: (random, [x], { output, maxChannels = 64 }) => {
      if (x!.length !== rank + 1) return undefined;
      const [channels, ...spatial] = x as [number, ...number[]];
      const plain = { stride: spatial.map(() => 1), padding: spatial.map(() => 0), dilation: spatial.map(() => 1) };
      if (output) {
        const kernelSize = spatial.map((size, axis) => size - output[axis + 1]! + 1);
        if (output.length !== rank + 1 || kernelSize.some(k => k < 1)) return undefined;
        return { outChannels: output[0]!, kernelSize, ...plain, groups: 1, bias: random.chance() };
      }
      const ends = spatial.map(() => [random.int(0, 2), random.int(0, 2)] as const);
      const padding = random.chance(0.3) ? ends.map(shortened) : ends.map(([begin]) => begin);
      const mirrors = padding.every((edges, axis) => Math.max(...bothEnds(edges)) < spatial[axis]!);
      const groups = random.pick(divisors(channels).filter(d => d <= maxChannels));
      return {
        outChannels: groups * random.int(1, Math.floor(maxChannels / groups)),
        kernelSize: spatial.map(size => random.int(1, size)),
        ...plain,
        stride: spatial.map(() => random.int(1, 3)),
        padding,
        groups,
        bias: random.chance(),
        ...(mirrors && random.chance(0.3) ? { paddingMode: random.pick(["reflect", "replicate"]) } : {}),
      };
    },
    fromOnnx: [
      {
        operators: ["Conv"],
        read: site => {
          const weight = site.constant(1);
          const bias = site.constant(2);
          const [channels, ...spatial] = site.tensor(0) ?? [];
          if (!weight || spatial.length !== rank || (bias === undefined && site.tensor(2))) return undefined;
          const [outChannels, perGroup, ...kernelSize] = weight.dims;
          const groups = site.int("group", 1);
          if (perGroup! * groups !== channels) return undefined;
          const [stride, dilation] = [perAxisOf(site, "strides", rank), perAxisOf(site, "dilations", rank)];
          const padding = windowPadding(site, spatial, { kernelSize, stride, dilation }).map(shortened);
          return {
            attrs: { outChannels, kernelSize, stride, padding, dilation, groups, bias: bias !== undefined },
            weights: { weight, ...(bias && { bias }) },
          };
        },
      },
    ],
    fromPytorch: orLazy({
      signatures: [
        `nn.Conv${rank}d(in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True, padding_mode='zeros')`,
      ],
      states: { parameter: "in_channels", axis: 0 },
      takesBorder: ({ padding, padding_mode }) => padding_mode === "zeros" && listed(padding).every(size => size === 0),
      attrs: (args, { border }) => ({
        ...{ outChannels: args.out_channels, kernelSize: args.kernel_size, stride: args.stride },
        ...{ dilation: args.dilation, groups: args.groups, bias: args.bias },
        ...paddingOf(args, rank, border),
      }),
    }),
    spellings: convSpellings(rank),
    pytorch: ({ attrs: a, inputs: [x] }) => {
      const plain = a.padding.every(edges => typeof edges === "number");
      const mode = a.paddingMode ?? "zeros";
      const padding = plain ? `padding=(${a.padding},), padding_mode="${mode}", ` : "";
      const module = `nn.Conv${rank}d(${x![0]}, ${a.outChannels}, (${a.kernelSize},), stride=(${a.stride},), ${padding}dilation=(${a.dilation},), groups=${a.groups}, bias=${a.bias ? "True" : "False"})`;
      if (plain) return { module };
      // PyTorch lists the last axis first.
      const ends = a.padding.map(bothEnds).reverse();
      const filling = mode === "zeros" ? "constant" : mode;
      return { module, before: input => `nn.functional.pad(${input}, (${ends.join(", ")}), mode="${filling}")` };
    },
  });
}

export const conv1d = conv(1);
export const conv2d = conv(2);
export const conv3d = conv(3);

export const Conv1d: ConvMaker<1> = layerOf(conv1d);
export const Conv2d: ConvMaker<2> = layerOf(conv2d);
export const Conv3d: ConvMaker<3> = layerOf(conv3d);

declare module "../op/tensor.js" {
  interface Operators {
    /** Convolution over length: `[C, L]` to `[outChannels, L']`. */
    readonly conv1d: ConvMethod<1>;
    /** Convolution over height and width: `[C, H, W]` to `[outChannels, H', W']`. */
    readonly conv2d: ConvMethod<2>;
    /** Convolution over depth, height and width: `[C, D, H, W]` to `[outChannels, D', H', W']`. */
    readonly conv3d: ConvMethod<3>;
  }
}
