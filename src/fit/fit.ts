/** `network.fit(data)`: a training that can be awaited, watched and cancelled, and the trained model it gives. */
import { Network } from "../build/network.js";
import type { DataSet, Examples, Split, Values } from "../data/data-set.js";
import { nearest } from "../nearest.js";
import type { Shape } from "../shape/index.js";
import { isOf, layersOf, type NumberType, type Recipe, TrainError, type Weights } from "../train/index.js";
import { checkFrom } from "./check-fit.js";
import { checkCount, checkOptions } from "./check-input.js";
import { dataOf, type FitData, inputsOf, samplesOf } from "./data-of.js";
import { type ClassEvaluation, type Evaluation, evaluate, type Scored, type ScoreOptions } from "./evaluation.js";
import { allBytes } from "./file-size.js";
import { type FitOptions, optionNames } from "./fit-options.js";
import { predictions } from "./metrics.js";
import { checkModelName, decodedModel, encodedModel, type LoadOptions, type SavedModel } from "./model-file.js";
import { recipeOf } from "./recipe-of.js";
import { type Samples, type TrainData, typesOf } from "./samples.js";
import { surroundings } from "./surroundings.js";
import type { FitEpoch, FitEvent, FitTask } from "./task.js";
import { holdOut } from "./validation.js";

/** A training under way: await it for the model, or loop over it for its progress. */
export class Fitting<E = Evaluation> implements PromiseLike<Model<E>>, AsyncIterable<FitEvent<E>> {
  readonly #model: Promise<Model<E>>;
  readonly #seen: FitEvent<E>[] = [];
  #wake = (): void => {};
  #over = false;

