/**
 * alphaDropout: while training, each element becomes selu's lowest value with probability p; then all are scaled and
 * shifted so that mean 0 and variance 1 stay what they are (Klambauer et al. 2017).
 */
import { attributes, between, type KeepingLayer, layerOf, op, sameChannels, type Tensor } from "../op/index.js";
import { type BelowOneArg, type HasShape, product, type Shape } from "../shape/index.js";
import { type DropoutAttrs, dropoutCalls } from "./dropout.js";

/** What selu comes to far below 0: -scale * alpha. */
const lowest = -1.7580993408473766;

export const alphaDropout = op<DropoutAttrs>({
  name: "alphaDropout",
  attrs: attributes({ p: between("p", 0, 1).default(0.5) }),
  args: (p?: number) => (p === undefined ? {} : { p }),
  arity: 1,
  shape: ([x]) => x!,
  weights: () => [],
  cost: ({ output }) => ({ macs: 0, autogradOps: 2, saved: product(output), storage: "own" }),
  random: true,
  forward: (emit, { x, attrs: { p }, training, seed }) => {
    if (!training || p === 0) return { y: x[0]! };
    const scale = 1 / Math.sqrt((1 - p) * (1 + p * lowest ** 2));
    const shift = -scale * p * lowest;
    const drawn = emit.op("RandomUniformLike", [x[0]!], { seed: { float: seed } });
    const dropped = emit.op("Less", [drawn, emit.float(p)]);
    const mask = emit.op("Where", [dropped, emit.float(0), emit.float(scale)]);
    const ground = emit.op("Where", [dropped, emit.float(scale * lowest + shift), emit.float(shift)]);
    return { y: emit.op("Add", [emit.op("Mul", [x[0]!, mask]), ground]), saved: { mask } };
  },
  backward: (emit, { dy, saved }) => ({ inputs: [saved.mask ? emit.op("Mul", [dy, saved.mask]) : dy] }),
  channels: sameChannels,
  sample: random => ({ p: random.int(0, 9) / 10 }),
  fromPytorch: dropoutCalls("AlphaDropout", "alpha_dropout"),
  pytorch: ({ attrs }) => ({ module: `nn.AlphaDropout(${attrs.p})` }),
});

type Probability<P extends number> = BelowOneArg<"alphaDropout", "p", P>;
export const AlphaDropout: <P extends number = 0.5>(p?: Probability<P>) => KeepingLayer = layerOf(alphaDropout);

declare module "../op/tensor.js" {
  interface Operators {
    /** Dropout for networks of selu, with probability `p` (0.5 unless told): mean 0 and variance 1 stay. */
    alphaDropout<S extends Shape, P extends number = 0.5>(this: HasShape<S>, p?: Probability<P>): Tensor<S>;
  }
}
