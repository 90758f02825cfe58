/** flatten: all elements of a sample in one axis. */
import { attributes, type In, type Layer, layerOf, op, type Tensor } from "../op/index.js";
import { type HasShape, type Product, product, type Shape } from "../shape/index.js";

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
  sample: (_, [x], { output }) => (output && (output.length !== 1 || output[0] !== product(x!)) ? undefined : {}),
  pytorch: () => ({ module: "nn.Flatten()" }),
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
