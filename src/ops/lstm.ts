/**
 * lstm: long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000; nn.LSTM of
 * PyTorch). Input gate i, forget gate f and output gate o are sigmoids, g is a tanh: c' = f c + i g, h' = o tanh(c').
 */
import { type Emit, layerOf, type Value } from "../op/index.js";
import { type RecurrentAttrs, recurrent, type Way } from "./recurrent.js";
import { before, gateSum, inSteps, nothing } from "./recurrent-layers.js";
import type { RecurrentMaker, RecurrentMethod } from "./recurrent-types.js";

/** The gates, computed again from the states for all steps at once. */
function gatesOf(emit: Emit, way: Way): { i: Value; f: Value; g: Value; o: Value } {
  const bias = way.biasIh && emit.op("Add", [way.biasIh, way.biasHh!]);
  const sums = gateSum(emit, way.before, way.weightHh, gateSum(emit, way.x, way.weightIh, bias));
  const [i, f, g, o] = emit.ops("Split", [sums], 4, { axis: 1, num_outputs: 4 }) as [Value, Value, Value, Value];
  const sigmoid = (value: Value): Value => emit.op("Sigmoid", [value]);
  return { i: sigmoid(i), f: sigmoid(f), g: emit.op("Tanh", [g]), o: sigmoid(o) };
}

/** c' = f c + i g, step after step: [T, N, hiddenSize]. */
const cellStates = (emit: Emit, way: Way, forget: Value, gain: Value): Value =>
  emit.scan({
    carried: [nothing(emit, way, way.hiddenSize)],
    along: [forget, gain],
    backwards: way.reverse,
    step: (inner, [cell], [forget, gain]) => {
      const now = inner.op("Add", [inner.op("Mul", [cell!, forget!]), gain!]);
      return { carried: [now], collected: [now] };
    },
  })[0]!;

export const lstm = recurrent<RecurrentAttrs>({
  name: "lstm",
  onnx: "LSTM",
  onnxAttrs: () => ({}),
  order: [0, 3, 1, 2],
  backward: (emit, way, { hiddenSize }) => {
    const times = (...values: Value[]): Value => values.reduce((a, b) => emit.op("Mul", [a, b]));
    const rest = (value: Value): Value => emit.op("Sub", [emit.float(1), value]);
    const steps = (value: Value, width = hiddenSize): Value => inSteps(emit, way, value, width);
    const flat = (value: Value, width = hiddenSize): Value => emit.op("Reshape", [value, emit.ints([-1, width])]);
    const { i, f, g, o } = gatesOf(emit, way);
    const forget = steps(f);
    const cells = cellStates(emit, way, forget, steps(times(i, g)));
    const old = flat(before(emit, cells, way.reverse));
    const tanh = emit.op("Tanh", [flat(cells)]);
    // Slopes: of the state by the cell, and of cell and state by what the gates sum up.
    const throughCell = steps(times(o, rest(times(tanh, tanh))));
    const slopes = [times(g, i, rest(i)), times(old, f, rest(f)), times(i, rest(times(g, g))), times(tanh, o, rest(o))];
    const [all] = emit.scan({
      carried: [nothing(emit, way, 4 * hiddenSize), nothing(emit, way, hiddenSize)],
      along: [way.dy, throughCell, forget, steps(emit.op("Concat", slopes, { axis: 1 }), 4 * hiddenSize)],
      backwards: !way.reverse,
      step: (inner, [next, fromNext], [dy, throughCell, forget, slopes]) => {
        const dh = inner.op("Gemm", [next!, way.weightHh, dy!]);
        const dc = inner.op("Add", [inner.op("Mul", [dh, throughCell!]), fromNext!]);
        const now = inner.op("Mul", [inner.op("Concat", [dc, dc, dc, dh], { axis: 1 }), slopes!]);
        return { carried: [now, inner.op("Mul", [dc, forget!])], collected: [now] };
      },
    });
    const sums = flat(all!, 4 * hiddenSize);
    return { input: sums, state: sums };
  },
  autogradOps: 13,
  module: "LSTM",
  fromActivations: all => (["", "Sigmoid,Tanh,Tanh"].includes(String(all)) ? {} : undefined),
  fields: {},
  draw: () => ({}),
  moduleArgs: () => [],
  spellings: {
    keras: () => ["LSTM"],
    flux: () => ["LSTM"],
    // Its output has no tanh, and its gates read the cell (Grenade.Recurrent.Layers.LSTM).
    missing: { grenade: "its LSTM is another one, with gates that read the cell" },
  },
});

export const Lstm: RecurrentMaker<"lstm"> = layerOf(lstm);

declare module "../op/tensor.js" {
  interface Operators {
    /** Long short-term memory: `[length, features]` to the states `[length, hiddenSize]`, or to the last one. */
    readonly lstm: RecurrentMethod<"lstm">;
  }
}
