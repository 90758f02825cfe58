/** How PyTorch's modules, functions and methods become ops: the way back from the spelling in an op's record. */
import { nearest } from "../nearest.js";
import type { Shape } from "../shape/index.js";
import { isWord, type Literal, parseCall, python, type Word } from "./python-call.js";

/** Arguments by name, PyTorch's defaults filled in. */
export type PyTorchArgs = Readonly<Record<string, Literal>>;

/** Stands for the argument `self.training`: true while training only. */
export const whileTraining = "self.training";

/** Stands for a mask that hides later places: `torch.ones(n, n, dtype=torch.bool).triu(1)`. */
export const causalMask = "a causal mask";

/** Stands for the number of samples, as in `x.view(x.shape[0], -1)`. */
export const batchSize = "x.shape[0]";

/** A border that a call laid around the last axes before, the last one first, as PyTorch lists it. */
export interface Border {
  readonly ends: readonly number[];
  /** `constant` is of zeros here. */
  readonly mode: string;
}

/** Where a call stands. */
export interface CallSite {
  /** Per-sample shapes of the tensors among the arguments, in the order of the parameters. */
  readonly inputs: readonly Shape[];
  readonly border?: Border;
}

/** What a call of PyTorch means. */
export interface FromPyTorch {
  /**
   * With PyTorch's parameters in order, and its defaults: `nn.Linear(in_features, out_features, bias=True)`, `F.relu(input,
   * inplace=False)`, `torch.cat(tensors, dim=0)`, `Tensor.view(self, *shape)`; operators by Python's names for them,
   * `Tensor.__add__(self, other)`. A default that names another parameter is that one's value.
   */
  readonly signatures: readonly string[];
  /**
   * Attributes from the arguments that are not tensors, as a person would write them; several where the call makes a tuple
   * of nodes; "input" where the tensor comes back as it is; undefined where this call is not this op. An argument that it does not read must be PyTorch's default.
   */
  readonly attrs: (args: PyTorchArgs, site: CallSite) => object | readonly object[] | "input" | undefined;
  /** The parameter that says how long an axis of the input is, and which axis: 0 for channels, -1 for features. */
  readonly states?: { readonly parameter: string; readonly axis: 0 | -1 };
  /**
   * What shape the input must have, where the arguments alone tell; "later" where it makes one axis of any shape, so that
   * a layer behind it tells.
   */
  readonly inputShape?: (args: PyTorchArgs) => Shape | "later" | undefined;
  /** How the module is called, where that is not with its inputs alone; these arguments stand beside the module's. */
  readonly call?: string;
  /** The call gives a tuple of this op's output and of values that no graph has. */
  readonly tuple?: true;
  /**
   * The call gives a tuple of a sequence and of the states behind it, `cells` of two kinds: how the attributes change
   * where only the last state is taken, if that can be.
   */
  readonly sequence?: (args: PyTorchArgs) => {
    readonly last?: object;
    /** Where else each direction ends: the step, and which features of it. */
    readonly ends?: readonly { readonly step: number; readonly features: readonly [from: number, to: number] }[];
    readonly states: number;
    readonly cells: boolean;
  };
  /**
   * Where the batch may stand: "anywhere" for what acts alike along other axes, or the axis that the arguments say; in front
   * unless told.
   */
  readonly batch?: "anywhere" | ((args: PyTorchArgs) => number);
  /** Whether it takes a border that was laid around its input before for its own. */
  readonly takesBorder?: (args: PyTorchArgs) => boolean;
}

/** The axis of a sample that PyTorch calls `dim`: the batch comes before it, and is refused. */
export function axisOfDim(dim: Literal | undefined): number {
  if (typeof dim === "number" && dim !== 0) return dim < 0 ? dim : dim - 1;
  throw new ArgumentError(
    `dim: it must be an axis behind the batch, got ${python(dim ?? null)}; give 1 or more, or count from the end`,
  );
}
/** What PyTorch calls the axis of a sample. */
export const dimOfAxis = (axis: number): number => (axis < 0 ? axis : axis + 1);

/** What stands in the brackets of a tensor to index one axis of a sample: `:, :, index` or `..., index, :`. */
export const indexed = (axis: number, index: string): string =>
  axis < 0 ? `..., ${index}${", :".repeat(-axis - 1)}` : `${":, ".repeat(axis + 1)}${index}`;

/** The signatures of an activation: its module, and its functions with the arguments `parameters`. */
export const activation = (module: string, name: string, parameters = ""): readonly string[] => [
  `nn.${module}(${parameters})`,
  `F.${name}(input${parameters && ", "}${parameters})`,
];
/** The signatures of a function of one tensor, and of the one that writes over it. */
export const functions = (name: string): readonly string[] => [
  `torch.${name}(input)`,
  `Tensor.${name}(self)`,
  ...["torch", "F"].map(pack => `${pack}.${name}_(input, inplace=True)`),
  `Tensor.${name}_(self, inplace=True)`,
];
/** The signatures of a function of two tensors: operators and functions. */
export const functionsOfTwo = (operator: string, ...names: readonly string[]): readonly string[] => [
  `Tensor.__${operator}__(self, other)`,
  `Tensor.__i${operator}__(self, other)`,
  ...names.flatMap(name => [`torch.${name}(input, other)`, `Tensor.${name}(self, other)`]),
];
export const inPlaceOf = ({ inplace = false }: PyTorchArgs) => ({ inPlace: inplace });

