/**
 * Who takes the steps of a training, and holds what is carried from one to the next: many steps a call by the training
 * model, or, for large networks, one by a model of gradients and one of updates, which needs half the memory.
 */
import type { Graph } from "../graph/index.js";
import { float32, int64, type Session, type Tensors } from "../runtime/session.js";
import { product } from "../shape/index.js";
import {
  type GradientModel,
  gradientModel,
  gradientPort,
  nextPort,
  type Optimizer,
  parameters,
  type TrainingModel,
  type TrainingOptions,
  trainingModel,
  updateModel,
} from "../train/index.js";
import { carriedInputs, numbersOf, renewed } from "./carried.js";
import { tellingPlaces } from "./places.js";
import type { OpenSession } from "./trainer.js";

export interface Learner {
  /** Steps that one call may take. */
  readonly most: number;
  /** Makes ready for batches of so many samples. */
  ready(batch: number): Promise<void>;
  /**
   * Takes steps with batches of that size, `rows` [steps, batch] or, accumulating, [steps, batches, batch]; `factors` are
   * the schedule's, by step from `first`, which is counted from 1. Gives the losses before them.
   */
  run(steps: Steps): Promise<Float32Array>;
  /** What is carried, as it is now; written over by the next call where `most` is 1. */
  values(): Record<string, Float32Array>;
  /** Gives the sessions' memory back, and keeps the values; `ready` makes sessions anew. */
  release(): Promise<void>;
}
export interface Steps {
  readonly rows: BigInt64Array;
  readonly dims: readonly number[];
  /** Counted from 1. */
  readonly first: number;
  readonly factors: readonly number[];
}

export interface LearnerOptions {
  readonly graph: Graph;
  /** Samples and targets. */
  readonly feeds: Tensors;
  readonly open: OpenSession;
  /** How to train batches of so many samples. */
  readonly options: (batch: number) => TrainingOptions;
}
type Numbers = Readonly<Record<string, Float32Array>>;

/** Whether what is carried takes most of a training's memory, and a step so long that a call for each costs nothing. */
export const isLarge = (graph: Graph): boolean =>
  parameters(graph).reduce((sum, { shape }) => sum + product(shape), 0) >= 2e6;

/** Steps of one call, at most. */
const mostSteps = 2000;

/** By the training model: nothing returns here between the steps of a call. */
export function loopingLearner({ graph, feeds, open, options }: LearnerOptions, values: Numbers): Learner {
  const made = new Map<number, { readonly model: TrainingModel; readonly session: Session }>();
  let carried: Tensors | undefined;
  const trainerOf = async (batch: number) => {
    const known = made.get(batch);
    if (known) return known;
    const model = trainingModel(graph, options(batch));
    const trainer = { model, session: tellingPlaces(graph, await open(model.bytes, { training: true })) };
    made.set(batch, trainer);
    return trainer;
  };
  return {
    most: mostSteps,
    ready: async batch => void (await trainerOf(batch)),
    run: async ({ rows, dims, first, factors }) => {
      const { model, session } = await trainerOf(dims.at(-1)!);
      carried ??= carriedInputs(model, values);
      const numbers = factors.flatMap((factor, i) => model.coefficientsAt(first + i, factor));
      const coefficients = float32(Float32Array.from(numbers), [factors.length, model.coefficients]);
      const out = await session.run({ ...feeds, rows: int64(rows, dims), coefficients, ...carried });
      carried = renewed(model, out);
      return out.loss!.data as Float32Array;
    },
    values: () => (carried ? numbersOf(carried) : { ...values }),
    release: async () => {
      for (const { session } of made.values()) await session.release();
      made.clear();
    },
  };
}

/** Numbers that are updated at once: all that an update has in hand then fits a cache. */
const stretch = 65_536;

/** Numbers updated until results of before, up to 16 MB, are collected where the program may ask for it. */
const collected = 16 * stretch;

