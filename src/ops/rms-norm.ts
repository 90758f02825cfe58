/** rmsNorm: the last axes of every sample to mean square 1, then a learned scale (Zhang and Sennrich 2019). */
import { layerOf } from "../op/index.js";
import {
  type LastAxesAttrs,
  type LastAxesMaker,
  type LastAxesMethod,
  lastAxesAttrs,
  lastAxesCall,
  lastAxesNeeded,
  learnedLast,
  rowsBefore,
  someLastAxes,
} from "./last-axes.js";
import { normalising, python } from "./normalising.js";

/** PyTorch's default: what float32 can tell apart from 1. */
const eps = 2 ** -23;

export const rmsNorm = normalising<LastAxesAttrs>({
  name: "rmsNorm",
  attrs: lastAxesAttrs(eps),
  args: (options?: Partial<LastAxesAttrs>) => ({ ...options }),
  check: lastAxesNeeded("rmsNorm"),
  parts: rowsBefore,
  learned: learnedLast,
  centred: false,
  // Square, mean, sum, inverse root and product, and the scale.
  autogradOps: (_, { affine }) => (affine ? 6 : 5),
  sample: (random, [x]) =>
    x!.length === 0 ? undefined : { ...someLastAxes(random, x!), eps, affine: random.chance() },
  fromPytorch: [lastAxesCall("nn.RMSNorm(normalized_shape, eps=None, elementwise_affine=True)")],
  pytorch: ({ inputs: [x], attrs }) => ({
    module: `nn.RMSNorm([${learnedLast(x!, attrs).shape}], eps=${attrs.eps}, elementwise_affine=${python(attrs.affine)})`,
  }),
});

export const RMSNorm: LastAxesMaker<"rmsNorm"> = layerOf(rmsNorm);

declare module "../op/tensor.js" {
  interface Operators {
    /** The last axes, `lastAxes` of them or all, to mean square 1, then a learned scale. */
    readonly rmsNorm: LastAxesMethod<"rmsNorm">;
  }
}
