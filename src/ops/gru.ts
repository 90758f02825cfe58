/**
 * gru: gated recurrent units (Cho et al. 2014, in the form of nn.GRU of PyTorch, whose reset gate r acts on R h + c).
 * Reset gate r and update gate z are sigmoids, n = tanh(W x + b + r (R h + c)): h' = (1 - z) n + z h.
 */
import { type Emit, layerOf, none, type Value } from "../op/index.js";
import { type RecurrentAttrs, recurrent, type Way } from "./recurrent.js";
import { gateSum, inSteps, nothing } from "./recurrent-layers.js";
import type { RecurrentMaker, RecurrentMethod } from "./recurrent-types.js";

/** The gates, computed again from the states for all steps at once; `fromState` is what r acts on. */
function gatesOf(emit: Emit, way: Way): { r: Value; z: Value; n: Value; fromState: Value } {
  const split = (sums: Value): Value[] => emit.ops("Split", [sums], 3, { axis: 1, num_outputs: 3 });
  const inputs = split(gateSum(emit, way.x, way.weightIh, way.biasIh));
  const states = split(gateSum(emit, way.before, way.weightHh, way.biasHh));
  const [r, z] = [0, 1].map(gate => emit.op("Sigmoid", [emit.op("Add", [inputs[gate]!, states[gate]!])]));
  const fromState = states[2]!;
  const n = emit.op("Tanh", [emit.op("Add", [inputs[2]!, emit.op("Mul", [r!, fromState])])]);
  return { r: r!, z: z!, n, fromState };
}

export const gru = recurrent<RecurrentAttrs>({
  name: "gru",
  onnx: "GRU",
  onnxAttrs: () => ({ linear_before_reset: 1 }),
  order: [1, 0, 2],
  backward: (emit, way, { hiddenSize }) => {
    const times = (...values: Value[]): Value => values.reduce((a, b) => emit.op("Mul", [a, b]));
    const rest = (value: Value): Value => emit.op("Sub", [emit.float(1), value]);
    const steps = (value: Value, width = hiddenSize): Value => inSteps(emit, way, value, width);
    const side = (...values: Value[]): Value => emit.op("Concat", values, { axis: 1 });
    const { r, z, n, fromState } = gatesOf(emit, way);
    // Slopes of the state by what the gates sum up: all of them multiply the same gradient.
    const byN = times(rest(z), rest(times(n, n)));
    const byR = times(byN, fromState, r, rest(r));
    const byZ = times(emit.op("Sub", [way.before, n]), z, rest(z));
    const [all] = emit.scan({
      carried: [nothing(emit, way, 3 * hiddenSize), nothing(emit, way, hiddenSize)],
      along: [way.dy, steps(z), steps(side(byR, byZ, times(byN, r)), 3 * hiddenSize)],
      backwards: !way.reverse,
      step: (inner, [next, kept], [dy, z, slopes]) => {
        const dh = inner.op("Gemm", [next!, way.weightHh, inner.op("Add", [dy!, kept!])]);
        const now = inner.op("Mul", [inner.op("Concat", [dh, dh, dh], { axis: 1 }), slopes!]);
        return { carried: [now, inner.op("Mul", [dh, z!])], collected: [dh] };
      },
    });
    const dh = emit.op("Reshape", [all!, emit.ints([-1, hiddenSize])]);
    const [dr, dz, dn] = [times(dh, byR), times(dh, byZ), times(dh, byN)];
    return { input: side(dr, dz, dn), state: side(dr, dz, times(dn, r)) };
  },
  autogradOps: 14,
  module: "GRU",
  fromActivations: (all, linear) => (linear === 1 && ["", "Sigmoid,Tanh"].includes(String(all)) ? {} : undefined),
  fields: {},
  draw: () => ({}),
  moduleArgs: () => [],
  spellings: {
    keras: () => ["GRU"],
    // tanh(W x + r (R h) + b), as its documentation has it.
    flux: ({ bias }) => (bias ? none("its GRU has no bias that the reset gate acts on; give bias: false") : ["GRU"]),
    missing: { arraymancer: "its GRULayer takes steps before samples, and a first state" },
  },
});

export const Gru: RecurrentMaker<"gru"> = layerOf(gru);

declare module "../op/tensor.js" {
  interface Operators {
    /** Gated recurrent units: `[length, features]` to the states `[length, hiddenSize]`, or to the last one. */
    readonly gru: RecurrentMethod<"gru">;
  }
}
