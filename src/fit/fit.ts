/** `network.fit(data)`: a training that can be awaited, watched and cancelled, and the trained model it gives. */
import { Network } from "../build/network.js";
import type { DataSet, Split } from "../data/data-set.js";
import type { Graph } from "../graph/index.js";
import { analyse } from "../op/index.js";
import { createPool, type Pool, TaskFailed } from "../runtime/pool.js";
import {
  articleRecipe,
  type Clip,
  type EarlyStopping,
  type InitSettings,
  inputElements,
  type Layers,
  type LossName,
  type LossSettings,
  type Normalise,
  type Optimizer,
  type Recipe,
  type ScheduleSettings,
  TrainError,
  type Weights,
} from "../train/index.js";
import { checkData, checkOptions } from "./check-input.js";
import type { FitEpoch, FitEvent, FitResult, FitTask } from "./fit-work.js";
import { type Metrics, measure, predictions } from "./metrics.js";
import type { Checkpoint } from "./trainer.js";
import { holdOut } from "./validation.js";

export interface FitOptions {
  /** Passes over the training samples; 4 unless told. */
  readonly epochs?: number;
  /** Samples per step; 25 unless told. */
  readonly batchSize?: number;
  /** `adam({...})`, `sgd({...})` or another; Adam with AMSGrad and learning rate 0.002 unless told. */
  readonly optimizer?: Optimizer;
  /** How the learning rate changes, e.g. `{ name: "cosine" }`; constant unless told. */
  readonly schedule?: ScheduleSettings;
  /** How first weights are drawn, e.g. `{ name: "kaimingNormal" }`; PyTorch's default for each layer unless told. */
  readonly init?: InitSettings;
  /** Frozen layers and learning rates of single ones, by name: `{ stem: { frozen: true } }`. */
  readonly layers?: Layers;
  /** Bounds on gradients: `{ norm: 1 }` for all together, `{ value: 0.5 }` for each element. */
  readonly clip?: Clip;
  /** Batches whose mean gradient makes one step, as one batch so many times as large would; 1 unless told. */
  readonly accumulate?: number;
  /** Data to watch while training, or the share of the samples that is kept apart for it. */
  readonly validation?: Split | number;
  /** Stop when a figure no longer gets better, on the validation data if there are any, else on the test split. */
  readonly earlyStopping?: EarlyStopping;
  /** Give a checkpoint with every event of an epoch. */
  readonly checkpoints?: boolean;
  /** Go on from a checkpoint, bit for bit as if the training had never stopped. */
  readonly from?: Checkpoint;
  /**
   * `nll` for networks that end in log-probabilities, else `crossEntropy`, by the last op unless told; settings as in
   * `{ name: "crossEntropy", labelSmoothing: 0.1 }`.
   */
  readonly loss?: LossName | LossSettings;
  /** Inputs become (x - mean) / deviation; bytes count as 0 to 1. MNIST's mean and deviation unless told. */
  readonly normalise?: Normalise;
  /** Decides first weights, the order of samples and whatever else is random; 42 unless told. */
  readonly seed?: number;
  /** Cancels; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: FitEvent) => void;
}

const optionNames = [
  "epochs",
  "batchSize",
  "optimizer",
  "schedule",
  "init",
  "layers",
  "clip",
  "accumulate",
  "validation",
  "earlyStopping",
  "checkpoints",
  "from",
  "loss",
  "normalise",
  "seed",
  "signal",
  "onEvent",
] as const satisfies readonly (keyof FitOptions)[];

/** A training under way: await it for the model, or loop over it for its progress. */
export class Fitting implements PromiseLike<Model>, AsyncIterable<FitEvent> {
  readonly #model: Promise<Model>;
  readonly #seen: FitEvent[] = [];
  #wake = (): void => {};
  #over = false;

