/** hardSwish: x hardSigmoid(x) (Howard et al. 2019). */
import {
  activation,
  elementFunction,
  inPlaceOf,
  type KeepingMaker,
  type KeepsShape,
  layerOf,
  moduleInPlace,
  operator,
  type PointwiseOptions,
  pointwise,
} from "../op/index.js";

export const hardSwish = pointwise({
  name: "hardSwish",
  forward: (emit, x) => {
    const gate = emit.op("HardSigmoid", [x], { alpha: { float: 1 / 6 }, beta: { float: 1 / 2 } });
    return { y: emit.op("Mul", [x, gate]), saved: { gate } };
  },
  // Between the bends, and at them as in PyTorch, the gate rises by 1/6.
  backward: (emit, { x, dy, saved }) => {
    const between = emit.op("LessOrEqual", [emit.op("Abs", [x]), emit.float(3)]);
    const rising = emit.op("Where", [between, emit.op("Mul", [x, emit.float(1 / 6)]), emit.float(0)]);
    return emit.op("Mul", [dy, emit.op("Add", [saved.gate!, rising])]);
  },
  fromOnnx: [operator("HardSwish")],
  fromPytorch: [{ signatures: [...activation("Hardswish", "hardswish", "inplace=False")], attrs: inPlaceOf }],
  spellings: elementFunction({ keras: "hard_silu", flux: "hardswish" }),
  pytorch: attrs => moduleInPlace(attrs, "Hardswish"),
});

export const HardSwish: KeepingMaker<PointwiseOptions> = layerOf(hardSwish);

declare module "../op/tensor.js" {
  interface Operators {
    /** x min(max(x / 6 + 1/2, 0), 1). */
    readonly hardSwish: KeepsShape<PointwiseOptions>;
  }
  interface Activations {
    readonly hardSwish: unknown;
  }
}
