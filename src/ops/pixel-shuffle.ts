/**
 * pixelShuffle: squares of channels become squares of pixels, [C r², H, W] to [C, H r, W r] (Shi et al. 2016);
 * pixelUnshuffle is its inverse. Each is the other's gradient.
 */
import {
  activation,
  attributes,
  type Emit,
  type In,
  type Layer,
  layerOf,
  movedChannels,
  type Op,
  op,
  type Tensor,
  type Value,
  whole,
} from "../op/index.js";
import {
  type At,
  type Divided,
  type Divides,
  type HasShape,
  type Mul,
  type NeedsSpatial,
  needsSpatial,
  type Out,
  type Shape,
  ShapeMismatch,
  type Unranked,
  type Whole,
  type WholeArg,
  type Wrong,
} from "../shape/index.js";

export interface PixelShuffleAttrs {
  readonly upscaleFactor: number;
}
export interface PixelUnshuffleAttrs {
  readonly downscaleFactor: number;
}

/** To squares of pixels; `shape` is that of the many channels. */
function shuffled(emit: Emit, x: Value, [channels, height, width]: Shape, r: number): Value {
  const few = channels! / (r * r);
  const apart = emit.op("Reshape", [x, emit.ints([-1, few, r, r, height!, width!])]);
  const turned = emit.op("Transpose", [apart], { perm: [0, 1, 4, 2, 5, 3] });
  return emit.op("Reshape", [turned, emit.ints([-1, few, height! * r, width! * r])]);
}
/** To squares of channels; `shape` is that of the many channels. */
function unshuffled(emit: Emit, x: Value, [channels, height, width]: Shape, r: number): Value {
  const apart = emit.op("Reshape", [x, emit.ints([-1, channels! / (r * r), height!, r, width!, r])]);
  const turned = emit.op("Transpose", [apart], { perm: [0, 1, 3, 5, 2, 4] });
  return emit.op("Reshape", [turned, emit.ints([-1, channels!, height!, width!])]);
}

/** Places of [rows, columns] in the order of [columns, rows], of so many columns. */
const exchanged = (count: number, columns: number): number[] =>
  Array.from({ length: count }, (_, i) => (i % (count / columns)) * columns + Math.floor((i * columns) / count));

const shared: Pick<Op, "arity" | "weights" | "cost"> = {
  arity: 1,
  weights: () => [],
  cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "own" }),
};

export const pixelShuffle = op<PixelShuffleAttrs>({
  ...shared,
  name: "pixelShuffle",
  attrs: attributes({ upscaleFactor: whole("upscaleFactor", 1) }),
  args: (upscaleFactor: unknown) => ({ upscaleFactor }),
  shape: ([x], { upscaleFactor: r }) => {
    needsSpatial("pixelShuffle", 2, x!);
    const [channels, height, width] = x as [number, number, number];
    if (channels % (r * r) !== 0) {
      throw new ShapeMismatch(
        `pixelShuffle: upscaleFactor ${r} must divide channels twice, got ${channels}; use another number of either`,
      );
    }
    return [channels / (r * r), height * r, width * r];
  },
  forward: (emit, { x, inputs, attrs }) => ({ y: shuffled(emit, x[0]!, inputs[0]!, attrs.upscaleFactor) }),
  backward: (emit, { dy, inputs, attrs }) => ({ inputs: [unshuffled(emit, dy, inputs[0]!, attrs.upscaleFactor)] }),
  channels: movedChannels(undefined, { only: 0 }),
  sample: (random, [x]) => {
    if (x!.length !== 3) return undefined;
    return { upscaleFactor: random.pick([1, 2, 3].filter(r => x![0]! % (r * r) === 0)) };
  },
  pytorch: ({ attrs }) => ({ module: `nn.PixelShuffle(${attrs.upscaleFactor})` }),
  fromOnnx: [
    {
      operators: ["DepthToSpace"],
      read: site => {
        const [r, shape] = [site.int("blocksize", 1), site.tensor(0)];
        const meaning = { attrs: { upscaleFactor: r } };
        if (site.text("mode", "DCR") === "CRD") return meaning;
        // The rows and columns of a square stand outside the channels there, inside here.
        const indices = exchanged(shape![0]!, shape![0]! / (r * r));
        return { op: "gather", attrs: { indices, axis: 0 }, next: meaning };
      },
    },
  ],
  fromPytorch: [
    {
      signatures: activation("PixelShuffle", "pixel_shuffle", "upscale_factor"),
      attrs: ({ upscale_factor }) => ({ upscaleFactor: upscale_factor }),
    },
  ],
});

