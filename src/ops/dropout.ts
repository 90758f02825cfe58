/** dropout: while training, each element is 0 with probability p, the others grow by 1 / (1 - p); else the input. */
import { attributes, between, type KeepingLayer, layerOf, op, type Tensor } from "../op/index.js";
import { type BelowOneArg, type HasShape, product, type Shape } from "../shape/index.js";

export interface DropoutAttrs {
  /** Probability of an element to be dropped. */
  readonly p: number;
}

export const dropout = op<DropoutAttrs>({
  name: "dropout",
  attrs: attributes({ p: between("p", 0, 1).default(0.5) }),
  args: (p?: number) => (p === undefined ? {} : { p }),
  arity: 1,
  shape: ([x]) => x!,
  weights: () => [],
  cost: ({ output }) => ({
    macs: 0,
    autogradOps: 1,
    saved: product(output),
    storage: "own",
  }),
  random: true,
  // The scaled mask is drawn once and kept: the gradient is the same product.
  forward: (emit, { x, attrs, training, seed }) => {
    if (!training || attrs.p === 0) return { y: x[0]! };
    const drawn = emit.op("RandomUniformLike", [x[0]!], { seed: { float: seed } });
    const scale = emit.float(1 / (1 - attrs.p));
    const mask = emit.op("Where", [emit.op("Less", [drawn, emit.float(attrs.p)]), emit.float(0), scale]);
    return { y: emit.op("Mul", [x[0]!, mask]), saved: { mask } };
  },
  backward: (emit, { dy, saved }) => ({ inputs: [saved.mask ? emit.op("Mul", [dy, saved.mask]) : dy] }),
  sample: random => ({ p: random.int(0, 9) / 10 }),
  pytorch: ({ attrs }) => ({ module: `nn.Dropout(${attrs.p})` }),
});

type Probability<P extends number> = BelowOneArg<"dropout", "p", P>;
export const Dropout: <P extends number = 0.5>(p?: Probability<P>) => KeepingLayer = layerOf(dropout);

declare module "../op/tensor.js" {
  interface Operators {
    /** While training, each element is 0 with probability `p` (0.5 unless told). */
    dropout<S extends Shape, P extends number = 0.5>(this: HasShape<S>, p?: Probability<P>): Tensor<S>;
  }
}
