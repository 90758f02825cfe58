/** dropout: while training, each element is 0 with probability p, the others grow by 1 / (1 - p); else the input. */
import {
  ArgumentError,
  attributes,
  between,
  type Emit,
  type FromPyTorch,
  type KeepingLayer,
  layerOf,
  op,
  sameChannels,
  scalarOf,
  type Tensor,
  type Value,
  whileTraining,
} from "../op/index.js";
import { type BelowOneArg, type HasShape, product, type Shape } from "../shape/index.js";

export interface DropoutAttrs {
  /** Probability of an element to be dropped. */
  readonly p: number;
}

/** Numbers like `x`: 0 with probability p, else 1 / (1 - p). */
export function dropMask(emit: Emit, x: Value, p: number, seed: number): Value {
  const drawn = emit.op("RandomUniformLike", [x], { seed: { float: seed } });
  const dropped = emit.op("Less", [drawn, emit.float(p)]);
  return emit.op("Where", [dropped, emit.float(0), emit.float(1 / (1 - p))]);
}

/** PyTorch's module, and its function, which must be told when to drop. */
export const dropoutCalls = (module: string, name: string): readonly FromPyTorch[] => [
  { signatures: [`nn.${module}(p=0.5, inplace=False)`], attrs: ({ p, inplace: _ }) => ({ p }) },
  {
    signatures: [`F.${name}(input, p=0.5, training=True, inplace=False)`],
    attrs: ({ p, training, inplace: _ }) => {
      if (training === whileTraining) return { p };
      if (training === false) return "input";
      throw new ArgumentError(`F.${name}: it would drop in use too, got training=True; give training=self.training`);
    },
  },
];

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
  batchLast: () => "takes",
  // The scaled mask is drawn once and kept: the gradient is the same product.
  forward: (emit, { x, attrs, training, seed }) => {
    if (!training || attrs.p === 0) return { y: x[0]! };
    const mask = dropMask(emit, x[0]!, attrs.p, seed);
    return { y: emit.op("Mul", [x[0]!, mask]), saved: { mask } };
  },
  backward: (emit, { dy, saved }) => ({ inputs: [saved.mask ? emit.op("Mul", [dy, saved.mask]) : dy] }),
  channels: sameChannels,
  sample: random => ({ p: random.int(0, 9) / 10 }),
  fromOnnx: [
    {
      operators: ["Dropout"],
      batch: "anywhere",
      read: site => {
        const p = scalarOf(site.constant(1)) ?? site.float("ratio", 0.5);
        if (site.outputs > 1 || site.tensor(2) || scalarOf(site.constant(2))) return undefined;
        return p > 0 && p < 1 ? { attrs: { p } } : "input";
      },
    },
  ],
  fromPytorch: dropoutCalls("Dropout", "dropout"),
  spellings: {
    keras: ({ attrs }) => ({ layer: `layers.Dropout(${attrs.p})` }),
    flux: ({ attrs }) => ({ layer: `Dropout(${attrs.p})` }),
  },
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