export const pixelUnshuffle = op<PixelUnshuffleAttrs>({
  ...shared,
  name: "pixelUnshuffle",
  attrs: attributes({ downscaleFactor: whole("downscaleFactor", 1) }),
  args: (downscaleFactor: unknown) => ({ downscaleFactor }),
  shape: ([x], { downscaleFactor: r }) => {
    needsSpatial("pixelUnshuffle", 2, x!);
    const [channels, ...sizes] = x as [number, number, number];
    sizes.forEach((size, axis) => {
      if (size % r !== 0) {
        throw new ShapeMismatch(
          `pixelUnshuffle: downscaleFactor ${r} must divide ${["height", "width"][axis]}, got ${size}; use a divisor of ${size}`,
        );
      }
    });
    return [channels * r * r, sizes[0] / r, sizes[1] / r];
  },
  forward: (emit, { x, output, attrs }) => ({ y: unshuffled(emit, x[0]!, output, attrs.downscaleFactor) }),
  backward: (emit, { dy, output, attrs }) => ({ inputs: [shuffled(emit, dy, output, attrs.downscaleFactor)] }),
  channels: movedChannels(undefined, { only: 0 }),
  sample: (random, [x]) => {
    if (x!.length !== 3) return undefined;
    return { downscaleFactor: random.pick([1, 2, 3, 4, 5].filter(r => x![1]! % r === 0 && x![2]! % r === 0)) };
  },
  pytorch: ({ attrs }) => ({ module: `nn.PixelUnshuffle(${attrs.downscaleFactor})` }),
  fromOnnx: [
    {
      operators: ["SpaceToDepth"],
      read: site => {
        const r = site.int("blocksize", 1);
        const indices = exchanged(site.tensor(0)![0]! * r * r, r * r);
        return { attrs: { downscaleFactor: r }, next: { op: "gather", attrs: { indices, axis: 0 } } };
      },
    },
  ],
  fromPytorch: [
    {
      signatures: activation("PixelUnshuffle", "pixel_unshuffle", "downscale_factor"),
      attrs: ({ downscale_factor }) => ({ downscaleFactor: downscale_factor }),
    },
  ],
});

type ShuffleRule<S extends Shape, F extends number> =
  Whole<"pixelShuffle", "upscaleFactor", F> extends infer W
    ? [W] extends [never]
      ? Unranked<S> extends true
        ? [number, number, number]
        : S extends readonly [infer C extends number, infer H extends number, infer X extends number]
          ? Divides<Mul<F, F>, C> extends true
            ? [Divided<C, Mul<F, F>>, Mul<H, F>, Mul<X, F>]
            : Wrong<
                "upscaleFactor",
                `pixelShuffle: upscaleFactor ${F} must divide channels twice, got ${C}; use another number of either`
              >
          : NeedsSpatial<"pixelShuffle", 2, S, "upscaleFactor">
      : W
    : never;

type UnshuffleRule<S extends Shape, F extends number> =
  Whole<"pixelUnshuffle", "downscaleFactor", F> extends infer W
    ? [W] extends [never]
      ? Unranked<S> extends true
        ? [number, number, number]
        : S extends readonly [infer C extends number, infer H extends number, infer X extends number]
          ? Divides<F, H> extends true
            ? Divides<F, X> extends true
              ? [Mul<C, Mul<F, F>>, Divided<H, F>, Divided<X, F>]
              : NoDivisor<F, "width", X>
            : NoDivisor<F, "height", H>
          : NeedsSpatial<"pixelUnshuffle", 2, S, "downscaleFactor">
      : W
    : never;
type NoDivisor<F extends number, Axis extends string, Size extends number> = Wrong<
  "downscaleFactor",
  `pixelUnshuffle: downscaleFactor ${F} must divide ${Axis}, got ${Size}; use a divisor of ${Size}`
>;

export interface PixelShuffleLayer<F extends number> extends Layer {
  readonly out: ShuffleRule<In<this>, F>;
}
export const PixelShuffle: <F extends number>(
  upscaleFactor: WholeArg<"pixelShuffle", "upscaleFactor", F>,
) => PixelShuffleLayer<F> = layerOf(pixelShuffle);
export interface PixelUnshuffleLayer<F extends number> extends Layer {
  readonly out: UnshuffleRule<In<this>, F>;
}
export const PixelUnshuffle: <F extends number>(
  downscaleFactor: WholeArg<"pixelUnshuffle", "downscaleFactor", F>,
) => PixelUnshuffleLayer<F> = layerOf(pixelUnshuffle);

declare module "../op/tensor.js" {
  interface Operators {
    /** Squares of channels become squares of pixels: `[C r², H, W]` to `[C, H r, W r]`. */
    pixelShuffle<S extends Shape, F extends number>(
      this: HasShape<S>,
      upscaleFactor: At<ShuffleRule<S, F>, "upscaleFactor", F>,
    ): Tensor<Out<ShuffleRule<S, F>>>;
    /** Squares of pixels become squares of channels: `[C, H r, W r]` to `[C r², H, W]`. */
    pixelUnshuffle<S extends Shape, F extends number>(
      this: HasShape<S>,
      downscaleFactor: At<UnshuffleRule<S, F>, "downscaleFactor", F>,
    ): Tensor<Out<UnshuffleRule<S, F>>>;
  }
}