  constructor(start: (see: (event: FitEvent) => void) => Promise<Model>) {
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
  get then(): Promise<Model>["then"] {
    return this.#model.then.bind(this.#model);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FitEvent, void, undefined> {
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

/** A network with its learned weights. */
export class Model {
  constructor(
    readonly network: Network,
    readonly weights: Weights,
    readonly recipe: Recipe,
    /** One entry per epoch. */
    readonly history: readonly FitEpoch[],
  ) {}

  /** Class and probabilities of every sample; `inputs` are samples one after another, bytes or floats as trained on. */
  async predict(
    inputs: Uint8Array | Float32Array,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Prediction> {
    const elements = inputElements(this.network.graph);
    if (inputs.length % elements !== 0 || inputs.length === 0) {
      throw new TrainError(
        `predict: a sample has ${elements} elements, got ${inputs.length} in all; give whole samples`,
      );
    }
    const count = inputs.length / elements;
    const scores = await this.#score({ count, inputs, labels: new Uint8Array(count) }, options);
    const classes = scores.length / count;
    return { labels: predictions(scores, classes), probabilities: scores.map(Math.exp), classes };
  }

  /** How good the predictions of a split are. */
  async evaluate(split: Split, options: { readonly signal?: AbortSignal } = {}): Promise<Metrics> {
    const scores = await this.#score(split, options);
    return measure(scores, split.labels, scores.length / split.count);
  }

  async #score(split: Split, { signal }: { readonly signal?: AbortSignal }): Promise<Float32Array> {
    const { graph } = this.network;
    const task: FitTask = { kind: "score", graph, weights: this.weights, recipe: this.recipe, split };
    return ((await submit(task, { signal })) as { scores: Float32Array }).scores;
  }
}

export interface Prediction {
  /** The likeliest class of every sample. */
  readonly labels: Uint16Array;
  /** Probabilities [samples, classes]. */
  readonly probabilities: Float32Array;
  readonly classes: number;
}

declare module "../build/network.js" {
  interface Network {
    /** Train on a data set, or on a split alone, in a process of its own. */
    fit(data: DataSet | Split, options?: FitOptions): Fitting;
  }
}

Network.prototype.fit = function fit(this: Network, data: DataSet | Split, options: FitOptions = {}): Fitting {
  checkOptions(options, optionNames);
  checkData(data, inputElements(this.graph));
  const recipe = recipeOf(this.graph, options);
  const { data: set, validation } = apart(dataSetOf(this.graph, data), options.validation, recipe.seed);
  const { signal, onEvent, from, checkpoints = false } = options;
  return new Fitting(async see => {
    const history: FitEpoch[] = [];
    const result = await submit(
      {
        ...{ kind: "train", graph: this.graph, recipe, data: set, checkpoints },
        ...(validation && { validation }),
        ...(from && { from }),
      },
      {
        signal,
        onEvent: event => {
          if (event.kind === "epoch") {
            const { checkpoint: _, ...figures } = event;
            history.push(figures);
          }
          onEvent?.(event);
          see(event);
        },
      },
    );
    return new Model(this, (result as { weights: Weights }).weights, recipe, history);
  });
};

/** The recipe that options describe, for a network that ends as this one. */
export function recipeOf(graph: Graph, options: FitOptions): Recipe {
  const {
    epochs = articleRecipe.epochs,
    accumulate = 1,
    batchSize = articleRecipe.batchSize,
    normalise = articleRecipe.normalise,
  } = options;
  for (const [name, value] of Object.entries({ epochs, batchSize, accumulate })) {
    if (!(Number.isSafeInteger(value) && value >= 1)) {
      throw new TrainError(`fit: ${name} must be a whole number of at least 1, got ${value}; give 1 or more`);
    }
  }
  const last = analyse(graph).placed.find(({ node }) => node.name === graph.outputs[0]);
  return {
    epochs,
    batchSize,
    normalise,
    optimizer: options.optimizer?.settings ?? articleRecipe.optimizer,
    loss: options.loss ?? (last?.op.logProbabilities ? "nll" : "crossEntropy"),
    seed: options.seed ?? articleRecipe.seed,
    ...(options.schedule && { schedule: options.schedule }),
    ...(options.init && { init: options.init }),
    ...(options.clip && { clip: options.clip }),
    ...(accumulate > 1 && { accumulate }),
    ...(options.layers && { layers: options.layers }),
    ...(options.earlyStopping && { earlyStopping: options.earlyStopping }),
  };
}

function apart(data: DataSet, validation: Split | number | undefined, seed: number) {
  if (typeof validation !== "number") return { data, validation };
  const { train, validation: held } = holdOut(data.train, validation, seed);
  return { data: { ...data, train }, validation: held };
}

function dataSetOf(graph: Graph, data: DataSet | Split): DataSet {
  if ("train" in data) return data;
  const classes = analyse(graph).shapes.get(graph.outputs[0]!)!.at(-1)!;
  const none: Split = { count: 0, inputs: new Uint8Array(), labels: new Uint8Array() };
  return { name: "samples", hash: "", inputShape: graph.inputs[0]!.shape, classes, train: data, test: none };
}

let shared: Pool<FitTask, FitEvent, FitResult> | undefined;

/** One pool for the whole program; its processes end with it. */
async function submit(
  task: FitTask,
  { signal, onEvent }: { signal?: AbortSignal | undefined; onEvent?: (event: FitEvent) => void },
): Promise<FitResult> {
  shared ??= createPool({ module: new URL("./fit-work.js", import.meta.url).href });
  try {
    return await shared.run(task, { ...(signal && { signal }), ...(onEvent && { onEvent }) });
  } catch (error) {
    throw error instanceof TaskFailed ? new TrainError(error.message) : error;
  }
}
