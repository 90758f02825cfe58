/** rnn: h' = tanh(W x + b + R h + c), or relu of it, step after step (Elman 1990; nn.RNN of PyTorch). */
import { choice, layerOf } from "../op/index.js";
import { type RecurrentAttrs, recurrent } from "./recurrent.js";
import { nothing } from "./recurrent-layers.js";
import type { RecurrentMaker, RecurrentMethod } from "./recurrent-types.js";

export interface RnnAttrs extends RecurrentAttrs {
  readonly nonlinearity: "tanh" | "relu";
}

export const rnn = recurrent<RnnAttrs>({
  name: "rnn",
  onnx: "RNN",
  onnxAttrs: ({ nonlinearity }, directions) => {
    const activation = nonlinearity === "tanh" ? "Tanh" : "Relu";
    return { activations: directions === 1 ? [activation] : [activation, activation] };
  },
  order: [0],
  backward: (emit, way, { nonlinearity, hiddenSize }) => {
    const { states } = way;
    const slope =
      nonlinearity === "tanh"
        ? emit.op("Sub", [emit.float(1), emit.op("Mul", [states, states])])
        : emit.op("Cast", [emit.op("Greater", [states, emit.float(0)])], { to: 1 });
    const [all] = emit.scan({
      carried: [nothing(emit, way, hiddenSize)],
      along: [way.dy, slope],
      backwards: !way.reverse,
      step: (inner, [next], [dy, slope]) => {
        const now = inner.op("Mul", [inner.op("Gemm", [next!, way.weightHh, dy!]), slope!]);
        return { carried: [now], collected: [now] };
      },
    });
    const sums = emit.op("Reshape", [all!, emit.ints([-1, hiddenSize])]);
    return { input: sums, state: sums };
  },
  autogradOps: 4,
  module: "RNN",
  fromActivations: ([name = "Tanh"]) =>
    ["Tanh", "Relu"].includes(name) ? { nonlinearity: name.toLowerCase() } : undefined,
  fields: { nonlinearity: choice("nonlinearity", ["tanh", "relu"]).default("tanh") },
  draw: random => ({ nonlinearity: random.pick(["tanh", "relu"]) }),
  spellings: {
    keras: ({ nonlinearity }) => ["SimpleRNN", ...(nonlinearity === "tanh" ? [] : ['activation="relu"'])],
    flux: ({ nonlinearity }) => ["RNN", ...(nonlinearity === "tanh" ? [] : ["relu"])],
  },
  moduleArgs: ({ nonlinearity }) => [`nonlinearity="${nonlinearity}"`],
});

interface Nonlinearity {
  /** What the sum goes through; tanh unless told. */
  readonly nonlinearity?: RnnAttrs["nonlinearity"];
}
export const Rnn: RecurrentMaker<"rnn", Nonlinearity> = layerOf(rnn);

declare module "../op/tensor.js" {
  interface Operators {
    /** Elman's recurrent layers: `[length, features]` to the states `[length, hiddenSize]`, or to the last one. */
    readonly rnn: RecurrentMethod<"rnn", Nonlinearity>;
  }
}
