/** logSoftmax: x - log(sum(exp(x))) along an axis, the first unless told, which holds the classes or channels. */
import { attributes, axis, dimOfAxis, layerOf, op, sameButAlong } from "../op/index.js";
import { axisOf, type Shape } from "../shape/index.js";
import { type AlongAxisMaker, type AlongAxisMethod, alongAxis, alongDim } from "./softmax.js";

export interface LogSoftmaxAttrs {
  /** From 0; a negative one counts from the end. The first unless told. */
  readonly axis?: number | undefined;
}

/** Behind the batch. */
const place = (shape: Shape, attrs: LogSoftmaxAttrs): number =>
  axisOf("logSoftmax", "axis", shape, attrs.axis ?? 0) + 1;

export const logSoftmax = op<LogSoftmaxAttrs>({
  name: "logSoftmax",
  logProbabilities: true,
  // The first axis is not written down, whoever names it: one meaning has one form.
  attrs: attributes({ axis: axis("axis").optional() }).transform(({ axis }) => (axis ? { axis } : {})),
  args: (options?: LogSoftmaxAttrs) => ({ ...options }),
  arity: 1,
  shape: ([x], attrs) => {
    place(x!, attrs);
    return x!;
  },
  weights: () => [],
  cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "own" }),
  forward: (emit, { x, inputs, attrs }) => ({
    y: emit.op("LogSoftmax", [x[0]!], { axis: place(inputs[0]!, attrs) }),
  }),
  // dx = dy - softmax(x) * sum(dy)
  backward: (emit, { y, dy, inputs, attrs }) => {
    const total = emit.op("ReduceSum", [dy, emit.ints([place(inputs[0]!, attrs)])]);
    return { inputs: [emit.op("Sub", [dy, emit.op("Mul", [emit.op("Exp", [y]), total])])] };
  },
  channels: sameButAlong(({ inputs: [x], attrs }) => [place(x!, attrs) - 1]),
  sample: (random, [x]) => {
    if (x!.length === 0) return undefined;
    const axis = random.int(-x!.length, x!.length - 1);
    return axis === 0 ? {} : { axis };
  },
  fromOnnx: [alongAxis("LogSoftmax")],
  fromPytorch: [alongDim("LogSoftmax", "log_softmax")],
  spellings: {
    keras: ({ attrs, inputs: [x] }) => ({ expression: ([v]) => `ops.log_softmax(${v}, axis=${place(x!, attrs)})` }),
    flux: ({ attrs, inputs: [x] }) => ({
      expression: ([v]) => `logsoftmax(${v}; dims=${x!.length - place(x!, attrs) + 1})`,
    }),
  },
  pytorch: ({ attrs }) => ({ module: `nn.LogSoftmax(dim=${dimOfAxis(attrs.axis ?? 0)})` }),
});

export const LogSoftmax: AlongAxisMaker<"logSoftmax"> = layerOf(logSoftmax);

declare module "../op/tensor.js" {
  interface Operators {
    /** Logarithms of the softmax along an axis, the first unless told. */
    readonly logSoftmax: AlongAxisMethod<"logSoftmax">;
  }
}
