/**
 * parameter: a learned tensor that is the same for every sample, as nn.Parameter: the class token and the positions of vision
 * transformers, the scale of a branch. Its input says how many samples there are, and nothing else.
 */
import {
  attributes,
  everyAxis,
  finite,
  type Layer,
  layerOf,
  listed,
  op,
  python,
  sizes,
  type Tensor,
} from "../op/index.js";
import type { At, HasShape, ListOfSizes, Out, Plain, Shape } from "../shape/index.js";

export interface ParameterAttrs {
  /** Of one sample. */
  readonly shape: Shape;
  /** What all of it begins with; without it, normal numbers of deviation 0.02, as BERT and the vision transformers begin. */
  readonly value?: number;
}

const deviation = 0.02;

export const parameter = op<ParameterAttrs>({
  name: "parameter",
  attrs: attributes({ shape: sizes("shape"), value: finite("value").exactOptional() }),
  args: (shape: unknown, options?: object) => ({ shape, ...options }),
  arity: 1,
  shape: (_, { shape }) => shape,
  weights: (_, { shape, value }) => [
    {
      role: "weight",
      shape,
      init: value === undefined ? { kind: "normal", std: deviation } : { kind: "constant", value },
      trainable: true,
    },
  ],
  cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "own" }),
  forward: (emit, { x, w, attrs: { shape } }) => {
    const batch = emit.op("Shape", [x[0]!], { start: 0, end: 1 });
    const size = shape.length === 0 ? batch : emit.op("Concat", [batch, emit.ints(shape)], { axis: 0 });
    return { y: emit.op("Expand", [w.weight!, size]) };
  },
  // Nothing goes back to what only tells the number of samples: a gradient of 0 would be NaN behind an infinite slope.
  backward: (emit, { dy }) => ({
    inputs: [undefined],
    weights: { weight: emit.op("ReduceSum", [dy, emit.ints([0])], { keepdims: 0 }) },
  }),
  channels: ({ inputs: [x], output, attrs }) => {
    const labels = everyAxis([...x!, ...output]);
    return {
      inputs: [labels.slice(0, x!.length)],
      output: labels.slice(x!.length),
      onlyCounts: true,
      weights: { weight: output.map((_, axis) => ({ of: "output", axis })) },
      attrs: next => ({ ...attrs, shape: next.output }),
    };
  },
  sample: (random, _, { output, maxChannels = 64 }) => ({
    shape: output ?? Array.from({ length: random.int(0, 3) }, () => random.int(1, Math.min(4, maxChannels))),
    ...(random.chance() ? { value: random.int(-2, 2) / 2 } : {}),
  }),
  fromPytorch: [
    {
      // What `self.token.expand(x.shape[0], -1, -1)` is taken for.
      signatures: ["Parameter.__for__(self, shape, value)"],
      attrs: ({ shape, value }) => ({ shape: listed(shape), ...(typeof value === "number" ? { value } : {}) }),
    },
  ],
  pytorch: ({ attrs: { shape, value } }) => {
    const dims = python(shape);
    const begun = value === undefined ? `torch.randn(${dims}) * ${deviation}` : `torch.full(${dims}, ${float(value)})`;
    return {
      module: `nn.Parameter(${begun})`,
      isWeight: true,
      // Unlike `expand` it copies: what comes behind may write over it.
      call: (weight, [x]) => `${weight}.repeat(${[`${x}.shape[0]`, ...shape.map(() => 1)].join(", ")})`,
    };
  },
});

/** A whole number would make a tensor of whole numbers. */
const float = (value: number): string => (Number.isInteger(value) ? `${value}.0` : String(value));

interface ParameterOptions {
  /** What all of it begins with; without it, normal numbers of deviation 0.02. */
  readonly value?: number;
}
type Rule<To extends Shape> =
  ListOfSizes<"parameter", "shape", To> extends infer W ? ([W] extends [never] ? Plain<To> : W) : never;

export interface ParameterLayer<To extends Shape> extends Layer {
  readonly out: Rule<To>;
}
/** A learned tensor of this shape, whatever it is given. */
export const Parameter: <const To extends Shape>(
  shape: At<Rule<To>, "shape", To>,
  options?: ParameterOptions,
) => ParameterLayer<To> = layerOf(parameter);

declare module "../op/tensor.js" {
  interface Operators {
    /** A learned tensor of this shape, the same for every sample; of its input it takes how many samples there are. */
    parameter<const To extends Shape>(
      this: HasShape,
      shape: At<Rule<To>, "shape", To>,
      options?: ParameterOptions,
    ): Tensor<Out<Rule<To>>>;
  }
}
