/** Functions of other packages, and those of PyTorch's that make no node. */
import { causalMask, whileTraining } from "../../op/index.js";
import type { Core } from "./core.js";
import { asText, entriesOf, itemsOf, undecided } from "./operators.js";
import { initialise, madeTensor } from "./parameters.js";
import {
  type Args,
  describe,
  type Instance,
  isInstance,
  isList,
  isTensor,
  kindOf,
  own,
  special,
  type Tensor,
  tupleOf,
  type Value,
} from "./values.js";

type Work = (args: Args, at: number, core: Core) => Value;

const real = (value: Value | undefined): number =>
  typeof value === "number"
    ? value
    : undecided(`math: a number is needed, got ${describe(value ?? null)}; give a constant`);

const math: Readonly<Record<string, (x: number, y: number) => number>> = {
  floor: Math.floor,
  ceil: Math.ceil,
  sqrt: Math.sqrt,
  exp: Math.exp,
  log2: Math.log2,
  log10: Math.log10,
  pow: (x, y) => x ** y,
  gcd: (x, y) => greatestDivisor(Math.abs(x), Math.abs(y)),
};
const greatestDivisor = (a: number, b: number): number => (b > 0 ? greatestDivisor(b, a % b) : a);

const product = ({ positional: [list = null] }: Args): number =>
  itemsOf(list).reduce<number>((total, one) => total * real(one), 1);

/** Tensors that the program makes: their numbers are not part of a graph. */
const makers = ["zeros", "ones", "randn", "rand", "empty", "full", "arange", "linspace", "eye"];

/** Contexts and switches: they say how the numbers come about, and not which. */
const contexts = ["no_grad", "enable_grad", "inference_mode", "set_grad_enabled", "autocast"];

const functions: Readonly<Record<string, Work>> = {
  "math.log": ({ positional: [x, base] }) => Math.log(real(x)) / (base === undefined ? 1 : Math.log(real(base))),
  "math.prod": product,
  "np.prod": product,
  "functools.partial": ({ positional: [callee = null, ...first], keywords }, _, core) => ({
    kind: "builtin",
    name: "partial",
    call: (args, at) =>
      core.call(
        callee,
        { positional: [...first, ...args.positional], keywords: new Map([...keywords, ...args.keywords]) },
        at,
      ),
  }),
  "collections.OrderedDict": ({ positional: [pairs], keywords }) => ({
    kind: "dict",
    entries: new Map<Value, Value>([...entriesOf(pairs), ...keywords]),
  }),
  "dataclasses.field": ({ keywords }, at, core) => {
    const factory = keywords.get("default_factory");
    return factory === undefined
      ? (keywords.get("default") ?? null)
      : core.call(factory, { positional: [], keywords: new Map() }, at);
  },
  "torch.zeros_like": () => ({ ...special("opaque", "a tensor of torch.zeros_like"), filled: 0 }),
  "torch._assert": () => null,
  "torch.jit.is_scripting": () => false,
  "torch.jit.is_tracing": () => false,
  "warnings.warn": () => null,
  "typing.cast": ({ positional: [, x = null] }) => x,
  // What shares its statistics among processes is a batch norm all the same.
  "nn.SyncBatchNorm.convert_sync_batchnorm": ({ positional: [module = null] }) => module,
  "copy.deepcopy": ({ positional: [x = null] }) => copied(x),
  "copy.copy": ({ positional: [x = null] }) => copied(x),
  "torch.triu": ({ positional: [of = null, ...rest], keywords }, at, core) =>
    core.call(core.attribute(of, "triu", at), { positional: rest, keywords }, at),
  "nn.Transformer.generate_square_subsequent_mask": () => special("opaque", causalMask),
  "torch.unbind": (args, at, core) => ofTensor("unbind", args, at, core),
  "torch.select": (args, at, core) => ofTensor("select", args, at, core),
  "torch.Size": ({ positional: [x = null] }) => tupleOf(itemsOf(x)),
  // A list of places stays a list.
  "torch.tensor": ({ positional: [x = null] }) => (isList(x) ? x : special("opaque", "torch.tensor(...)")),
  "torch.is_tensor": ({ positional: [x = null] }) => isTensor(x),
  "F.pad": (args, _, core) => padded(args, core),
};

/** A function of torch that is a method of its first argument. */
const ofTensor = (name: string, { positional: [x = null, ...rest], keywords }: Args, at: number, core: Core): Value =>
  core.call(core.attribute(x, name, at), { positional: rest, keywords }, at);

/** The function of that full name, unless it is one of PyTorch's that ops know. */
export function otherFunctions(name: string, core: Core): Value | undefined {
  const [, pack, last = ""] = /^(.*)\.(\w+)$/.exec(name) ?? [];
  if (name === "math.pi") return Math.PI;
  if (name === "math.inf") return Number.POSITIVE_INFINITY;
  const builtin = (work: Work): Value => ({ kind: "builtin", name, call: (args, at) => work(args, at, core) });
  const ofReals = pack === "math" || pack === "np" ? own(math, last) : undefined;
  if (ofReals) return builtin(({ positional: [x, y] }) => ofReals(real(x), y === undefined ? 0 : real(y)));
  // PyTorch counts there how often its parts are used.
  if (last === "_log_api_usage_once") return builtin(() => null);
  // First weights are drawn by whoever trains.
  if (pack === "nn.init") return builtin(args => initialise(last, args));
  if (pack === "torch" && makers.includes(last)) return builtin(args => madeTensor(last, args));
  if (/^torch(\.(amp|cuda\.amp|autograd|jit))?$/.test(pack ?? "") && contexts.includes(last)) {
    return builtin(() => special("opaque", `the context ${name}`));
  }
  const work = own(functions, name);
  return work && builtin(work);
}

/** A module with weights of its own, and so all in it. */
function copied(value: Value): Value {
  if (isList(value)) return { kind: value.kind, items: value.items.map(copied) };
  if (kindOf(value) === "dict")
    return { kind: "dict", entries: new Map((value as { entries: Map<Value, Value> }).entries) };
  if (!isInstance(value)) return value;
  const made: Instance = {
    kind: "instance",
    of: value.of,
    attributes: new Map(),
    ...(value.layer && { layer: value.layer }),
    ...(value.parameter && { parameter: value.parameter }),
  };
  for (const [name, one] of value.attributes) made.attributes.set(name, copied(one));
  return made;
}

/** A border waits for the convolution that takes it as its padding; for anything else it becomes a node. */
function padded({ positional, keywords }: Args, core: Core): Value {
  const [x = null, pad = null, mode = "constant", value = 0] = ["input", "pad", "mode", "value"].map(
    (name, i) => positional[i] ?? keywords.get(name),
  );
  if (!isTensor(x)) return undecided(`F.pad: the input must be a tensor, got ${describe(x)}; give one`);
  const ends = itemsOf(pad).map(size =>
    Number.isSafeInteger(size)
      ? (size as number)
      : undecided(`F.pad: sizes must be whole numbers, got ${describe(size)}; give constants`),
  );
  // Nothing to lay is what code that brings maps to one size often comes to.
  if (ends.every(end => end === 0) && positional.length === 2 && keywords.size === 0) return x;
  const inner = core.graph.settled(x);
  const args = { positional: [inner, ...positional.slice(1)], keywords };
  const bordered: Tensor = { ...inner, border: { as: { ends, mode: asText(mode) }, args } };
  return value === 0 || value === null ? bordered : core.graph.settled(bordered);
}

/** What `self.training` is. */
export const training = special("training", whileTraining);
