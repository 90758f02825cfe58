/** The recipe that options describe: what is left out is decided by the network and the data. */
import { graph as describe } from "../build/index.js";
import type { Network } from "../build/network.js";
import { analyse, type Tensor } from "../op/index.js";
import {
  articleRecipe,
  asTheyStand,
  got,
  type LossChoice,
  type LossName,
  type LossSettings,
  type Normalise,
  outputShape,
  type Recipe,
  TrainError,
} from "../train/index.js";
import { checkCount } from "./check-input.js";
import type { FitOptions } from "./fit-options.js";
import type { Samples } from "./samples.js";

/** A loss of the user's own, made of ops: from output and target, both of the output's shape; its mean counts. */
export type LossFunction = (output: Tensor, target: Tensor) => Tensor;
/** A loss by name, with settings, or of one's own. */
export type LossOption = LossName | LossSettings | LossFunction;

export function recipeOf(network: Network, options: FitOptions, samples?: Samples): Recipe {
  const { epochs = articleRecipe.epochs, accumulate = 1, batchSize = articleRecipe.batchSize } = options;
  checkCount("fit", { epochs, batchSize, accumulate });
  const { seed = articleRecipe.seed } = options;
  if (!Number.isSafeInteger(seed))
    throw new TrainError(`fit: seed must be a whole number, got ${got(seed)}; give e.g. 42`);
  return {
    epochs,
    batchSize,
    normalise: normaliseOf(network, options.normalise, samples),
    optimizer: options.optimizer?.settings ?? articleRecipe.optimizer,
    loss: lossesOf(network, options.loss, samples),
    seed,
    ...(options.schedule && { schedule: options.schedule }),
    ...(options.init && { init: options.init }),
    ...(options.clip && { clip: options.clip }),
    ...(accumulate > 1 && { accumulate }),
    ...(options.dropLast && { dropLast: true }),
    ...(options.augment && { augment: options.augment }),
    ...(options.layers && { layers: options.layers }),
    ...(options.earlyStopping && { earlyStopping: options.earlyStopping }),
  };
}

/** Bytes are taken for pixels like MNIST's; numbers with fractions stay as they are. */
function normaliseOf({ graph }: Network, asked: FitOptions["normalise"], samples?: Samples): Recipe["normalise"] {
  const usual = graph.inputs.map((_, i) =>
    samples?.inputs[i] instanceof Float32Array ? asTheyStand : articleRecipe.normalise,
  );
  if (asked && Object.values(asked).some(value => typeof value !== "object")) {
    checkNormalise(asked as Normalise);
    return asked as Normalise;
  }
  const named = (asked ?? {}) as Readonly<Record<string, Normalise>>;
  const all = graph.inputs.map(({ name }, i) => named[name] ?? usual[i]!);
  const unknown = Object.keys(named).find(key => graph.inputs.every(({ name }) => name !== key));
  if (unknown !== undefined) {
    throw new TrainError(
      `fit: normalise must be for inputs, got ${unknown}; give mean and deviation, or these by input`,
    );
  }
  for (const one of all) checkNormalise(one);
  return all.length === 1 ? all[0]! : all;
}

function checkNormalise({ mean, deviation }: Normalise): void {
  if (Number.isFinite(mean) && Number.isFinite(deviation) && deviation > 0) return;
  throw new TrainError(
    `fit: normalise must have a mean and a deviation above 0, got ${got(mean)} and ${got(deviation)}; give others`,
  );
}

function lossesOf(network: Network, asked: FitOptions["loss"], samples?: Samples): Recipe["loss"] {
  const { graph, outputNames } = network;
  const byName = asked !== undefined && outputNames.length > 1 && isByName(asked, outputNames) ? asked : undefined;
  const all = outputNames.map((name, i) => {
    const one = byName ? byName[name] : (asked as LossOption | undefined);
    return choiceOf(network, i, one ?? usualLoss(network, i, samples));
  });
  return graph.outputs.length === 1 ? all[0]! : all;
}

const isByName = (
  asked: NonNullable<FitOptions["loss"]>,
  names: readonly string[],
): asked is Readonly<Record<string, LossOption>> =>
  typeof asked === "object" && Object.keys(asked).every(key => names.includes(key));

/** Values are compared by their squares, classes by cross-entropy. */
function usualLoss({ graph }: Network, i: number, samples?: Samples): LossName {
  if (samples?.targets[i] instanceof Float32Array) return "meanSquaredError";
  const last = analyse(graph).placed.find(({ node }) => node.name === graph.outputs[i]);
  return last?.op.logProbabilities ? "nll" : "crossEntropy";
}

function choiceOf({ graph }: Network, i: number, option: LossOption): LossChoice {
  if (typeof option !== "function") return option;
  const shape = outputShape(graph, i);
  const described = describe({ output: shape, target: shape }, ({ output, target }) => option(output, target), {
    name: "loss",
  });
  return { name: "own", graph: described.graph };
}
