/** Functions of `torch.nn.functional` that are given weights: the layer that has these weights. */
import { ArgumentError, bind, isFallback, type Parameter, signature } from "../../op/index.js";
import type { Core } from "./core.js";
import { knownCalls } from "./known-calls.js";
import { undecided } from "./operators.js";
import { isParameter } from "./parameters.js";
import { type Args, describe, type Instance, isSpecial, isTensor, own, type Value } from "./values.js";

interface Weighted {
  readonly signature: string;
  /** The layer's class, and its arguments from the shape of the weight and from what else the function is given. */
  readonly layer: string;
  readonly args: (weight: readonly number[], given: (name: string) => Value) => Readonly<Record<string, Value>>;
  /** What no layer has an argument for, and what it can only be. */
  readonly only?: Readonly<Record<string, Value>>;
}

const has = (value: Value): boolean => value !== null;

function convolution(rank: number): Weighted {
  return {
    signature: `F.conv${rank}d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1)`,
    layer: `nn.Conv${rank}d`,
    args: ([out = 0, inside = 0, ...kernel], given) => ({
      in_channels: inside * Number(given("groups")),
      out_channels: out,
      kernel_size: { kind: "tuple", items: kernel },
      bias: has(given("bias")),
    }),
  };
}

function transposed(rank: number): Weighted {
  return {
    signature: `F.conv_transpose${rank}d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1)`,
    layer: `nn.ConvTranspose${rank}d`,
    args: ([inside = 0, out = 0, ...kernel], given) => ({
      in_channels: inside,
      out_channels: out * Number(given("groups")),
      kernel_size: { kind: "tuple", items: kernel },
      bias: has(given("bias")),
    }),
  };
}

const all: readonly Weighted[] = [
  ...[1, 2, 3].flatMap(rank => [convolution(rank), transposed(rank)]),
  {
    signature: "F.linear(input, weight, bias=None)",
    layer: "nn.Linear",
    args: ([out = 0, inside = 0], given) => ({ in_features: inside, out_features: out, bias: has(given("bias")) }),
  },
  {
    signature: "F.bilinear(input1, input2, weight, bias=None)",
    layer: "nn.Bilinear",
    args: ([out = 0, one = 0, two = 0], given) => ({
      ...{ in1_features: one, in2_features: two, out_features: out },
      bias: has(given("bias")),
    }),
  },
  {
    signature: "F.layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5)",
    layer: "nn.LayerNorm",
    args: (_, given) => ({ elementwise_affine: has(given("weight")) }),
  },
  {
    signature: "F.rms_norm(input, normalized_shape, weight=None, eps=None)",
    layer: "nn.RMSNorm",
    args: (_, given) => ({ elementwise_affine: has(given("weight")) }),
  },
  {
    signature: "F.group_norm(input, num_groups, weight, bias, eps=1e-5)",
    layer: "nn.GroupNorm",
    args: ([channels = 0]) => ({ num_channels: channels }),
  },
  {
    signature:
      "F.batch_norm(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5)",
    layer: "nn.BatchNorm2d",
    args: ([channels = 0], given) => ({ num_features: channels, affine: has(given("weight")) }),
  },
  {
    signature:
      "F.instance_norm(input, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True, momentum=0.1, eps=1e-5)",
    layer: "nn.InstanceNorm2d",
    args: ([channels = 0]) => ({ num_features: channels, affine: true }),
    only: { running_mean: null, running_var: null, use_input_stats: true },
  },
  {
    signature:
      "F.embedding(input, weight, padding_idx=None, max_norm=None, norm_type=2, scale_grad_by_freq=False, sparse=False)",
    layer: "nn.Embedding",
    args: ([count = 0, features = 0]) => ({ num_embeddings: count, embedding_dim: features }),
  },
  {
    signature: "F.prelu(input, weight)",
    layer: "nn.PReLU",
    args: ([count = 1]) => ({ num_parameters: count }),
  },
];
const known: Readonly<Record<string, Weighted>> = Object.fromEntries(
  all.map(one => [signature(one.signature).name, one] as const),
);
/** What is a tensor among the arguments, or says how the function is run. */
const notSettings = new Set(["input", "input1", "input2", "weight", "bias", "running_mean", "running_var", "training"]);

export const isWeighted = (name: string): boolean => own(known, name) !== undefined;

export function weightedFunction(
  name: string,
  args: Args,
  classOf: (name: string) => Value,
  core: Core,
  at: number,
): Value {
  const { signature: text, layer, args: argsOf, only = {} } = known[name]!;
  const { parameters } = signature(text);
  const bound = bind<Value>(signature(text), args.positional, args.keywords) as ReadonlyMap<string, Value>;
  const given = (key: string): Value => bound.get(key) ?? null;
  const tensors = [...bound.values()].filter(isTensor);
  const settings = parameters.filter(one => bound.has(one.name) && !notSettings.has(one.name) && !(one.name in only));
  const weight = given("weight");
  if (weight === null && knownCalls(name).length > 0) {
    return core.graph.function(name, args.positional, at, core, args.keywords);
  }
  const other = Object.keys(only).find(key => given(key) !== only[key]);
  if (other !== undefined) {
    const told = `${other} can only be ${describe(only[other]!)}, got ${describe(given(other))}`;
    return undecided(`${name}: ${told}; leave it out`);
  }
  if (isSpecial(weight, "opaque") && weight.weightOf) {
    sameSettings(name, weight.weightOf, settings, bound);
    return core.graph.layer(weight.weightOf, { positional: tensors, keywords: new Map() }, at, core);
  }
  if (weight !== null && (!isParameter(weight) || name === "F.batch_norm")) {
    return undecided(
      `${name}: its weight must be an nn.Parameter or a layer's, got ${describe(weight)}; declare ${layer} and call it`,
    );
  }
  const others = Object.entries(argsOf(weight === null ? [] : (weight as Instance).parameter!.shape, given));
  const keywords = new Map([...settings.map(one => [one.name, given(one.name)] as const), ...others]);
  const made = (): Instance => core.call(classOf(layer), { positional: [], keywords }, at) as Instance;
  if (weight === null) return core.graph.layer(made(), { positional: tensors, keywords: new Map() }, at, core);
  const owner = weight as Instance;
  if (!owner.layered) {
    owner.layered = made();
    // The weights are called as they are where they stand: `norm.weight` and `norm.bias` are those of a layer `norm`.
    const path = owner.path?.replace(/\.?weight$/, "");
    owner.layered.path = path === "" ? undefined : path;
  }
  return core.graph.layer(owner.layered, { positional: tensors, keywords: new Map() }, at, core);
}

/** Refuses a function that is told otherwise than the layer whose weights it is given. */
function sameSettings(
  name: string,
  { layer }: Instance,
  settings: readonly Parameter[],
  bound: ReadonlyMap<string, Value>,
): void {
  for (const parameter of settings) {
    const own = layer?.bound.get(parameter.name);
    const told = bound.get(parameter.name)!;
    if (isFallback({ ...parameter, fallback: plain(own) as never }, plain(told), new Map())) continue;
    throw new ArgumentError(
      `${name}: ${parameter.name} must be that of the layer whose weight it is given, got ${describe(told)}; call the layer`,
    );
  }
}

const plain = (value: unknown): unknown => {
  const items = (value as { items?: readonly unknown[] } | null | undefined)?.items;
  return items ? items.map(plain) : Array.isArray(value) ? value.map(plain) : value;
};
