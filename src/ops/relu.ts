/** relu: max(x, 0). Its gradient at 0 is 0, as in PyTorch. */
import {
  ArgumentError,
  above0,
  activation,
  elementFunction,
  functions,
  inPlaceOf,
  type KeepingMaker,
  type KeepsShape,
  layerOf,
  moduleOrFunction,
  operator,
  type PointwiseOptions,
  pointwise,
  python,
} from "../op/index.js";

export const relu = pointwise({
  name: "relu",
  forward: (emit, x) => emit.op("Relu", [x]),
  backward: (emit, { y, dy }) => emit.op("Mul", [dy, above0(emit, y)]),
  fromOnnx: [operator("Relu")],
  fromPytorch: [
    { signatures: [...activation("ReLU", "relu", "inplace=False"), ...functions("relu")], attrs: inPlaceOf },
    {
      signatures: activation("Threshold", "threshold", "threshold, value, inplace=False"),
      attrs: args => {
        if (args.threshold === 0 && args.value === 0) return inPlaceOf(args);
        const got = `${python(args.threshold!)} and ${python(args.value!)}`;
        throw new ArgumentError(
          `threshold: threshold and value can only be 0, as in a relu, got ${got}; subtract the threshold before a relu`,
        );
      },
    },
  ],
  spellings: elementFunction({ keras: "relu", flux: "relu", arraymancer: "relu", grenade: "Relu" }),
  pytorch: moduleOrFunction("ReLU", "relu_"),
  idempotent: true,
});

export const ReLU: KeepingMaker<PointwiseOptions> = layerOf(relu);

declare module "../op/tensor.js" {
  interface Operators {
    /** max(x, 0). */
    readonly relu: KeepsShape<PointwiseOptions>;
  }
  interface Activations {
    readonly relu: unknown;
  }
}
