/** relu6: min(max(x, 0), 6). Its gradient at 0 and at 6 is 0, as in PyTorch. */
import {
  activation,
  elementFunction,
  inPlaceOf,
  type KeepingMaker,
  type KeepsShape,
  layerOf,
  moduleInPlace,
  type PointwiseOptions,
  pointwise,
  scalarOf,
} from "../op/index.js";

export const relu6 = pointwise({
  name: "relu6",
  forward: (emit, x) => emit.op("Clip", [x, emit.float(0), emit.float(6)]),
  backward: (emit, { y, dy }) => {
    const inside = emit.op("And", [emit.op("Greater", [y, emit.float(0)]), emit.op("Less", [y, emit.float(6)])]);
    return emit.op("Where", [inside, dy, emit.float(0)]);
  },
  fromOnnx: [
    {
      operators: ["Clip"],
      batch: "anywhere",
      read: site => {
        const low = scalarOf(site.constant(1)) ?? site.float("min", Number.NaN);
        const high = scalarOf(site.constant(2)) ?? site.float("max", Number.NaN);
        return low === 0 && high === 6 ? { attrs: {} } : undefined;
      },
    },
  ],
  fromPytorch: [
    { signatures: [...activation("ReLU6", "relu6", "inplace=False")], attrs: inPlaceOf },
    {
      signatures: activation("Hardtanh", "hardtanh", "min_val=-1, max_val=1, inplace=False"),
      attrs: args => (args.min_val === 0 && args.max_val === 6 ? inPlaceOf(args) : undefined),
    },
  ],
  spellings: elementFunction({ keras: "relu6", flux: "relu6" }),
  pytorch: attrs => moduleInPlace(attrs, "ReLU6"),
  idempotent: true,
});

export const ReLU6: KeepingMaker<PointwiseOptions> = layerOf(relu6);

declare module "../op/tensor.js" {
  interface Operators {
    /** min(max(x, 0), 6). */
    readonly relu6: KeepsShape<PointwiseOptions>;
  }
  interface Activations {
    readonly relu6: unknown;
  }
}
