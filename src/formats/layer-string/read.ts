/** Layer strings as graphs, and files of them. */
import type { Graph } from "../../graph/index.js";
import { type Assembler, assemble, isRefusal, type Op, readAttrs } from "../../op/index.js";
import type { Shape } from "../../shape/index.js";
import { LayerStringError } from "./error.js";
import { parseLayerString, type Value, type WrittenLayer } from "./text.js";
import { back, behind, camel, channelFactor, nearestWord, opOfWord } from "./words.js";

export interface LayerStringOptions {
  /** Name of the network; `network` unless told. */
  readonly name?: string;
  /** Shape of a sample, channels first; [1, 28, 28] unless told. */
  readonly input?: Shape | undefined;
  /** Scores of the classifier at the end; 10 unless told. */
  readonly classes?: number | undefined;
  /** Refuse what the published builder refuses, too: a convolution of more channels than its input is high or wide. */
  readonly strict?: boolean | undefined;
}

/** The graph of a layer string, with a classifier at the end; a LayerStringError names the layer that cannot stand there. */
export const readLayerString = (text: string, options: LayerStringOptions = {}): Graph =>
  buildLayers(parseLayerString(text), options);

/** The graph of layers that have been read. */
export function buildLayers(
  layers: readonly WrittenLayer[],
  { name = "network", input = [1, 28, 28], classes = 10, strict = false }: LayerStringOptions,
): Graph {
  const a = assemble(name);
  /** What stands behind each layer, the input first. */
  const values = [a.input("x", input)];
  layers.forEach((written, i) => {
    values.push(
      attempt(written, i + 1, () => {
        if (strict) checkStrict(written, a.shape(values.at(-1)!));
        return placeLayer(a, values, written);
      }),
    );
  });
  const end = { word: "classifier", parameters: [], at: layers.at(-1)!.at };
  return attempt(end, layers.length + 1, () =>
    a.finish(a.node("linear", [a.node("flatten", [values.at(-1)!])], { outFeatures: classes })),
  );
}

/** Refusals get the place of the layer. */
function attempt<T>(written: WrittenLayer, layer: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isRefusal(error) && !(error instanceof Refusal)) throw error;
    throw new LayerStringError(error.message, { layer, word: written.word, at: written.at });
  }
}

class Refusal extends Error {}

function placeLayer(a: Assembler, values: readonly string[], written: WrittenLayer): string {
  const shape = a.shape(values.at(-1)!);
  const op = opOfWord(written.word, shape);
  if (!op) throw new Refusal(`there is no such layer, got ${written.word}; ${nearestWord(written.word)}`);
  const inputs = [values.at(-1)!, ...others(op, values, written)];
  const attrs = attrsOf(
    op,
    written,
    inputs.map(name => a.shape(name)),
  );
  const node = a.node(op.name, inputs, attrs);
  const next = behind[written.word.toLowerCase()];
  return next === undefined ? node : a.node(next, [node]);
}

/** The inputs of an op of several that stand further back. */
function others(op: Op, values: readonly string[], { parameters }: WrittenLayer): string[] {
  if (op.arity === 1) return [];
  const given = parameters.find(({ name }) => name === back)?.value;
  const steps: readonly Value[] = given === undefined ? [] : Array.isArray(given) ? given : [given];
  const most = values.length - 1;
  return steps.map(step => {
    if (Number.isSafeInteger(step) && (step as number) >= 0 && (step as number) <= most)
      return values[most - (step as number)]!;
    throw new Refusal(
      `${back} must be a whole number from 0 to ${most}, got ${step}; count layers, ${most} is the input`,
    );
  });
}

function attrsOf(op: Op, { parameters }: WrittenLayer, inputs: readonly Shape[]): object {
  const known = parameters.filter(({ name }) => name !== back || op.arity === 1);
  const factor = known.find(({ name }) => name === channelFactor.parameter)?.value;
  const attrs = Object.fromEntries(
    known.filter(({ name }) => name !== channelFactor.parameter).map(({ name, value }) => [camel(name), value]),
  );
  if (factor === undefined) return attrs;
  const [channels = 0] = inputs[0]!;
  const outChannels = multiplied(channels, factor);
  if (outChannels > 0) return { ...attrs, [channelFactor.attribute]: outChannels };
  // A window that does not fit either is the greater fault.
  const one = readAttrs(op, { ...attrs, [channelFactor.attribute]: 1 });
  op.shape(inputs, one);
  throw new Refusal(
    `there would be 0 output channels, got ${channelFactor.parameter} ${factor} of ${channels}; choose a factor of at least ${reaching(channels)}`,
  );
}

/** Rounded down, as the published builder does. */
function multiplied(channels: number, factor: Value): number {
  if (typeof factor === "number" && factor > 0 && Number.isSafeInteger(Math.floor(channels * factor))) {
    return Math.floor(channels * factor);
  }
  throw new Refusal(`${channelFactor.parameter} must be a number above 0, got ${factor}; give e.g. 2 or 0.5`);
}
const reaching = (channels: number): number => Math.ceil(100 / channels) / 100;

function checkStrict({ word }: WrittenLayer, shape: Shape): void {
  if (behind[word.toLowerCase()] === undefined) return;
  const [channels = 0, ...spatial] = shape;
  const least = Math.min(...spatial);
  if (channels <= least) return;
  throw new Refusal(
    `the published builder refuses more channels than the input is high or wide, got ${channels} and ${least}; leave strict out`,
  );
}

export interface StringOfFile {
  /** From 1. */
  readonly line: number;
  readonly graph: Graph;
}
export interface FaultOfFile {
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** The line of the file. */
  readonly source: string;
  readonly error: LayerStringError;
}
export interface LayerStringFile {
  readonly networks: readonly StringOfFile[];
  readonly errors: readonly FaultOfFile[];
}

/** A file of layer strings, one a line; empty lines and those that begin with # say nothing. Networks are called after their line. */
export function readLayerStrings(
  text: string,
  { name = "line", ...options }: LayerStringOptions = {},
): LayerStringFile {
  const networks: StringOfFile[] = [];
  const errors: FaultOfFile[] = [];
  for (const [i, whole] of text.split("\n").entries()) {
    const source = whole.trim();
    const line = i + 1;
    if (source === "" || source.startsWith("#")) continue;
    try {
      networks.push({ line, graph: readLayerString(source, { ...options, name: `${name}_${line}` }) });
    } catch (error) {
      if (!(error instanceof LayerStringError)) throw error;
      errors.push({ line, column: whole.indexOf(source) + error.place.at + 1, source, error });
    }
  }
  return { networks, errors };
}
