/** layerNorm: the last axes of every sample to mean 0 and variance 1, then a learned scale and shift (Ba et al. 2016). */
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

export const layerNorm = normalising<LastAxesAttrs>({
  name: "layerNorm",
  attrs: lastAxesAttrs(1e-5),
  args: (options?: Partial<LastAxesAttrs>) => ({ ...options }),
  check: lastAxesNeeded("layerNorm"),
  parts: rowsBefore,
  learned: learnedLast,
  centred: true,
  autogradOps: () => 1,
  sample: (random, [x]) =>
    x!.length === 0 ? undefined : { ...someLastAxes(random, x!), eps: 1e-5, affine: random.chance() },
  fromPytorch: [lastAxesCall("nn.LayerNorm(normalized_shape, eps=1e-5, elementwise_affine=True, bias=True)")],
  pytorch: ({ inputs: [x], attrs }) => ({
    module: `nn.LayerNorm([${learnedLast(x!, attrs).shape}], eps=${attrs.eps}, elementwise_affine=${python(attrs.affine)})`,
  }),
});

export const LayerNorm: LastAxesMaker<"layerNorm"> = layerOf(layerNorm);

declare module "../op/tensor.js" {
  interface Operators {
    /** The last axes, `lastAxes` of them or all, to mean 0 and variance 1, then a learned scale and shift. */
    readonly layerNorm: LastAxesMethod<"layerNorm">;
  }
}
