/** softplus: log(1 + exp(beta x)) / beta, and x itself where beta x is above the threshold; gradient sigmoid(beta x). */
import {
  activation,
  type Emit,
  finite,
  type KeepingLayer,
  layerOf,
  operator,
  type PointwiseOptions,
  pointwiseWith,
  positive,
  type Tensor,
  type Value,
} from "../op/index.js";
import type { HasShape, PositiveArg, Shape } from "../shape/index.js";

export interface SoftplusAttrs {
  readonly beta: number;
  /** Where `beta x` is above it, the function is x. */
  readonly threshold: number;
}

const times = (emit: Emit, x: Value, factor: number): Value =>
  factor === 1 ? x : emit.op("Mul", [x, emit.float(factor)]);

export const softplus = pointwiseWith<SoftplusAttrs>({
  name: "softplus",
  fields: { beta: positive("beta").default(1), threshold: finite("threshold").default(20) },
  draw: random => ({ beta: random.int(2, 20) / 10, threshold: random.int(1, 20) }),
  forward: (emit, x, { beta, threshold }) => {
    const scaled = times(emit, x, beta);
    const bent = times(emit, emit.op("Softplus", [scaled]), 1 / beta);
    return emit.op("Where", [emit.op("Greater", [scaled, emit.float(threshold)]), x, bent]);
  },
  backward: (emit, { x, dy }, { beta, threshold }) => {
    const scaled = times(emit, x, beta);
    const slope = emit.op("Mul", [dy, emit.op("Sigmoid", [scaled])]);
    return emit.op("Where", [emit.op("Greater", [scaled, emit.float(threshold)]), dy, slope]);
  },
  // PyTorch has no form that writes over its input.
  // ONNX's has no threshold: from 20 on both are x in float32.
  fromOnnx: [operator("Softplus")],
  fromPytorch: [
    {
      signatures: [...activation("Softplus", "softplus", "beta=1, threshold=20")],
      attrs: ({ beta, threshold }) => ({ beta, threshold }),
    },
  ],
  pytorch: ({ beta, threshold }) => ({ module: `nn.Softplus(${beta}, ${threshold})` }),
});

interface SoftplusOptions<V> extends PointwiseOptions {
  readonly beta?: V;
  readonly threshold?: number;
}
type Beta<V extends number> = PositiveArg<"softplus", "beta", V>;
export const Softplus: <V extends number = 1>(options?: SoftplusOptions<Beta<V>>) => KeepingLayer = layerOf(softplus);

declare module "../op/tensor.js" {
  interface Operators {
    /** log(1 + exp(`beta` x)) / `beta`; x itself where `beta` x is above `threshold`. */
    softplus<S extends Shape, V extends number = 1>(this: HasShape<S>, options?: SoftplusOptions<Beta<V>>): Tensor<S>;
  }
  interface Activations {
    readonly softplus: unknown;
  }
}
