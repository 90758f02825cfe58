/** negate: -x. */
import { attributes, type KeepingLayer, layerOf, op, operator, sameChannels, type Tensor } from "../op/index.js";
import type { HasShape, Shape } from "../shape/index.js";

export const negate = op<object>({
  name: "negate",
  attrs: attributes({}),
  args: () => ({}),
  arity: 1,
  shape: ([x]) => x!,
  weights: () => [],
  cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "own" }),
  batchLast: () => "takes",
  forward: (emit, { x }) => ({ y: emit.op("Neg", x) }),
  backward: (emit, { dy }) => ({ inputs: [emit.op("Neg", [dy])] }),
  channels: sameChannels,
  sample: () => ({}),
  fromOnnx: [operator("Neg")],
  fromPytorch: [{ signatures: ["Tensor.__neg__(self)", "torch.neg(input)", "Tensor.neg(self)"], attrs: () => ({}) }],
  pytorch: () => ({ expression: ([x]) => `-${x}` }),
});

export const Negate: () => KeepingLayer = layerOf(negate);

declare module "../op/tensor.js" {
  interface Operators {
    /** -x. */
    negate<S extends Shape>(this: HasShape<S>): Tensor<S>;
  }
}
