/** conv1d, conv2d, conv3d: slide learned windows over the spatial axes. */
import type * as z from "zod";
import { attributes, flag, layerOf, type Op, op, perAxis, type Site, type WeightSpec, whole } from "../op/index.js";
import { needsSpatial, product, type Rank, type Shape, ShapeMismatch, slideAll } from "../shape/index.js";
import { convBackward, convForward } from "./conv-lowering.js";
import type { ConvMaker, ConvMethod } from "./conv-types.js";

export interface ConvAttrs {
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
  readonly bias: boolean;
}

const schema = (rank: Rank): z.ZodType<ConvAttrs> =>
  attributes({
    outChannels: whole("outChannels", 1),
    kernelSize: perAxis("kernelSize", rank, 1),
    stride: perAxis("stride", rank, 1).prefault(1),
    padding: perAxis("padding", rank, 0).prefault(0),
    dilation: perAxis("dilation", rank, 1).prefault(1),
    groups: whole("groups", 1).default(1),
    bias: flag("bias").default(true),
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

export const divisors = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1).filter(d => n % d === 0);

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
    forward: convForward,
    backward: convBackward,
    sample: (random, [x], { output, maxChannels = 64 }) => {
      if (x!.length !== rank + 1) return undefined;
      const [channels, ...spatial] = x as [number, ...number[]];
      const plain = { stride: spatial.map(() => 1), padding: spatial.map(() => 0), dilation: spatial.map(() => 1) };
      if (output) {
        const kernelSize = spatial.map((size, axis) => size - output[axis + 1]! + 1);
        if (output.length !== rank + 1 || kernelSize.some(k => k < 1)) return undefined;
        return { outChannels: output[0]!, kernelSize, ...plain, groups: 1, bias: random.chance() };
      }
      const groups = random.pick(divisors(channels).filter(d => d <= maxChannels));
      return {
        outChannels: groups * random.int(1, Math.floor(maxChannels / groups)),
        kernelSize: spatial.map(size => random.int(1, size)),
        ...plain,
        stride: spatial.map(() => random.int(1, 3)),
        padding: spatial.map(() => random.int(0, 2)),
        groups,
        bias: random.chance(),
      };
    },
    pytorch: ({ attrs: a, inputs: [x] }) => ({
      module: `nn.Conv${rank}d(${x![0]}, ${a.outChannels}, (${a.kernelSize},), stride=(${a.stride},), padding=(${a.padding},), dilation=(${a.dilation},), groups=${a.groups}, bias=${a.bias ? "True" : "False"})`,
    }),
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