/** By gradients and updates apart. The values given stay as they are. */
export function sparingLearner({ graph, feeds, open, options }: LearnerOptions, values: Numbers): Learner {
  const updates = new Map<Optimizer, Session>();
  // Values as they were given until the first model tells which lie side by side.
  let begun: Numbers | undefined = values;
  let state: Record<string, Float32Array> = {};
  let flat: Float32Array[][] = [];
  let at: { readonly batch: number; readonly model: GradientModel; readonly session: Session } | undefined;
  const release = async (): Promise<void> => {
    await at?.session.release();
    at = undefined;
    for (const session of updates.values()) await session.release();
    updates.clear();
  };
  const ready = async (batch: number) => {
    if (at?.batch === batch) return at;
    await release();
    const model = gradientModel(graph, options(batch));
    const session = tellingPlaces(graph, await open(model.bytes, { sparing: true, training: true }));
    for (const { optimizer } of model.packs) {
      if (!updates.has(optimizer)) updates.set(optimizer, await open(updateModel(optimizer), { training: true }));
    }
    if (begun) ({ state, flat } = laidOut(graph, model, begun));
    begun = undefined;
    at = { batch, model, session };
    return at;
  };
  return {
    most: 1,
    ready: async batch => void (await ready(batch)),
    run: async ({ rows, dims, first, factors: [factor] }) => {
      const { model, session } = await ready(dims.at(-1)!);
      const weights = parameters(graph).map(({ name, shape }) => [name, float32(state[name]!, shape)] as const);
      const out = await session.run({ ...feeds, rows: int64(rows, dims.slice(1)), ...Object.fromEntries(weights) });
      const numbers = model.coefficientsAt(first, factor);
      for (const [i, { optimizer, coefficients }] of model.packs.entries()) {
        const gradient = out[gradientPort(i)]!.data as Float32Array;
        const own = Float32Array.from(coefficients, place => numbers[place]!);
        await updated(updates.get(optimizer)!, ["weight", ...optimizer.slots], flat[i]!, gradient, own);
      }
      for (const name of model.renewed) state[name] = out[nextPort(name)]!.data as Float32Array;
      return out.loss!.data as Float32Array;
    },
    values: () => ({ ...(begun ?? state) }),
    release,
  };
}

/** The values of every pack side by side, as an update takes them, and all values by name: views of these. */
function laidOut(graph: Graph, { packs }: GradientModel, values: Numbers) {
  const state: Record<string, Float32Array> = {};
  for (const { name } of parameters(graph)) state[name] = values[name]!;
  const flat = packs.map(({ parameters, shape, tensors }) =>
    tensors.map(({ parts }) => {
      const all = new Float32Array(product(shape));
      let start = 0;
      for (const [k, name] of parts.entries()) {
        const own = all.subarray(start, start + product(parameters[k]!.shape));
        if (values[name]) own.set(values[name]);
        state[name] = own;
        start += own.length;
      }
      return all;
    }),
  );
  return { state, flat };
}

/** Writes over `numbers`, which are those of `names`, what an update makes of them. */
async function updated(
  session: Session,
  names: readonly string[],
  numbers: readonly Float32Array[],
  gradient: Float32Array,
  coefficients: Float32Array,
): Promise<void> {
  for (let start = 0; start < gradient.length; start += stretch) {
    if (start % collected === 0) globalThis.gc?.({ type: "minor" });
    const part = (values: Float32Array): Float32Array => values.subarray(start, start + stretch);
    const feeds = Object.fromEntries(names.map((name, k) => [name, part(numbers[k]!)]));
    const tensors = Object.entries({ gradient: part(gradient), ...feeds, coefficients });
    const out = await session.run(
      Object.fromEntries(tensors.map(([name, values]) => [name, float32(values, [values.length])])),
    );
    for (const name of names) feeds[name]!.set(out[nextPort(name)]!.data as Float32Array);
  }
}
