/** One entry of a layer list: PyTorch's module as an op with its attributes. */
import { nearest } from "../nearest.js";
import { type Assembler, allOps, findOp, readAttrs } from "../op/index.js";
import { basicBlock } from "../ops/index.js";
import { show } from "../shape/index.js";
import type { ListedLayer } from "./layer-list.js";
import { attempt, LayerListError } from "./layer-list-error.js";

export interface Module {
  /** For errors: `layer 3 (Conv2d)`. */
  readonly title: string;
  /** Name of the op; undefined for a basic block, which is several. */
  readonly op: string | undefined;
  readonly attrs: Readonly<Record<string, unknown>>;
  /** Axes that its input must have, where its name or arguments tell. */
  readonly axes: number | undefined;
  /** Channels or features that it states for its input, and the argument that does. */
  readonly inputs: number | undefined;
  readonly inputsArgument: string | undefined;
}

/** Arguments that say what the input has: it is known anyway, so that they are only checked. */
const inputArguments: readonly string[] = ["in_features", "in_channels", "num_features", "inplanes"];

/** Arguments that ops here do not have, with the values of PyTorch's that mean the same as leaving them out. */
const understood: Readonly<Record<string, readonly unknown[]>> = {
  padding_mode: ["zeros"],
  dim: [1, -1],
  affine: [true],
  track_running_stats: [true],
  ceil_mode: [false],
  return_indices: [false],
  count_include_pad: [true],
  start_dim: [1],
  end_dim: [-1],
};

/** Arguments that are called otherwise here. */
const otherwise: Readonly<Record<string, string>> = { inplace: "inPlace", planes: "outChannels" };

const camel = (argument: string): string =>
  otherwise[argument] ?? argument.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

export function readModule([name, given = {}]: ListedLayer, i: number, network: string): Module {
  const module = name.replace(/^(torch\.)?nn\./, "");
  const title = `layer ${i} (${module})`;
  const op = opOf(module, `${network}: ${title}`);
  const attrs: Record<string, unknown> = {};
  let inputsArgument: string | undefined;
  for (const [argument, value] of Object.entries(given)) {
    if (value === null) continue;
    if (inputArguments.includes(argument)) inputsArgument = argument;
    else if (!(argument in understood)) attrs[camel(argument)] = value;
    else if (!understood[argument]!.includes(value)) {
      throw new LayerListError(
        `${network}: ${title}: ${argument} can only be ${understood[argument]!.join(" or ")}, got ${JSON.stringify(value)}; use a layer without it`,
      );
    }
  }
  const inputs = inputsArgument === undefined ? undefined : given[inputsArgument];
  if (inputs !== undefined && !(Number.isSafeInteger(inputs) && Number(inputs) >= 1)) {
    throw new LayerListError(
      `${network}: ${title}: ${inputsArgument} must be a whole number of at least 1, got ${JSON.stringify(inputs)}; correct it`,
    );
  }
  return {
    title,
    op,
    attrs,
    axes: axesOf(module, inputsArgument),
    inputs: inputs as number | undefined,
    inputsArgument,
  };
}

/** The op that a module is called after: `LogSoftmax` is logSoftmax, `BatchNorm2d` is batchNorm. */
function opOf(module: string, place: string): string | undefined {
  if (module === "BasicBlock") return undefined;
  const names = [...allOps.keys()];
  for (const wanted of [module, module.replace(/[123]d$/, "")]) {
    const found = names.find(name => name.toLowerCase() === wanted.toLowerCase());
    if (found !== undefined) return found;
  }
  const modules = [...names.map(name => name[0]!.toUpperCase() + name.slice(1)), "BasicBlock"];
  throw new LayerListError(`${place}: there is no such layer, got ${module}; ${nearest(module, modules)}`);
}

function axesOf(module: string, inputsArgument: string | undefined): number | undefined {
  const rank = /([123])d$/.exec(module)?.[1];
  if (rank !== undefined) return Number(rank) + 1;
  if (inputsArgument === "inplanes") return 3;
  return inputsArgument === "in_features" ? 1 : undefined;
}

/** Adds a module's nodes behind `x`; `before` is its node of an earlier call, whose weights it then shares. */
export function addModule(
  a: Assembler,
  x: string,
  module: Module,
  name: string,
  network: string,
  before?: string,
): string {
  const { op, attrs, inputs, inputsArgument, title } = module;
  const shape = a.shape(x);
  const found = inputsArgument === "in_features" ? shape.at(-1) : shape[0];
  if (inputs !== undefined && found !== inputs) {
    throw new LayerListError(
      `${network}: ${title}: ${inputsArgument} is ${inputs}, got an input of ${show(shape)}; correct one of them`,
    );
  }
  return attempt(network, title, () => {
    if (op === undefined) return addBlock(a, x, name, attrs, before);
    if (before === undefined) return a.node(op, [x], attrs, { name });
    const learns = findOp(op).weights([shape], readAttrs(findOp(op), attrs)).length > 0;
    return a.node(op, [x], attrs, learns ? { shares: before } : {});
  });
}

function addBlock(a: Assembler, x: string, name: string, attrs: Module["attrs"], before?: string): string {
  if (before !== undefined) {
    throw new LayerListError(`BasicBlock: a block can be called once only, got ${name} twice; list it twice`);
  }
  const { outChannels, stride = 1, ...others } = attrs as { outChannels: number; stride?: number };
  const [other] = Object.keys(others);
  if (other !== undefined) {
    throw new LayerListError(`BasicBlock: there is no such argument, got ${other}; known are inplanes, planes, stride`);
  }
  return basicBlock(a, x, name, { outChannels, stride });
}
