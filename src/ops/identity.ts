/** identity: its input, as it is. */
import { attributes, type KeepingLayer, layerOf, op, sameChannels, type Tensor } from "../op/index.js";
import type { HasShape, Shape } from "../shape/index.js";

export const identity = op<object>({
  name: "identity",
  attrs: attributes({}),
  args: () => ({}),
  arity: 1,
  shape: ([x]) => x!,
  weights: () => [],
  cost: () => ({ macs: 0, autogradOps: 0, saved: 0, storage: "input" }),
  forward: (_, { x }) => ({ y: x[0]! }),
  backward: (_, { dy }) => ({ inputs: [dy] }),
  channels: sameChannels,
  sample: () => ({}),
  fromOnnx: [{ operators: ["Identity"], batch: "anywhere", read: () => "input" }],
  fromPytorch: [{ signatures: ["nn.Identity()"], attrs: () => ({}) }],
  spellings: {
    keras: () => ({ expression: ([x]) => x! }),
    flux: () => ({ expression: ([x]) => x! }),
    arraymancer: () => ({ expression: ([x]) => x! }),
    grenade: () => ({ layer: "Trivial" }),
  },
  pytorch: () => ({ module: "nn.Identity()" }),
  idempotent: true,
});

export const Identity: () => KeepingLayer = layerOf(identity);

declare module "../op/tensor.js" {
  interface Operators {
    /** The tensor as it is. */
    identity<S extends Shape>(this: HasShape<S>): Tensor<S>;
  }
}
