/** dropout1d-3d: while training, each whole channel of a sample is 0 with probability p, the others grow by 1 / (1 - p). */
import {
  attributes,
  axes,
  between,
  type In,
  type Layer,
  layerOf,
  none,
  op,
  sameChannels,
  type Tensor,
} from "../op/index.js";
import {
  type At,
  type BelowOne,
  type BelowOneArg,
  type HasShape,
  type NeedsSpatial,
  needsSpatial,
  type Out,
  type Rank,
  type Shape,
  type Unranked,
} from "../shape/index.js";
import { type DropoutAttrs, dropMask, dropoutCalls } from "./dropout.js";

const channelDropout = (rank: Rank) =>
  op<DropoutAttrs>({
    name: `dropout${rank}d`,
    attrs: attributes({ p: between("p", 0, 1).default(0.5) }),
    args: (p?: number) => (p === undefined ? {} : { p }),
    arity: 1,
    shape: ([x]) => {
      needsSpatial(`dropout${rank}d`, rank, x!);
      return x!;
    },
    weights: () => [],
    cost: ({ inputs: [x] }) => ({ macs: 0, autogradOps: 1, saved: x![0]!, storage: "own" }),
    random: true,
    // One number per channel: drawn in the shape of the first element of every channel.
    forward: (emit, { x, attrs, training, seed }) => {
      if (!training || attrs.p === 0) return { y: x[0]! };
      const all = (value: number) => emit.ints(axes(0, rank).map(() => value));
      const first = emit.op("Slice", [x[0]!, all(0), all(1), emit.ints(axes(2, rank))]);
      const mask = dropMask(emit, first, attrs.p, seed);
      return { y: emit.op("Mul", [x[0]!, mask]), saved: { mask } };
    },
    backward: (emit, { dy, saved }) => ({ inputs: [saved.mask ? emit.op("Mul", [dy, saved.mask]) : dy] }),
    channels: sameChannels,
    sample: (random, [x]) => (x!.length === rank + 1 ? { p: random.int(0, 9) / 10 } : undefined),
    fromPytorch: dropoutCalls(`Dropout${rank}d`, `dropout${rank}d`),
    spellings: {
      keras: ({ attrs }) =>
        rank === 1
          ? none("its SpatialDropout1D is channels last")
          : { layer: `layers.SpatialDropout${rank}D(${attrs.p}, data_format="channels_first")` },
      // The mask has an entry for every channel and sample.
      flux: ({ attrs }) => ({ layer: `Dropout(${attrs.p}; dims=(${rank + 1}, ${rank + 2}))` }),
    },
    pytorch: ({ attrs }) => ({ module: `nn.Dropout${rank}d(${attrs.p})` }),
  });

export const dropout1d = channelDropout(1);
export const dropout2d = channelDropout(2);
export const dropout3d = channelDropout(3);

type Rule<R extends Rank, S extends Shape, P extends number> =
  BelowOne<`dropout${R}d`, "p", P> extends infer W
    ? [W] extends [never]
      ? Unranked<S> extends true
        ? S
        : S extends readonly [number, ...infer Spatial extends Shape]
          ? Spatial["length"] extends R
            ? S
            : NeedsSpatial<`dropout${R}d`, R, S, "input">
          : NeedsSpatial<`dropout${R}d`, R, S, "input">
      : W
    : never;
export interface ChannelDropoutLayer<R extends Rank, P extends number> extends Layer {
  readonly out: Rule<R, In<this>, P>;
}
type Maker<R extends Rank> = <P extends number = 0.5>(
  p?: BelowOneArg<`dropout${R}d`, "p", P>,
) => ChannelDropoutLayer<R, P>;
export const Dropout1d: Maker<1> = layerOf(dropout1d);
export const Dropout2d: Maker<2> = layerOf(dropout2d);
export const Dropout3d: Maker<3> = layerOf(dropout3d);

export type ChannelDropoutMethod<R extends Rank> = <S extends Shape, P extends number = 0.5>(
  this: At<Rule<R, S, P>, "input", HasShape<S>>,
  p?: At<Rule<R, S, P>, "p", P>,
) => Tensor<Out<Rule<R, S, P>>>;

declare module "../op/tensor.js" {
  interface Operators {
    /** While training, each channel of a line is 0 with probability `p` (0.5 unless told). */
    readonly dropout1d: ChannelDropoutMethod<1>;
    /** While training, each channel of a picture is 0 with probability `p` (0.5 unless told). */
    readonly dropout2d: ChannelDropoutMethod<2>;
    /** While training, each channel of a volume is 0 with probability `p` (0.5 unless told). */
    readonly dropout3d: ChannelDropoutMethod<3>;
  }
}
