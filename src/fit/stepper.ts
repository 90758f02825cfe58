/** Training step by step, for loops of one's own: two networks against each other, samples made on the way. */
import { Network } from "../build/network.js";
import type { Examples } from "../data/data-set.js";
import { float32, int64, type Session } from "../runtime/session.js";
import {
  inferenceModel,
  initialWeights,
  type NumberType,
  optimizer,
  outputPorts,
  parameters,
  type Recipe,
  TrainError,
  type TrainingModel,
  trainingModel,
  type Weights,
} from "../train/index.js";
import { carriedInputs, numbersOf, renewed } from "./carried.js";
import { checkWeights } from "./check-fit.js";
import { checkOptions } from "./check-input.js";
import { inputsOf, samplesOf } from "./data-of.js";
import { Model } from "./fit.js";
import type { FitOptions } from "./fit-options.js";
import { tellingPlaces } from "./places.js";
import { recipeOf } from "./recipe-of.js";
import { checkSamples, feedsOf, lossesOf, numberType, type Samples, sourcesOf, targetsOf, typesOf } from "./samples.js";
import { surroundings } from "./surroundings.js";

const stepOptions = ["optimizer", "init", "layers", "clip", "weights", "loss", "normalise", "seed"] as const;
/** What of `fit`'s options goes by steps and not by epochs. */
export type StepOptions = Pick<FitOptions, (typeof stepOptions)[number]>;

/** A network in training, in this process: every step blocks it while it runs. */
export class Stepper {
  readonly #network: Network;
  readonly #options: StepOptions;
  #carried: Readonly<Record<string, Float32Array>>;
  #steps = 0;
  /** Made for the types of the first samples. */
  #training: { readonly model: TrainingModel; readonly session: Session; readonly types: string } | undefined;
  #use: { readonly session: Session; readonly types: string } | undefined;
  #recipe: Recipe;
  /** Of the samples of the latest step. */
  #inputTypes: readonly NumberType[] | undefined;

  constructor(network: Network, options: StepOptions) {
    checkOptions(options, stepOptions);
    if (options.weights) checkWeights(network.graph, options.weights);
    this.#network = network;
    this.#options = options;
    this.#recipe = recipeOf(network, options);
    this.#carried = { ...initialWeights(network.graph, this.#recipe.seed, options.init), ...options.weights };
  }

  /** Every parameter as it is now. */
  get weights(): Weights {
    return Object.fromEntries(parameters(this.#network.graph).map(({ name }) => [name, this.#carried[name]!]));
  }

  /** Go on with other values of these parameters; the optimizer's state stays. */
  set(weights: Weights): void {
    checkWeights(this.#network.graph, weights);
    this.#carried = { ...this.#carried, ...weights };
  }

  /** One step of the optimizer on this batch; gives the loss before it. */
  async step(batch: Examples): Promise<number> {
    const { graph } = this.#network;
    const samples = samplesOf(this.#network, batch);
    const { model, session } = await this.#ready(samples);
    checkSamples(graph, samples, this.#recipe);
    this.#steps++;
    const found = await session.run({
      ...feedsOf(graph, samples, targetsOf(graph, samples, this.#recipe)),
      rows: int64(
        BigInt64Array.from({ length: samples.count }, (_, i) => BigInt(i)),
        [1, samples.count],
      ),
      coefficients: float32(Float32Array.from(model.coefficientsAt(this.#steps)), [1, model.coefficients]),
      ...carriedInputs(model, this.#carried),
    });
    const loss = (found.loss!.data as Float32Array)[0]!;
    if (!Number.isFinite(loss)) {
      throw new TrainError(
        `train: the loss became NaN or infinite, got it in step ${this.#steps}; use a smaller learning rate`,
      );
    }
    this.#carried = numbersOf(renewed(model, found));
    return loss;
  }

  /** What the network gives for every sample with the weights as they are now, by output, [count, ...shape]. */
  async run(inputs: Examples["inputs"]): Promise<Readonly<Record<string, Float32Array>>> {
    const { graph, outputNames } = this.#network;
    const samples = inputsOf(this.#network, inputs, "run");
    const types = typesOf(samples);
    if (this.#use?.types !== types.join()) {
      await this.#use?.session.release();
      const model = inferenceModel(graph, { sources: sourcesOf(types, this.#recipeFor(samples)) });
      this.#use = { session: tellingPlaces(graph, await surroundings().open(model)), types: types.join() };
    }
    const weights = parameters(graph).map(({ name, shape }) => [name, float32(this.#carried[name]!, shape)] as const);
    const found = await this.#use.session.run({
      ...feedsOf(graph, samples, [], { ownNames: true }),
      ...Object.fromEntries(weights),
    });
    return Object.fromEntries(
      outputPorts(graph).map((port, i) => [outputNames[i]!, found[port]!.data as Float32Array]),
    );
  }

  /** The network with the weights as they are now, to predict, evaluate and save with. */
  model(): Model {
    return new Model(this.#network, this.weights, this.#recipe, [], this.#inputTypes);
  }

  /** Give the memory back. */
  async release(): Promise<void> {
    const sessions = [this.#training?.session, this.#use?.session];
    [this.#training, this.#use] = [undefined, undefined];
    for (const session of sessions) await session?.release();
  }

  #recipeFor = (samples: Samples): Recipe => recipeOf(this.#network, this.#options, samples);

  /** The training model for samples of these types, made again when they change. */
  async #ready(samples: Samples) {
    const types = [...samples.inputs, ...samples.targets].map(values => values && numberType(values)).join();
    if (this.#training?.types === types) return this.#training;
    await this.#training?.session.release();
    this.#recipe = this.#recipeFor(samples);
    this.#inputTypes = typesOf(samples);
    const { graph } = this.#network;
    const { seed, layers, clip } = this.#recipe;
    const model = trainingModel(graph, {
      sources: sourcesOf(this.#inputTypes, this.#recipe),
      targets: targetsOf(graph, samples, this.#recipe),
      losses: lossesOf(graph, this.#recipe),
      optimizer: optimizer(this.#recipe.optimizer),
      seed,
      ...(layers && { layers }),
      ...(clip && { clip }),
    });
    this.#training = {
      model,
      session: tellingPlaces(graph, await surroundings().open(model.bytes, { training: true })),
      types,
    };
    return this.#training;
  }
}

declare module "../build/network.js" {
  interface Network {
    /** Train by single steps in this process; `fit` trains by epochs, in a process of its own. */
    stepper(options?: StepOptions): Stepper;
  }
}

Network.prototype.stepper = function stepper(this: Network, options: StepOptions = {}): Stepper {
  return new Stepper(this, options);
};
