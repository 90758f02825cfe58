/** Which parameters learn, and how: frozen layers, learning rates of their own. */
import type { Graph } from "../graph/index.js";
import { nearest } from "../nearest.js";
import { checkKnown, got } from "./known.js";
import { type Optimizer, optimizer } from "./optimizers.js";
import { isOf, layersOf, type Parameter, parameters } from "./parameters.js";
import { TrainError } from "./pass.js";

/** Settings of single layers, by name; the name of a block, or the beginning of names up to a dot, means all in it. */
export type Layers = Readonly<Record<string, LayerSettings>>;
export interface LayerSettings {
  /** Its learned weights stay as they are; running statistics go on, unless they are kept. */
  readonly frozen?: boolean;
  /** `kept`: running statistics stay as they are, and a batch norm uses them as it does after training. */
  readonly statistics?: "kept" | "renewed";
  /** In place of the optimizer's. */
  readonly learningRate?: number;
}

export interface Learning {
  /** One per learning rate; the first is the recipe's. */
  readonly optimizers: readonly Optimizer[];
  /** What learns, and by which of the optimizers. */
  readonly learned: readonly { readonly parameter: Parameter; readonly by: number }[];
  /** Parameters that do not learn: frozen ones, running statistics. */
  readonly still: readonly Parameter[];
  /** Running statistics that stay as they are. */
  readonly kept: ReadonlySet<string>;
  /** Numbers for the graph at one step, counted from 1: those of all optimizers in order. */
  readonly coefficients: (step: number, factor: number) => number[];
}

export function learning(graph: Graph, usual: Optimizer, layers: Layers = {}): Learning {
  const all = parameters(graph);
  for (const name of Object.keys(layers)) {
    checkLayer(graph, all, name);
    checkSettings(name, layers[name]!);
    checkStatistics(all, name, layers[name]!);
  }
  const optimizers = [usual];
  const place = new Map([[usual.settings.learningRate, 0]]);
  const learned: { parameter: Parameter; by: number }[] = [];
  for (const parameter of all.filter(({ trainable }) => trainable)) {
    const { frozen = false, learningRate } = settingsOf(parameter, layers);
    if (frozen) continue;
    if (learningRate !== undefined && !place.has(learningRate)) {
      place.set(learningRate, optimizers.length);
      optimizers.push(optimizer({ ...usual.settings, learningRate }));
    }
    learned.push({ parameter, by: learningRate === undefined ? 0 : place.get(learningRate)! });
  }
  if (learned.length === 0 && all.some(({ trainable }) => trainable)) {
    throw new TrainError(`layers: something must learn, got every layer of ${graph.name} frozen; leave one out`);
  }
  const statistics = all.filter(({ trainable }) => !trainable);
  const kept = statistics.filter(parameter => settingsOf(parameter, layers).statistics === "kept");
  return {
    optimizers,
    learned,
    still: all.filter(one => learned.every(({ parameter }) => parameter !== one)),
    kept: new Set(kept.map(({ name }) => name)),
    coefficients: (step, factor) => optimizers.flatMap(one => one.coefficients(step, factor)),
  };
}

/** The longest name decides: a layer in a block may be set apart from the block. */
function settingsOf(parameter: Parameter, layers: Layers): LayerSettings {
  const names = Object.keys(layers).filter(layer => isOf(layer, parameter.name));
  return Object.assign({}, ...names.sort((a, b) => a.length - b.length).map(name => layers[name]));
}

function checkLayer(graph: Graph, all: readonly Parameter[], layer: string): void {
  if (all.some(({ name, trainable }) => trainable && isOf(layer, name))) return;
  const node = graph.nodes.find(({ name }) => name === layer);
  if (node?.shares !== undefined) {
    throw new TrainError(
      `layers: ${layer} shares the weights of ${node.shares}, got settings of its own; name ${node.shares}`,
    );
  }
  if (node) throw new TrainError(`layers: ${layer} has nothing to learn, got settings for it; leave it out`);
  const known = layersOf(all.map(({ name }) => name));
  throw new TrainError(`layers: there is no such layer in ${graph.name}, got ${layer}; ${nearest(layer, known)}`);
}

function checkSettings(layer: string, settings: LayerSettings): void {
  checkKnown(`layers.${layer}`, settings, ["frozen", "learningRate", "statistics"]);
  const { frozen, learningRate } = settings;
  if (frozen !== undefined && typeof frozen !== "boolean") {
    throw new TrainError(`layers: frozen must be true or false, got ${got(frozen)} for ${layer}; give one of these`);
  }
  if (learningRate !== undefined && !(Number.isFinite(learningRate) && learningRate >= 0)) {
    throw new TrainError(`layers: learningRate must be 0 or more, got ${got(learningRate)} for ${layer}; give another`);
  }
}

function checkStatistics(all: readonly Parameter[], layer: string, { statistics }: LayerSettings): void {
  if (statistics === undefined) return;
  if (statistics !== "kept" && statistics !== "renewed") {
    throw new TrainError(
      `layers: statistics must be kept or renewed, got ${JSON.stringify(statistics)} for ${layer}; give one of these`,
    );
  }
  if (all.some(({ name, trainable }) => !trainable && isOf(layer, name))) return;
  throw new TrainError(
    `layers: ${layer} has no running statistics, got them ${statistics}; name a batch norm or what holds one`,
  );
}

export interface CarriedTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

export const slotName = (parameter: { readonly name: string }, slot: string): string => `${parameter.name}/${slot}`;

/** Parameters, then the optimizer's slots of every one that learns. */
export const carriedTensors = (graph: Graph, optimizer: Optimizer, layers?: Layers): CarriedTensor[] =>
  carriedBy(graph, learning(graph, optimizer, layers));

/** The same of what was decided already. */
export const carriedBy = (graph: Graph, { optimizers, learned }: Learning): CarriedTensor[] => [
  ...parameters(graph).map(({ name, shape }) => ({ name, shape })),
  ...learned.flatMap(({ parameter, by }) =>
    optimizers[by]!.slots.map(slot => ({ name: slotName(parameter, slot), shape: parameter.shape })),
  ),
];
