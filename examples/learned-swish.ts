/**
 * An op of one's own: learnedSwish, x times sigmoid(beta x) with a beta for each channel that is learned (Ramachandran,
 * Zoph and Le 2017). Everything netpick needs to know of it stands in this file.
 */
import { attributes, finite, type KeepingMaker, type KeepsShape, layerOf, none, op } from "netpick/op";

interface LearnedSwish {
  /** Beta before training. */
  readonly beta: number;
}

export const learnedSwish = op<LearnedSwish>({
  name: "learnedSwish",
  // What may be said of it: refused with a sentence where it cannot be.
  attrs: attributes({ beta: finite("beta").default(1) }),
  args: (options?: Partial<LearnedSwish>) => ({ ...options }),
  arity: 1,
  // Shapes are those of one sample; the batch stands in front of them when the network runs.
  shape: ([x]) => x!,
  weights: ([x], { beta }) => [
    { role: "beta", shape: [x![0] ?? 1], init: { kind: "constant", value: beta }, trainable: true },
  ],
  cost: () => ({ macs: 0, autogradOps: 2, saved: 0, storage: "own" }),
  // Nodes of ONNX, with a batch.
  forward: (emit, { x, w, inputs: [shape] }) => {
    const beside = emit.op("Reshape", [w.beta!, emit.ints([1, -1, ...shape!.slice(1).map(() => 1)])]);
    const gate = emit.op("Sigmoid", [emit.op("Mul", [x[0]!, beside])]);
    return { y: emit.op("Mul", [x[0]!, gate]), saved: { beside, gate } };
  },
  // With s = sigmoid(beta x): dy/dx = s + beta x s (1 - s), dy/dbeta = x² s (1 - s).
  backward: (emit, { x, dy, saved, inputs: [shape], needs }) => {
    const { beside, gate } = saved as { beside: string; gate: string };
    const slope = emit.op("Mul", [gate, emit.op("Sub", [emit.float(1), gate])]);
    const through = emit.op("Mul", [x[0]!, slope]);
    const dx = needs[0] && emit.op("Mul", [dy, emit.op("Add", [gate, emit.op("Mul", [beside, through])])]);
    const each = emit.op("Mul", [dy, emit.op("Mul", [x[0]!, through])]);
    const others = [0, ...shape!.slice(1).map((_, axis) => axis + 2)];
    return {
      inputs: [dx || undefined],
      weights: { beta: emit.op("ReduceSum", [each, emit.ints(others)], { keepdims: 0 }) },
    };
  },
  // Attributes for a network that is drawn.
  sample: random => ({ beta: random.int(1, 4) / 2 }),
  pytorch: () => none("PyTorch has no swish with a learned beta"),
});

/** The op as a layer, `LearnedSwish({ beta: 2 })`. */
export const LearnedSwish: KeepingMaker<Partial<LearnedSwish>> = layerOf(learnedSwish);

// And as a method of every tensor, which keeps its shape.
declare module "netpick/tensor" {
  interface Operators {
    readonly learnedSwish: KeepsShape<Partial<LearnedSwish>>;
  }
}
