/** groupNorm: channels in groups, each group of every sample to mean 0 and variance 1 (Wu and He 2018); scale and shift per channel. */
import {
  alone,
  attributes,
  between,
  flag,
  flatConstant,
  type In,
  type Layer,
  layerOf,
  listOf,
  type Tensor,
  upTo,
  whole,
} from "../op/index.js";
import {
  type At,
  type BelowOne,
  type BelowOneArg,
  type Divides,
  type FirstWrong,
  type HasShape,
  type Out,
  type Shape,
  ShapeMismatch,
  type Unranked,
  type Whole,
  type WholeArg,
  type Wrong,
} from "../shape/index.js";
import { type NormAttrs, normalising, python } from "./normalising.js";

export interface GroupNormAttrs extends NormAttrs {
  readonly groups: number;
}

export const groupNorm = normalising<GroupNormAttrs>({
  name: "groupNorm",
  attrs: attributes({
    groups: whole("groups", 1),
    eps: between("eps", 0, 1).default(1e-5),
    affine: flag("affine").default(true),
  }),
  args: (groups: unknown, options?: object) => ({ groups, ...options }),
  check: (shape, { groups }) => {
    if (shape.length === 0)
      throw new ShapeMismatch("groupNorm: input needs at least one axis, got []; reshape it to [1]");
    const channels = shape[0]!;
    if (channels % groups !== 0) {
      throw new ShapeMismatch(
        `groupNorm: groups ${groups} must divide the channels, got ${channels}; choose a divisor of ${channels}`,
      );
    }
  },
  parts: (_, { groups }) => groups,
  learned: shape => ({ first: 0, shape: [shape[0]!] }),
  centred: true,
  // Groups stay of one size: places at the same place of each live together. Groups of one channel come and go with it.
  channels: ({ output, attrs }) => {
    const size = output[0]! / attrs.groups;
    const single = size === 1;
    const labels = upTo(output[0]!).map(place => (single ? place : place % size));
    const own = [{ of: "output" as const, axis: 0 }];
    return {
      inputs: [alone(output, 0, labels)],
      output: alone(output, 0, labels),
      weights: { weight: own, bias: own },
      ...(single ? { attrs: next => ({ ...attrs, groups: next.output[0]! }) } : { mixes: true }),
    };
  },
  autogradOps: () => 1,
  sample: (random, [x]) => {
    if (x!.length === 0) return undefined;
    const divisors = Array.from({ length: x![0]! }, (_, i) => i + 1).filter(d => x![0]! % d === 0);
    return { groups: random.pick(divisors), eps: 1e-5, affine: random.chance() };
  },
  fromOnnx: [
    {
      operators: ["GroupNormalization"],
      read: site => {
        const [weight, bias] = [site.constant(1), site.constant(2)];
        // Before version 21 scale and shift were per group.
        if (!weight || !bias || weight.data.length !== site.tensor(0)?.[0]) return undefined;
        const [groups, eps] = [site.int("num_groups", 1), site.float("epsilon", 1e-5)];
        return { attrs: { groups, eps }, weights: { weight, bias } };
      },
    },
    {
      pattern: [
        "r = Reshape(x, cut)",
        "n = InstanceNormalization(r, ones, zeros)",
        "b = Reshape(n, whole)",
        "s = Mul(b, weight)",
        "y = Add(s, bias)",
      ],
      read: site => {
        const [weight, bias, ones, zeros] = ["weight", "bias", "ones", "zeros"].map(name => site.constant(name));
        const channels = site.tensor("x")?.[0];
        const isPlain = listOf(ones)?.every(one => one === 1) && listOf(zeros)?.every(zero => zero === 0);
        if (!isPlain || weight?.data.length !== channels || bias?.data.length !== channels) return undefined;
        return {
          attrs: { groups: ones!.data.length, eps: site.float("epsilon", 1e-5, "n") },
          inputs: ["x"],
          weights: { weight: flatConstant(weight!), bias: flatConstant(bias!) },
        };
      },
    },
  ],
  fromPytorch: [
    {
      signatures: ["nn.GroupNorm(num_groups, num_channels, eps=1e-5, affine=True)"],
      states: { parameter: "num_channels", axis: 0 },
      attrs: ({ num_groups, eps, affine }) => ({ groups: num_groups, eps, affine }),
    },
  ],
  pytorch: ({ inputs: [x], attrs }) => ({
    module: `nn.GroupNorm(${attrs.groups}, ${x![0]}, eps=${attrs.eps}, affine=${python(attrs.affine)})`,
  }),
});

type Rule<S extends Shape, G extends number, E extends number> =
  FirstWrong<[Whole<"groupNorm", "groups", G>, BelowOne<"groupNorm", "eps", E>]> extends infer W
    ? [W] extends [never]
      ? S extends readonly []
        ? Wrong<"groups", "groupNorm: input needs at least one axis, got []; reshape it to [1]">
        : Divided<S, S[0], G>
      : W
    : never;
type Divided<S extends Shape, C extends number, G extends number> = [Unranked<S>] extends [true]
  ? S
  : [Divides<G, C>] extends [true]
    ? S
    : Wrong<"groups", `groupNorm: groups ${G} must divide the channels, got ${C}; choose a divisor of ${C}`>;

interface GroupNormOptions<E> {
  /** Added to the variance; 1e-5 unless told. */
  readonly eps?: E;
  /** Learn a scale and a shift per channel; true unless told. */
  readonly affine?: boolean;
}
export interface GroupNormLayer<G extends number, E extends number> extends Layer {
  readonly out: Rule<In<this>, G, E>;
}
export const GroupNorm: <G extends number, E extends number = 0.1>(
  groups: WholeArg<"groupNorm", "groups", G>,
  options?: GroupNormOptions<BelowOneArg<"groupNorm", "eps", E>>,
) => GroupNormLayer<G, E> = layerOf(groupNorm);

declare module "../op/tensor.js" {
  interface Operators {
    /** Channels in `groups`, each group to mean 0 and variance 1, then a learned scale and shift per channel. */
    groupNorm<S extends Shape, G extends number, E extends number = 0.1>(
      this: HasShape<S>,
      groups: At<Rule<S, G, E>, "groups", G>,
      options?: GroupNormOptions<At<Rule<S, G, E>, "eps", E>>,
    ): Tensor<Out<Rule<S, G, E>>>;
  }
}
