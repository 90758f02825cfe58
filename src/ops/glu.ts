/** glu: the first half of the first axis times the sigmoid of the second (Dauphin et al. 2016). */
import {
  activation,
  alone,
  attributes,
  axisOfDim,
  type In,
  type Layer,
  layerOf,
  op,
  type Tensor,
  upTo,
} from "../op/index.js";
import {
  axisOf,
  type Check,
  type Divided,
  type Divides,
  type HasShape,
  type Out,
  type Shape,
  ShapeMismatch,
  type Show,
  show,
  type Unranked,
  type Wrong,
} from "../shape/index.js";

export const glu = op<object>({
  name: "glu",
  attrs: attributes({}),
  args: () => ({}),
  arity: 1,
  shape: ([x]) => {
    const [channels, ...rest] = x!;
    if (channels === undefined || channels % 2 !== 0) {
      throw new ShapeMismatch(`glu: the first axis must be of an even size, got ${show(x!)}; double what comes before`);
    }
    return [channels / 2, ...rest];
  },
  weights: () => [],
  cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "own" }),
  forward: (emit, { x, output: [half] }) => {
    const [value, control] = emit.ops("Split", [x[0]!, emit.ints([half!, half!])], 2, { axis: 1 });
    const gate = emit.op("Sigmoid", [control!]);
    return { y: emit.op("Mul", [value!, gate]), saved: { gate } };
  },
  // Of the value: dy gate; of the control: dy value gate (1 - gate), where value gate is y.
  backward: (emit, { y, dy, saved }) => {
    const rest = emit.op("Mul", [y, emit.op("Sub", [emit.float(1), saved.gate!])]);
    const parts = [saved.gate!, rest].map(slope => emit.op("Mul", [dy, slope]));
    return { inputs: [emit.op("Concat", parts, { axis: 1 })] };
  },
  channels: ({ inputs: [x], output }) => {
    const half = output[0]!;
    return {
      inputs: [
        alone(
          x!,
          0,
          upTo(2 * half).map(place => place % half),
        ),
      ],
      output: alone(output, 0, upTo(half)),
    };
  },
  sample: (_, [x]) => (x!.length > 0 && x![0]! % 2 === 0 ? {} : undefined),
  fromPytorch: [
    {
      signatures: activation("GLU", "glu", "dim=-1"),
      attrs: ({ dim }, { inputs: [shape] }) => (axisOf("glu", "dim", shape!, axisOfDim(dim)) === 0 ? {} : undefined),
    },
  ],
  pytorch: () => ({ module: "nn.GLU(dim=1)" }),
});

type Rule<S extends Shape> =
  Unranked<S> extends true
    ? Shape
    : S extends readonly [infer C extends number, ...infer Rest extends Shape]
      ? Divides<2, C> extends true
        ? [Divided<C, 2>, ...Rest]
        : Odd<S>
      : Odd<S>;
type Odd<S extends Shape> = Wrong<
  "input",
  `glu: the first axis must be of an even size, got ${Show<S>}; double what comes before`
>;
export interface GluLayer extends Layer {
  readonly out: Rule<In<this>>;
}
export const GLU: () => GluLayer = layerOf(glu);

declare module "../op/tensor.js" {
  interface Operators {
    /** The first half of the first axis times the sigmoid of the second. */
    glu<S extends Shape>(this: Check<Rule<S>, HasShape<S>>): Tensor<Out<Rule<S>>>;
  }
}
