/** flatten: all elements of a sample in one axis. */
import { attributes, type In, type Layer, layerOf, movedChannels, op, type Tensor } from "../op/index.js";
import { type HasShape, type Product, product, type Shape } from "../shape/index.js";

/** PyTorch's calls, which may leave axes alone: they are reshape then. */
export const flattening = [
  "nn.Flatten(start_dim=1, end_dim=-1)",
  ...["torch.flatten(input", "Tensor.flatten(self"].map(call => `${call}, start_dim=0, end_dim=-1)`),
];

export const flatten = op<object>({
  name: "flatten",
  attrs: attributes({}),
  args: () => ({}),
  arity: 1,
  shape: ([x]) => [product(x!)],
  weights: () => [],
  // What is flat already comes back as the very same tensor, so it costs nothing and is recorded by nobody.
  cost: ({ inputs: [x] }) =>
    x!.length === 1
      ? { macs: 0, autogradOps: 0, saved: 0, storage: "input" }
      : { macs: 0, autogradOps: 1, saved: 0, storage: "view" },
  forward: (emit, { x, output }) => ({ y: emit.op("Reshape", [x[0]!, emit.ints([-1, ...output])]) }),
  backward: (emit, { dy, inputs }) => ({ inputs: [emit.op("Reshape", [dy, emit.ints([-1, ...inputs[0]!])])] }),
  channels: movedChannels(),
  sample: (_, [x], { output }) => (output && (output.length !== 1 || output[0] !== product(x!)) ? undefined : {}),
  fromPytorch: [
    {
      signatures: flattening,
      attrs: ({ start_dim, end_dim }, { inputs: [shape] }) =>
        start_dim === 1 && (end_dim === -1 || end_dim === shape!.length) ? {} : undefined,
      inputShape: ({ start_dim, end_dim }) => (start_dim === 1 && end_dim === -1 ? "later" : undefined),
    },
  ],
  spellings: {
    // Keras's own Flatten turns channels first into channels last.
    keras: ({ output }) => ({ expression: ([x]) => `ops.reshape(${x}, (-1, ${output}))` }),
    flux: () => ({ expression: ([x]) => `Flux.flatten(${x})` }),
    arraymancer: ({ inputs: [x] }) => ({ layer: `Flatten(@[${x!.join(", ")}])` }),
    grenade: ({ inputs: [x] }) => ({ layer: x!.length === 1 ? "Trivial" : "Reshape" }),
  },
  pytorch: ({ inputs: [shape] }) => ({
    expression: ([x]) => (shape!.length === 0 ? `${x}.unsqueeze(1)` : `torch.flatten(${x}, 1)`),
  }),
});

export interface FlattenLayer extends Layer {
  readonly out: [Product<In<this>>];
}
export const Flatten: () => FlattenLayer = layerOf(flatten);

declare module "../op/tensor.js" {
  interface Operators {
    /** All elements of a sample in one axis. */
    flatten<S extends Shape>(this: HasShape<S>): Tensor<[Product<S>]>;
  }
}