  constructor(start: (see: (event: FitEvent<E>) => void) => Promise<Model<E>>) {
    this.#model = start(event => {
      this.#seen.push(event);
      this.#wake();
    }).finally(() => {
      this.#over = true;
      this.#wake();
    });
    // Whoever loops over the events learns of a failure there.
    this.#model.catch(() => {});
  }

  // biome-ignore lint/suspicious/noThenProperty: awaiting a training gives its model.
  get then(): Promise<Model<E>>["then"] {
    return this.#model.then.bind(this.#model);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FitEvent<E>, void, undefined> {
    for (let next = 0; ; ) {
      while (next < this.#seen.length) yield this.#seen[next++]!;
      if (this.#over) break;
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
    await this.#model;
  }
}

const usualFile = "model.safetensors";

/** A network with its learned weights. */
export class Model<E = Evaluation> {
  constructor(
    readonly network: Network,
    readonly weights: Weights,
    readonly recipe: Recipe,
    /** One entry per epoch. */
    readonly history: readonly FitEpoch<E>[],
    /** Of the samples that it was trained on, one for each input: what an ONNX file of it takes. */
    readonly inputTypes: readonly NumberType[] = network.graph.inputs.map(() => "float32"),
  ) {}

  /**
   * A model from a file that `save` wrote, in a browser from its address; what it predicts is the same, bit for bit. An
   * ONNX model of another program, too: its weights, the usual recipe, and no history.
   */
  static async load(file: string, options: LoadOptions = {}): Promise<Model> {
    checkModelName(file, "load");
    const { read, beside } = surroundings();
    return Model.#of(decodedModel(file, await read(file), { ...options, external: beside?.(file) }));
  }

  /** A model from what `toBytes` gave; `file` is a name whose ending says the format. */
  static fromBytes(bytes: Uint8Array, file = usualFile, options: LoadOptions = {}): Model {
    return Model.#of(decodedModel(file, bytes, options));
  }

  static #of({ network, weights, recipe, history, inputTypes }: SavedModel): Model {
    return new Model(network, weights, recipe, history as readonly FitEpoch[], inputTypes);
  }

  /**
   * Network, weights, recipe and history in one file, whole or not at all: `.safetensors`, or `.onnx` for any ONNX
   * Runtime; `Model.load` reads both.
   */
  async save(file: string): Promise<void> {
    surroundings().write(file, encodedModel(file, this));
  }

  /** What `save` would write into a file of that name, where there are no files. */
  toBytes(file = usualFile): Uint8Array {
    return allBytes(encodedModel(file, this));
  }

  /** The network's summary: a table of so many columns. */
  summary(width?: number): string {
    return this.network.summary(width);
  }

  /** Class and probabilities of every sample; `inputs` are samples one after another, of the type trained on. */
  async predict(inputs: Examples["inputs"], options: ScoreOptions = {}): Promise<Prediction> {
    const { outputs } = this.network.graph;
    if (outputs.length !== 1) {
      throw new TrainError(`predict: classes are of one output, got ${outputs.length}; take the outputs with run`);
    }
    const samples = inputsOf(this.network, inputs, "predict");
    const [scores] = (await this.#score(samples, options)).outputs;
    const classes = scores!.length / samples.count;
    return { labels: predictions(scores!, classes), probabilities: scores!.map(Math.exp), classes };
  }

  /** What the network gives for every sample, [count, ...shape]: for one output an array, else arrays by name. */
  async run(inputs: Examples["inputs"], options: ScoreOptions = {}): Promise<Readonly<Record<string, Float32Array>>> {
    const samples = inputsOf(this.network, inputs, "run");
    const { outputs } = await this.#score(samples, options, true);
    return Object.fromEntries(this.network.outputNames.map((name, i) => [name, outputs[i]!]));
  }

  /** How good the outputs are: the loss, and figures of every output. */
  evaluate(split: Split, options?: ScoreOptions): Promise<ClassEvaluation>;
  evaluate(data: Examples, options?: ScoreOptions): Promise<Evaluation>;
  async evaluate(data: Split | Examples, options: ScoreOptions = {}): Promise<Evaluation> {
    const samples = samplesOf(this.network, data);
    const scored = await this.#score(samples, options);
    return evaluate(this.network.graph, this.recipe, samples, scored, this.network.outputNames);
  }

  /** The weights of these layers, to begin another training with; a block's name means all in it. */
  weightsOf(...layers: readonly string[]): Weights {
    const all = Object.entries(this.weights);
    for (const layer of layers) {
      if (all.some(([name]) => isOf(layer, name))) continue;
      const known = layersOf(Object.keys(this.weights));
      throw new TrainError(
        `weightsOf: ${this.network.name} has no weights of ${layer}, got ${layer}; ${nearest(layer, known)}`,
      );
    }
    return Object.fromEntries(all.filter(([name]) => layers.some(layer => isOf(layer, name))));
  }

  async #score(samples: Samples, { signal, batchSize }: ScoreOptions, raw = false): Promise<Scored> {
    if (batchSize !== undefined) checkCount("predict", { batchSize });
    const { graph } = this.network;
    const task: FitTask = { kind: "score", graph, weights: this.weights, recipe: this.recipe, samples, raw, batchSize };
    return (await surroundings().submit(task, { signal })) as Scored;
  }
}

export interface Prediction {
  /** The likeliest class of every sample. */
  readonly labels: Uint16Array;
  /** Probabilities [samples, classes]. */
  readonly probabilities: Float32Array;
  readonly classes: number;
}

/** Numbers for one shape, numbers by name for several. */
type Numbers<S> = S extends Shape ? Values : { readonly [K in keyof S]: Values };
type Compared<S> = S extends Shape ? Values : { readonly [K in keyof S]?: Values };

declare module "../build/network.js" {
  interface Network<Inputs, Outputs> {
    /** Train on a data set of classes, or on a split alone, in a process of its own. */
    fit(data: DataSet | Split, options?: FitOptions<ClassEvaluation>): Fitting<ClassEvaluation>;
    /** Train on samples of any kind: numbers in, numbers or classes out, by name where there are several. */
    fit(data: Examples<Numbers<Inputs>, Compared<Outputs>>, options?: FitOptions): Fitting;
  }
}

Network.prototype.fit = function fit(this: Network, data: FitData, options: FitOptions = {}): Fitting {
  checkOptions(options, optionNames);
  const given = dataOf(this, data);
  const recipe = recipeOf(this, options, given.train);
  const { data: set, validation } = apart(this, given, options.validation, recipe.seed);
  const types = typesOf(set.train);
  const { signal, onEvent, from, weights, checkpoints = false } = options;
  if (from) checkFrom(from);
  return new Fitting(async see => {
    const history: FitEpoch[] = [];
    // A callback that throws ends the training, which rejects with what was thrown.
    const broken = new AbortController();
    const tell = (event: FitEvent): void => {
      try {
        const answer: unknown = onEvent?.(event);
        if (answer instanceof Promise) answer.catch(error => broken.abort(error));
      } catch (error) {
        broken.abort(error);
      }
    };
    const result = await surroundings().submit(
      {
        ...{ kind: "train", graph: this.graph, recipe, data: set, checkpoints },
        ...(validation && { validation }),
        ...(from && { from }),
        ...(weights && { weights }),
      },
      {
        signal: signal ? AbortSignal.any([signal, broken.signal]) : broken.signal,
        onEvent: event => {
          if (event.kind === "epoch") {
            const { checkpoint: _, ...figures } = event;
            history.push(figures);
          }
          tell(event);
          see(event);
        },
      },
    );
    broken.signal.throwIfAborted();
    return new Model(this, (result as { weights: Weights }).weights, recipe, history, types);
  });
} as Network["fit"];

function apart(network: Network, data: TrainData, validation: FitOptions["validation"], seed: number) {
  if (validation === undefined) return { data };
  if (typeof validation !== "number") return { data, validation: samplesOf(network, validation) };
  const { train, validation: held } = holdOut(data.train, validation, seed);
  return { data: { ...data, train }, validation: held };
}