/** A layer, and the lazy one of the same arguments but the first: it takes the size of whatever comes. */
export const orLazy = (reading: FromPyTorch): readonly FromPyTorch[] => {
  const { states: _, ...rest } = reading;
  return [
    reading,
    { ...rest, signatures: reading.signatures.map(text => text.replace(/^nn\.(\w+\()\w+, /, "nn.Lazy$1")) },
  ];
};

/** One number, or a list: a list. */
export const listed = (value: Literal | undefined): readonly Literal[] =>
  Array.isArray(value) ? value : [value as Literal];

export interface Signature {
  /** As it is called: `nn.Linear`. */
  readonly name: string;
  readonly parameters: readonly Parameter[];
}
export interface Parameter {
  readonly name: string;
  /** It takes all positional arguments that are left. */
  readonly rest: boolean;
  readonly fallback: Literal | Word | undefined;
}

const signatures = new Map<string, Signature>();

export function signature(text: string): Signature {
  const known = signatures.get(text);
  if (known) return known;
  const call = parseCall(text);
  const made = {
    name: call.name,
    parameters: call.arguments.map(({ name, value }) => ({
      name: name!.replace("*", ""),
      rest: name!.startsWith("*"),
      fallback: value,
    })),
  };
  signatures.set(text, made);
  return made;
}

/** What is wrong with the arguments of a call, without a place. */
export class ArgumentError extends Error {
  override readonly name = "ArgumentError";
}

/** Arguments that say where numbers are kept, and in which type: no affair of the graph's. */
const placing = new Set(["device", "dtype"]);
/** What PyTorch takes in numpy's words, too. */
const ofNumpy: Readonly<Record<string, string>> = { axis: "dim", keepdims: "keepdim", x: "input", x2: "other" };

/** Arguments by parameter, in the signature's order; what is left out is missing unless it has a default. */
export function bind<V>(
  { name, parameters }: Signature,
  positional: readonly V[],
  given: ReadonlyMap<string, V>,
): Map<string, V | Literal | readonly V[]> {
  const bound = new Map<string, V | Literal | readonly V[]>();
  const names = parameters.map(parameter => parameter.name);
  const keywords = new Map(
    [...given].map(([key, value]) => [names.includes(key) ? key : (ofNumpy[key] ?? key), value] as const),
  );
  let at = 0;
  for (const parameter of parameters) {
    if (parameter.rest) {
      bound.set(parameter.name, keywords.get(parameter.name) ?? positional.slice(at));
      at = positional.length;
    } else if (at < positional.length) {
      if (keywords.has(parameter.name)) {
        throw new ArgumentError(`${name}: an argument stands twice, got ${parameter.name}; give it once`);
      }
      bound.set(parameter.name, positional[at++]!);
    } else if (keywords.has(parameter.name)) bound.set(parameter.name, keywords.get(parameter.name)!);
    else if (parameter.fallback === undefined) {
      throw new ArgumentError(`${name}: an argument is missing, got no ${parameter.name}; give it`);
    } else bound.set(parameter.name, fallbackOf(parameter, bound));
    // PyTorch writes None where another parameter stands in.
    if (bound.get(parameter.name) === null && isWord(parameter.fallback)) {
      bound.set(parameter.name, fallbackOf(parameter, bound));
    }
  }
  const unknown = [...keywords.keys()].find(key => !names.includes(key) && !placing.has(key));
  if (unknown !== undefined) {
    throw new ArgumentError(`${name}: there is no such argument, got ${unknown}; ${nearest(unknown, names)}`);
  }
  if (at < positional.length) {
    throw new ArgumentError(`${name}: there are at most ${at} arguments, got ${positional.length}; leave some out`);
  }
  return bound;
}

const fallbackOf = <V>({ fallback }: Parameter, bound: ReadonlyMap<string, V | Literal | readonly V[]>) =>
  isWord(fallback) ? bound.get(fallback.word)! : (fallback as Literal);

/** Whether a value is the parameter's default; a list of equal numbers is that number. */
export function isFallback(parameter: Parameter, value: unknown, bound: ReadonlyMap<string, unknown>): boolean {
  if (parameter.fallback === undefined) return false;
  const fallback = isWord(parameter.fallback) ? bound.get(parameter.fallback.word) : parameter.fallback;
  return sameLiteral(value, fallback);
}

const sameLiteral = (a: unknown, b: unknown): boolean => {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, i) => sameLiteral(one, b[i]));
  if (Array.isArray(a)) return a.length > 0 && a.every(one => sameLiteral(one, b));
  return Array.isArray(b) ? sameLiteral(b, a) : a === b;
};
