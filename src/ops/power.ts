/** power: every element to a constant exponent. Below 0 only whole exponents give a number, as in PyTorch. */
import {
  attributes,
  finite,
  type KeepingLayer,
  layerOf,
  op,
  sameChannels,
  scalarOf,
  type Tensor,
} from "../op/index.js";
import type { HasShape, Shape } from "../shape/index.js";

export interface PowerAttrs {
  readonly exponent: number;
}

export const power = op<PowerAttrs>({
  name: "power",
  attrs: attributes({ exponent: finite("exponent") }),
  args: (exponent: unknown) => ({ exponent }),
  arity: 1,
  shape: ([x]) => x!,
  weights: () => [],
  cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "own" }),
  forward: (emit, { x, attrs }) => ({ y: emit.op("Pow", [x[0]!, emit.float(attrs.exponent)]) }),
  backward: (emit, { x, dy, attrs: { exponent } }) => {
    const scaled = emit.op("Mul", [dy, emit.float(exponent)]);
    // x⁰ is 1 everywhere, at 0 too: its gradient is 0 there, where 0 times 1 / x would be nothing that is a number.
    if (exponent === 0) return { inputs: [scaled] };
    return { inputs: [emit.op("Mul", [scaled, emit.op("Pow", [x[0]!, emit.float(exponent - 1)])])] };
  },
  // What is a number for every x.
  channels: sameChannels,
  sample: random => ({ exponent: random.int(0, 3) }),
  fromOnnx: [
    {
      operators: ["Pow"],
      batch: "anywhere",
      read: site => {
        const exponent = scalarOf(site.constant(1));
        return exponent === undefined ? undefined : { attrs: { exponent } };
      },
    },
    { operators: ["Sqrt"], batch: "anywhere", read: () => ({ attrs: { exponent: 0.5 } }) },
    { operators: ["Reciprocal"], batch: "anywhere", read: () => ({ attrs: { exponent: -1 } }) },
  ],
  fromPytorch: [
    {
      signatures: ["pow(self, exponent)", "__pow__(self, exponent)"].map(call => `Tensor.${call}`),
      attrs: ({ exponent }) => ({ exponent }),
    },
    { signatures: ["torch.pow(input, exponent)"], attrs: ({ exponent }) => ({ exponent }) },
    ...Object.entries({ square: 2, sqrt: 0.5, rsqrt: -0.5, reciprocal: -1 }).map(([name, exponent]) => ({
      signatures: [`torch.${name}(input)`, `Tensor.${name}(self)`],
      attrs: () => ({ exponent }),
    })),
  ],
  pytorch: ({ attrs }) => ({ expression: ([x]) => `${x}.pow(${attrs.exponent})` }),
});

export const Power: (exponent: number) => KeepingLayer = layerOf(power);

declare module "../op/tensor.js" {
  interface Operators {
    /** Every element to a constant exponent. */
    power<S extends Shape>(this: HasShape<S>, exponent: number): Tensor<S>;
  }
}
