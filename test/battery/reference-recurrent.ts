/** References of recurrent layers: one number at a time, from the formulas of PyTorch's documentation. */
import type { Reference, ReferenceCall } from "./reference.js";

/** The new state of one step; `fromInput` and `fromState` hold every gate's sums, bias included. */
type Step = (
  fromInput: number[],
  fromState: number[],
  h: number[],
  c: number[],
  attrs: ReferenceCall["attrs"],
) => number[];

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

export const rnnStep: Step = (fromInput, fromState, _h, _c, { nonlinearity }) =>
  fromInput.map((value, k) =>
    nonlinearity === "relu" ? Math.max(0, value + fromState[k]!) : Math.tanh(value + fromState[k]!),
  );

/** Gates in PyTorch's order i, f, g, o; `c` is renewed in place. */
export const lstmStep: Step = (fromInput, fromState, h, c) =>
  h.map((_, k) => {
    const sum = (gate: number): number => fromInput[gate * h.length + k]! + fromState[gate * h.length + k]!;
    c[k] = sigmoid(sum(1)) * c[k]! + sigmoid(sum(0)) * Math.tanh(sum(2));
    return sigmoid(sum(3)) * Math.tanh(c[k]!);
  });

/** Gates in PyTorch's order r, z, n. */
export const gruStep: Step = (fromInput, fromState, h) =>
  h.map((old, k) => {
    const [r0, z0, n0] = [k, h.length + k, 2 * h.length + k] as const;
    const r = sigmoid(fromInput[r0]! + fromState[r0]!);
    const z = sigmoid(fromInput[z0]! + fromState[z0]!);
    return (1 - z) * Math.tanh(fromInput[n0]! + r * fromState[n0]!) + z * old;
  });

/** Rows of a weight by what they are multiplied with, plus the bias. */
const sums = (weight: Float32Array, bias: Float32Array | undefined, values: readonly number[]): number[] =>
  Array.from({ length: weight.length / values.length }, (_, row) =>
    values.reduce((sum, value, i) => sum + weight[row * values.length + i]! * value, bias?.[row] ?? 0),
  );

export const recurrent =
  (step: Step): Reference =>
  ({ attrs, inputs: [shape], x: [x], w }) => {
    const [length, features] = shape as [number, number];
    let rows = Array.from({ length }, (_, t) => Array.from(x!.subarray(t * features, (t + 1) * features)));
    let ends: number[] = [];
    for (let layer = 0; layer < attrs.layers; layer++) {
      const ways = (attrs.bidirectional ? ["", "Reverse"] : [""]).map(reverse => {
        const of = (kind: string) => w[`${kind}L${layer}${reverse}`]!;
        let h: number[] = Array(attrs.hiddenSize).fill(0);
        const c: number[] = [...h];
        const states = (reverse ? rows.toReversed() : rows).map(row => {
          h = step(sums(of("weightIh"), of("biasIh"), row), sums(of("weightHh"), of("biasHh"), h), h, c, attrs);
          return h;
        });
        return { states: reverse ? states.toReversed() : states, end: h };
      });
      rows = rows.map((_, t) => ways.flatMap(({ states }) => states[t]!));
      ends = ways.flatMap(({ end }) => end);
    }
    return attrs.output === "last" ? ends : rows.flat();
  };
