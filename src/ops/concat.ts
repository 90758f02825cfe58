/** concat: tensors one after another along the first axis, the channels. */
import { attributes, op } from "../op/index.js";
import { ShapeMismatch, sameShape, show } from "../shape/index.js";

export const concat = op<object>({
  name: "concat",
  attrs: attributes({}),
  args: () => ({}),
  arity: { atLeast: 1 },
  shape: inputs => {
    const [first] = inputs as [readonly number[]];
    for (const shape of inputs) {
      if (shape.length === 0 || !sameShape(first.slice(1), shape.slice(1))) {
        throw new ShapeMismatch(
          `concat: shapes must be equal after the first axis, got ${show(first)} and ${show(shape)}; bring them to one size first`,
        );
      }
    }
    return [inputs.reduce((sum, shape) => sum + shape[0]!, 0), ...first.slice(1)];
  },
  weights: () => [],
  cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "own" }),
  forward: (emit, { x }) => ({ y: emit.op("Concat", x, { axis: 1 }) }),
  backward: (emit, { x, dy, inputs }) => ({
    inputs:
      x.length === 1 ? [dy] : emit.ops("Split", [dy, emit.ints(inputs.map(shape => shape[0]!))], x.length, { axis: 1 }),
  }),
  sample: (_, [first, ...rest]) =>
    first!.length > 0 && rest.every(shape => shape.length > 0 && sameShape(first!.slice(1), shape.slice(1)))
      ? {}
      : undefined,
  pytorch: () => ({ expression: inputs => `torch.cat([${inputs.join(", ")}], 1)` }),
});
