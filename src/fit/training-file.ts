/** `network.trainingOnnx(data)`: what `fit` would do, as an ONNX model that any program trains with its own data. */
import { Network } from "../build/network.js";
import type { DataSet, Examples, Split } from "../data/data-set.js";
import { withMetadata } from "../formats/onnx/index.js";
import {
  initialWeights,
  optimizer,
  type Recipe,
  scheduleFactor,
  TrainError,
  trainingModel,
  watchesFigures,
} from "../train/index.js";
import { checkWeights } from "./check-fit.js";
import { checkOptions } from "./check-input.js";
import { dataOf, type FitData } from "./data-of.js";
import type { FitOptions } from "./fit-options.js";
import { recipeOf } from "./recipe-of.js";
import { checkSamples, lossesOf, sourcesOf, targetsOf, typesOf } from "./samples.js";

const names = [
  ...(["epochs", "batchSize", "optimizer", "schedule", "init", "layers", "clip"] as const),
  ...(["accumulate", "dropLast", "augment", "weights", "loss", "normalise", "seed"] as const),
] as const;
/** What of `fit`'s options a file can hold. */
export type TrainingFileOptions = Pick<FitOptions, (typeof names)[number]>;

declare module "../build/network.js" {
  interface Network {
    /**
     * The training that `fit` would do, as an ONNX model with the first weights inside: it wants the samples, their order
     * and the count of steps done; docs/train.md tells its inputs and outputs. The data tell types, shapes and how many
     * samples there are.
     */
    trainingOnnx(data: DataSet | Split | Examples, options?: TrainingFileOptions): Uint8Array;
  }
}

Network.prototype.trainingOnnx = function trainingOnnx(
  this: Network,
  data: FitData,
  options: TrainingFileOptions = {},
): Uint8Array {
  checkOptions(options, names);
  const { graph } = this;
  const { train } = dataOf(this, data);
  const recipe = recipeOf(this, options, train);
  checkSamples(graph, train, recipe);
  if (options.weights) checkWeights(graph, options.weights);
  if (recipe.schedule && watchesFigures(recipe.schedule)) {
    throw new TrainError(
      `trainingOnnx: a schedule must be known before the training, got ${recipe.schedule.name}; choose one that goes by steps or epochs`,
    );
  }
  const begin = {
    weights: { ...initialWeights(graph, recipe.seed, recipe.init), ...options.weights },
    coefficients: [[]] as number[][],
  };
  const model = (coefficients: number[][]) =>
    trainingModel(graph, {
      ...recipe,
      sources: sourcesOf(typesOf(train), recipe),
      targets: targetsOf(graph, train, recipe),
      losses: lossesOf(graph, recipe),
      optimizer: optimizer(recipe.optimizer),
      begin: { ...begin, coefficients },
    });
  const steps = stepsOf(recipe, train.count);
  const { coefficientsAt } = model(begin.coefficients);
  const coefficients = Array.from({ length: recipe.epochs * steps }, (_, step) =>
    coefficientsAt(step + 1, factorAt(recipe, step, steps)),
  );
  const told = { epochs: recipe.epochs, stepsPerEpoch: steps, batchSize: recipe.batchSize, samples: train.count };
  const training = JSON.stringify({ ...told, recipe, graph });
  return withMetadata(model(coefficients).bytes, { training });
} as Network["trainingOnnx"];

/** Steps of an epoch; the last one takes what is left. */
const stepsOf = ({ batchSize, accumulate = 1, dropLast = false }: Recipe, samples: number): number => {
  const steps = samples / (batchSize * accumulate);
  return dropLast ? Math.floor(steps) : Math.ceil(steps);
};

const factorAt = ({ schedule, epochs }: Recipe, step: number, stepsPerEpoch: number): number =>
  schedule ? scheduleFactor(schedule, { step, stepsPerEpoch, epochs, history: [] }) : 1;
