/** instanceNorm: every channel of every sample to mean 0 and variance 1 over space (Ulyanov et al. 2016). */
import { attributes, between, flag, type In, type Layer, layerOf, type Tensor, weighedFirst } from "../op/index.js";
import {
  type At,
  type BelowOne,
  type BelowOneArg,
  type HasShape,
  type Out,
  product,
  type Shape,
  ShapeMismatch,
  type Show,
  show,
  type Wrong,
} from "../shape/index.js";
import { type NormAttrs, normalising, python } from "./normalising.js";

export const instanceNorm = normalising<NormAttrs>({
  name: "instanceNorm",
  attrs: attributes({ eps: between("eps", 0, 1).default(1e-5), affine: flag("affine").default(false) }),
  args: (options?: Partial<NormAttrs>) => ({ ...options }),
  check: shape => {
    if (shape.length < 2) {
      throw new ShapeMismatch(
        `instanceNorm: input must be channels and spatial axes, got ${show(shape)}; reshape it first`,
      );
    }
  },
  parts: shape => shape[0]!,
  learned: shape => ({ first: 0, shape: [shape[0]!] }),
  centred: true,
  channels: weighedFirst(["weight", "bias"]),
  // PyTorch makes a batch norm of it, with batch and channels in one axis and scale and shift repeated for each sample.
  autogradOps: (_, { affine }) => (affine ? 5 : 3),
  sample: (random, [x]) => (x!.length < 2 ? undefined : { eps: 1e-5, affine: random.chance() }),
  // Without running statistics momentum moves nothing.
  fromOnnx: [
    {
      operators: ["InstanceNormalization"],
      read: site => {
        const [weight, bias] = [site.constant(1), site.constant(2)];
        if (!weight || !bias) return undefined;
        return { attrs: { eps: site.float("epsilon", 1e-5), affine: true }, weights: { weight, bias } };
      },
    },
  ],
  fromPytorch: [
    {
      signatures: [1, 2, 3].map(
        rank =>
          `nn.InstanceNorm${rank}d(num_features, eps=1e-5, momentum=0.1, affine=False, track_running_stats=False)`,
      ),
      states: { parameter: "num_features", axis: 0 },
      attrs: ({ eps, affine, momentum: _ }) => ({ eps, affine }),
    },
    {
      signatures: [
        "F.instance_norm(input, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True, momentum=0.1, eps=1e-5)",
      ],
      attrs: ({ eps, momentum: _ }) => ({ eps }),
    },
  ],
  pytorch: ({ inputs: [x], attrs }) => {
    const options = `eps=${attrs.eps}, affine=${python(attrs.affine)}`;
    const [channels, ...spatial] = x!;
    // PyTorch's own refuses a single element per channel, and has names for up to three spatial axes.
    return product(spatial) === 1 || spatial.length > 3
      ? { module: `nn.GroupNorm(${channels}, ${channels}, ${options})` }
      : { module: `nn.InstanceNorm${spatial.length}d(${channels}, ${options})` };
  },
});

type Rule<S extends Shape, E extends number> =
  BelowOne<"instanceNorm", "eps", E> extends infer W
    ? [W] extends [never]
      ? S extends readonly [] | readonly [number]
        ? Wrong<"input", `instanceNorm: input must be channels and spatial axes, got ${Show<S>}; reshape it first`>
        : S
      : W
    : never;
interface InstanceNormOptions<E> {
  /** Added to the variance; 1e-5 unless told. */
  readonly eps?: E;
  /** Learn a scale and a shift per channel; false unless told, as in PyTorch. */
  readonly affine?: boolean;
}

export interface InstanceNormLayer<E extends number> extends Layer {
  readonly out: Rule<In<this>, E>;
}
export const InstanceNorm: <E extends number = 0.1>(
  options?: InstanceNormOptions<BelowOneArg<"instanceNorm", "eps", E>>,
) => InstanceNormLayer<E> = layerOf(instanceNorm);

declare module "../op/tensor.js" {
  interface Operators {
    /** Every channel to mean 0 and variance 1 over space. */
    instanceNorm<S extends Shape, E extends number = 0.1>(
      this: At<Rule<S, E>, "input", HasShape<S>>,
      options?: InstanceNormOptions<At<Rule<S, E>, "eps", E>>,
    ): Tensor<Out<Rule<S, E>>>;
  }
}
