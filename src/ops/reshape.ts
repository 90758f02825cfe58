/** reshape: the same elements, row by row, in another shape (PyTorch's view). */
import { attributes, op, sizes } from "../op/index.js";
import { product, type Shape, ShapeMismatch, show } from "../shape/index.js";

export interface ReshapeAttrs {
  readonly shape: Shape;
}

export const reshape = op<ReshapeAttrs>({
  name: "reshape",
  attrs: attributes({ shape: sizes("shape") }),
  args: (shape: unknown) => ({ shape }),
  arity: 1,
  shape: ([x], { shape }) => {
    if (product(x!) !== product(shape)) {
      throw new ShapeMismatch(
        `reshape: ${product(x!)} elements cannot become ${product(shape)}, got ${show(x!)} to ${show(shape)}; choose sizes with the same product`,
      );
    }
    return shape;
  },
  weights: () => [],
  cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "view" }),
  forward: (emit, { x, attrs }) => ({ y: emit.op("Reshape", [x[0]!, emit.ints([-1, ...attrs.shape])]) }),
  backward: (emit, { dy, inputs }) => ({ inputs: [emit.op("Reshape", [dy, emit.ints([-1, ...inputs[0]!])])] }),
  sample: (random, [x], { output }) => {
    if (output) return product(output) === product(x!) ? { shape: output } : undefined;
    const size = product(x!);
    const first = random.pick(Array.from({ length: size }, (_, i) => i + 1).filter(d => size % d === 0));
    return { shape: [first, size / first] };
  },
  pytorch: ({ attrs }) => ({ expression: ([x]) => `${x}.reshape(${x}.shape[0], ${attrs.shape.join(", ")})` }),
});
