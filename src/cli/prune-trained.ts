/** Pruning with data: worths that are measured, and fine-tuning. */
import { Network } from "../build/network.js";
import { type DataSet, loadData } from "../data/index.js";
import { type ClassEvaluation, channelWorth, type FitOptions, Model, recipeOf } from "../fit/index.js";
import type { Graph } from "../graph/index.js";
import { type Budget, type Edited, operate, type Strategy } from "../surgery/index.js";
import { optimizer, type Weights } from "../train/index.js";
import { interruptible, UsageError } from "./failure.js";
import { type Outcome, type Subject, savedModel } from "./operated.js";
import { downloadProgress } from "./progress.js";
import { pruneInRounds } from "./prune-rounds.js";
import { display } from "./train.js";

const measured = ["activation", "taylor"] as const;
export type Measured = (typeof measured)[number];
export const measures = (utility: string | undefined): utility is Measured => measured.some(one => one === utility);

export interface TrainedOptions {
  readonly utility?: string;
  readonly data?: string;
  readonly fineTune?: number;
  readonly learningRate?: number;
  readonly keepAccuracy?: number;
  readonly round?: number;
  readonly seed?: number;
  readonly json?: true;
}
export type Trained = Model<ClassEvaluation>;
/** What all steps share. */
export interface Work {
  readonly strategy: Strategy;
  readonly options: TrainedOptions;
  readonly data: DataSet;
  readonly signal: AbortSignal;
}

export async function pruneTrained(
  file: string,
  subject: Subject,
  budget: Budget,
  strategy: Strategy,
  options: TrainedOptions,
): Promise<Outcome> {
  const model = await modelOf(file, subject);
  const signal = interruptible();
  const data = await loadData(options.data ?? "digits", { signal, onProgress: downloadProgress() });
  const work = { strategy, options, data, signal };
  return options.keepAccuracy === undefined ? pruneOnce(model, budget, work) : pruneInRounds(model, budget, work);
}

/** With the recipe that it was trained by, where its file tells. */
async function modelOf(file: string, { graph, weights }: Subject): Promise<Trained> {
  if (savedModel(file)) return (await Model.load(file)) as Model<never>;
  if (!weights) {
    throw new UsageError(
      "prune: data are of use for a trained model alone, got a network without weights; train it first",
    );
  }
  const network: Network = Network.of(graph);
  return new Model(network, weights, recipeOf(network, {}), []);
}

async function pruneOnce(model: Trained, budget: Budget, work: Work): Promise<Outcome> {
  const { data, options } = work;
  const before = await model.evaluate(data.test);
  const cut = await pruned(model, budget, work);
  const bare = withWeights(model, cut.graph, cut.weights!);
  const after = await bare.evaluate(data.test);
  const { lineage: _, text, ...told } = cut.report;
  const lines = [
    text,
    `accuracy on ${data.test.count} test items: ${percent(before.accuracy)} to ${percent(after.accuracy)}`,
  ];
  const figures = { ...told, accuracy: [before.accuracy, after.accuracy] };
  const { fineTune } = options;
  if (fineTune === undefined) return { ...cut, told: figures, text: lines.join("\n") };
  const view = options.json ? undefined : display(fineTune);
  const tuning = bare.network.fit(data, {
    ...{ ...tuningOf(bare, work), epochs: fineTune, weights: bare.weights },
    ...(view && { onEvent: view.show }),
  });
  const tuned = await Promise.resolve(tuning).finally(() => view?.stop());
  const { accuracy } = await tuned.evaluate(data.test);
  lines.push(`fine-tuned for ${epochs(fineTune)}: ${percent(accuracy)}`);
  return {
    ...{ graph: cut.graph, weights: tuned.weights, model: tuned },
    ...{ told: { ...figures, fineTuned: accuracy }, text: lines.join("\n") },
  };
}

export async function pruned(
  model: Trained,
  budget: Budget,
  work: Work,
  beside: Edited["beside"] = {},
): Promise<Edited> {
  const { strategy, options, data, signal } = work;
  const { graph } = model.network;
  const by = options.utility;
  const utility = measures(by) ? { utility: await channelWorth(model, data.train, { by, signal }) } : {};
  return operate({ graph, weights: model.weights, beside }, { ...strategy, ...utility })
    .prune(budget)
    .apply();
}

export function withWeights({ recipe, inputTypes }: Trained, graph: Graph, weights: Weights): Trained {
  const network: Network = Network.of(graph);
  return new Model(network, weights, recipe, [], inputTypes);
}

/** As the model was trained, with smaller steps. */
export function tuningOf({ recipe }: Trained, { options, signal }: Work): FitOptions<ClassEvaluation> {
  const { optimizer: usual, loss, normalise, batchSize, augment, clip } = recipe;
  const { learningRate = (usual.learningRate ?? 1e-3) / 4, seed = 42 } = options;
  return {
    ...{ loss, normalise, batchSize, seed, signal, optimizer: optimizer({ ...usual, learningRate }) },
    ...(augment && { augment }),
    ...(clip && { clip }),
  } as FitOptions<ClassEvaluation>;
}

export const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
const epochs = (count: number): string => (count === 1 ? "1 epoch" : `${count} epochs`);
