/** identity: its input, as it is. */
import { attributes, op } from "../op/index.js";

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
  sample: () => ({}),
  pytorch: () => ({ module: "nn.Identity()" }),
});
