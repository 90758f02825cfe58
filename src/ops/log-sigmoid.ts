/** logSigmoid: log(1 / (1 + exp(-x))), as -softplus(-x), which no x makes infinite; gradient sigmoid(-x). */
import {
  activation,
  elementFunction,
  inPlaceOf,
  type KeepingMaker,
  type KeepsShape,
  layerOf,
  madeOf,
  type PointwiseOptions,
  pointwise,
} from "../op/index.js";

export const logSigmoid = pointwise({
  name: "logSigmoid",
  forward: (emit, x) => emit.op("Neg", [emit.op("Softplus", [emit.op("Neg", [x])])]),
  backward: (emit, { x, dy }) => emit.op("Mul", [dy, emit.op("Sigmoid", [emit.op("Neg", [x])])]),
  // PyTorch has no form that writes over its input.
  fromOnnx: [madeOf("s = Sigmoid(x)", "y = Log(s)")],
  fromPytorch: [{ signatures: [...activation("LogSigmoid", "logsigmoid")], attrs: inPlaceOf }],
  spellings: elementFunction({ keras: "log_sigmoid", flux: "logsigmoid" }),
  pytorch: () => ({ module: "nn.LogSigmoid()" }),
});

export const LogSigmoid: KeepingMaker<PointwiseOptions> = layerOf(logSigmoid);

declare module "../op/tensor.js" {
  interface Operators {
    /** Logarithm of the sigmoid. */
    readonly logSigmoid: KeepsShape<PointwiseOptions>;
  }
  interface Activations {
    readonly logSigmoid: unknown;
  }
}
