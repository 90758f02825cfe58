/** logSoftmax: x - log(sum(exp(x))) over the first axis, which holds the classes or channels. */
import { attributes, type In, type Layer, layerOf, op, type Tensor } from "../op/index.js";
import { type Check, type HasShape, type Out, type Shape, ShapeMismatch, type Wrong } from "../shape/index.js";

export const logSoftmax = op<object>({
  name: "logSoftmax",
  logProbabilities: true,
  attrs: attributes({}),
  args: () => ({}),
  arity: 1,
  shape: ([x]) => {
    if (x!.length === 0)
      throw new ShapeMismatch("logSoftmax: input needs at least one axis, got []; reshape it to [1]");
    return x!;
  },
  weights: () => [],
  cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "own" }),
  forward: (emit, { x }) => ({ y: emit.op("LogSoftmax", [x[0]!], { axis: 1 }) }),
  // dx = dy - softmax(x) * sum(dy)
  backward: (emit, { y, dy }) => {
    const total = emit.op("ReduceSum", [dy, emit.ints([1])]);
    return { inputs: [emit.op("Sub", [dy, emit.op("Mul", [emit.op("Exp", [y]), total])])] };
  },
  sample: (_, [x]) => (x!.length === 0 ? undefined : {}),
  pytorch: () => ({ module: "nn.LogSoftmax(dim=1)" }),
});

type Rule<S extends Shape> = S extends readonly []
  ? Wrong<"input", "logSoftmax: input needs at least one axis, got []; reshape it to [1]">
  : S;
export interface LogSoftmaxLayer extends Layer {
  readonly out: Rule<In<this>>;
}
export const LogSoftmax: () => LogSoftmaxLayer = layerOf(logSoftmax);

declare module "../op/tensor.js" {
  interface Operators {
    /** Logarithms of the softmax over the first axis. */
    logSoftmax<S extends Shape>(this: Check<Rule<S>, HasShape<S>>): Tensor<Out<Rule<S>>>;
  }
}
