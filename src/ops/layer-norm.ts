/** layerNorm: the last axes of every sample to mean 0 and variance 1, then a learned scale and shift (Ba et al. 2016). */
import {
  type Constant,
  filledConstant,
  type Key,
  layerOf,
  listOf,
  type OnnxMeaning,
  type OnnxSite,
  reversed,
  scalarOf,
} from "../op/index.js";
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

/** The formula as PyTorch writes it for ONNX before version 17. */
const normal = [
  "m = ReduceMean(x)",
  "c = Sub(x, m)",
  "p = Pow(c, two)",
  "v = ReduceMean(p)",
  "e = Add(v, eps)",
  "s = Sqrt(e)",
  "n = Div(c, s)",
];

/** The first of the axes that both means are over, where these are the last ones. */
function axisOfPattern(site: OnnxSite): number | undefined {
  const [first, second] = ["m", "v"].map(of => site.ints("axes", of) ?? listOf(site.constant(`${of}.1`)));
  const isSquare = scalarOf(site.constant("two")) === 2;
  if (!isSquare || !first || String(first) !== String(second)) return undefined;
  const fromEnd = first.map(axis => (axis < 0 ? axis : axis - site.rank("x"))).sort((a, b) => a - b);
  return fromEnd.every((axis, i) => axis === i - fromEnd.length) ? fromEnd[0] : undefined;
}

/** How many axes there are from one on, the batch's not among them. */
function lastAxesFrom(site: OnnxSite, key: Key, axis: number): number | undefined {
  const axes = site.tensor(key)!.length;
  const last = axes - site.axis(axis, key);
  return last === axes ? undefined : last;
}

function normOf(
  site: OnnxSite,
  key: Key,
  axis: number,
  eps: number,
  weight: Constant,
  bias: Constant | undefined,
): OnnxMeaning | undefined {
  const lastAxes = lastAxesFrom(site, key, axis);
  const shape = site.tensor(key)!.slice(-(lastAxes ?? site.tensor(key)!.length));
  if (String(weight.dims) !== String(shape)) return undefined;
  return {
    attrs: { eps, ...(lastAxes === undefined ? {} : { lastAxes }) },
    inputs: [key],
    weights: { weight, bias: bias ?? filledConstant(shape, 0) },
  };
}

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
  fromOnnx: [
    {
      operators: ["LayerNormalization"],
      batch: "anywhere",
      read: site => {
        const [weight, bias] = [site.constant(1), site.constant(2)];
        if (!weight || (!bias && site.tensor(2)) || site.outputs > 1) return undefined;
        return normOf(site, 0, site.int("axis", -1), site.float("epsilon", 1e-5), weight, bias);
      },
    },
    {
      pattern: [...normal, "w = Mul(n, weight)", "y = Add(w, bias)"],
      batch: "anywhere",
      read: site => {
        const [weight, bias] = [site.constant("weight"), site.constant("bias")];
        const axis = axisOfPattern(site);
        const eps = scalarOf(site.constant("eps"));
        if (!weight || !bias || axis === undefined || eps === undefined) return undefined;
        return normOf(site, "x", axis, eps, weight, bias);
      },
    },
    {
      pattern: normal,
      batch: "anywhere",
      read: site => {
        const axis = axisOfPattern(site);
        const eps = scalarOf(site.constant("eps"));
        if (axis === undefined || eps === undefined) return undefined;
        return { attrs: { lastAxes: lastAxesFrom(site, "x", axis), eps, affine: false }, inputs: ["x"] };
      },
    },
  ],
  fromPytorch: [lastAxesCall("nn.LayerNorm(normalized_shape, eps=1e-5, elementwise_affine=True, bias=True)")],
  spellings: {
    keras: ({ inputs: [x], attrs: { lastAxes = x!.length, eps, affine } }) => {
      const axes = x!.slice(-lastAxes).map((_, i) => i - lastAxes);
      return {
        layer: `layers.LayerNormalization(axis=[${axes}], epsilon=${eps}${affine ? "" : ", center=False, scale=False"})`,
      };
    },
    // It divides by sqrt(variance + eps²).
    flux: ({ inputs: [x], attrs }) => ({
      layer: `LayerNorm(${reversed(learnedLast(x!, attrs).shape)}; affine=${attrs.affine}, eps=${Number(Math.sqrt(attrs.eps).toPrecision(9))})`,
    }),
  },
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
