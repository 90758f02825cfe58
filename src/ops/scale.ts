/** scale: factor x + shift, with constant numbers. */
import { attributes, finite, type KeepingLayer, layerOf, op, type Tensor } from "../op/index.js";
import type { HasShape, Shape } from "../shape/index.js";

export interface ScaleAttrs {
  readonly factor: number;
  readonly shift: number;
}

export const scale = op<ScaleAttrs>({
  name: "scale",
  attrs: attributes({ factor: finite("factor"), shift: finite("shift").default(0) }),
  args: (factor: unknown, options?: object) => ({ factor, ...options }),
  arity: 1,
  shape: ([x]) => x!,
  weights: () => [],
  cost: ({ attrs }) => ({ macs: 0, autogradOps: attrs.shift === 0 ? 1 : 2, saved: 0, storage: "own" }),
  forward: (emit, { x, attrs: { factor, shift } }) => {
    const scaled = emit.op("Mul", [x[0]!, emit.float(factor)]);
    return { y: shift === 0 ? scaled : emit.op("Add", [scaled, emit.float(shift)]) };
  },
  backward: (emit, { dy, attrs }) => ({ inputs: [emit.op("Mul", [dy, emit.float(attrs.factor)])] }),
  sample: random => ({ factor: random.int(-20, 20) / 10, shift: random.int(-5, 5) / 10 }),
  pytorch: ({ attrs: { factor, shift } }) => ({
    expression: ([x]) => (shift === 0 ? `${x} * ${factor}` : `${x} * ${factor} + ${shift}`),
  }),
});

interface ScaleOptions {
  /** Added after the product; 0 unless told. */
  readonly shift?: number;
}
export const Scale: (factor: number, options?: ScaleOptions) => KeepingLayer = layerOf(scale);

declare module "../op/tensor.js" {
  interface Operators {
    /** `factor x + shift`, with constant numbers. */
    scale<S extends Shape>(this: HasShape<S>, factor: number, options?: ScaleOptions): Tensor<S>;
  }
}
