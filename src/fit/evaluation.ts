/** How good outputs are, whatever they are compared with: figures by name. */
import type { Graph } from "../graph/index.js";
import { figures as costs } from "../op/index.js";
import type { Session } from "../runtime/session.js";
import { product, type Shape } from "../shape/index.js";
import { inferenceModel, lossPort, outputPorts, outputShape, type Recipe, type Weights } from "../train/index.js";
import { type Metrics, measure } from "./metrics.js";
import { tellingPlaces } from "./places.js";
import { feedsOf, lossesOf, type Samples, sourcesOf, targetsOf, typesOf } from "./samples.js";
import type { OpenSession } from "./trainer.js";

/** The loss, and the figures of every output: by their own names where there is one, else as `output.figure`. */
export type Evaluation = { readonly loss: number } & Readonly<Record<string, number>>;
/** Of one output of classes. */
export type ClassEvaluation = { readonly loss: number } & { readonly [F in keyof Metrics]: number };

/** Of an output that is compared with values; over all elements. */
export interface ValueMetrics {
  readonly meanSquaredError: number;
  readonly meanAbsoluteError: number;
  /** 1 less the squared error's share of the targets' squares about their mean; NaN where all targets are alike. */
  readonly r2: number;
}

export interface Scored {
  /** One for each output, [count, ...shape]; log-probabilities where outputs are scores of classes. */
  readonly outputs: readonly Float32Array[];
  /** Mean loss, where there were targets. */
  readonly loss?: number;
}

export interface ScoreOptions {
  readonly signal?: AbortSignal | undefined;
  /** Samples at once: the more, the more memory; unless told as many as 64 MB of activations are, at most 50. */
  readonly batchSize?: number | undefined;
}

/** Samples at once: more are no faster. */
const mostSmall = 50;
/** Elements of activations that scoring may hold at once: 64 MB. */
const scoringElements = 16e6;

/** What the network with these weights gives for every sample; without targets no loss. */
export async function score(
  graph: Graph,
  weights: Weights,
  recipe: Pick<Recipe, "loss" | "normalise">,
  samples: Samples,
  open: OpenSession,
  { signal, batchSize, raw = false }: ScoreOptions & { readonly raw?: boolean } = {},
): Promise<Scored> {
  const losses = lossesOf(graph, recipe);
  const targets = targetsOf(graph, samples, recipe);
  const judged = samples.targets.some(values => values !== undefined);
  const batch =
    batchSize ?? Math.max(1, Math.min(mostSmall, Math.floor(scoringElements / costs(graph).memoryElements)));
  const opened = async (size: number): Promise<Session> => {
    const model = inferenceModel(graph, {
      batch: size,
      weights,
      sources: sourcesOf(typesOf(samples), recipe),
      ...(!raw && { losses }),
      ...(judged && { targets }),
    });
    return tellingPlaces(graph, await open(model));
  };
  const names = outputPorts(graph);
  const outputs = graph.outputs.map((_, i) => new Float32Array(samples.count * product(outputShape(graph, i))));
  let loss = 0;
  const run = async (first: number, size: number, count: number): Promise<void> => {
    const session = await opened(size);
    try {
      for (let start = first; start < first + size * count; start += size) {
        signal?.throwIfAborted();
        const range = { start, end: start + size, ownNames: true };
        const found = await session.run(feedsOf(graph, samples, judged ? targets : [], range));
        for (const [i, all] of outputs.entries()) {
          all.set(found[names[i]!]!.data as Float32Array, start * product(outputShape(graph, i)));
        }
        if (judged) loss += ((found[lossPort]!.data as Float32Array)[0]! * size) / samples.count;
      }
    } finally {
      await session.release();
    }
  };
  const whole = Math.floor(samples.count / batch);
  const left = samples.count - whole * batch;
  if (whole > 0) await run(0, batch, whole);
  // The last, smaller batch has a model of its own.
  if (left > 0) await run(whole * batch, left, 1);
  return { outputs, ...(judged && { loss }) };
}

/** Figures of what was scored. */
export function evaluate(
  graph: Graph,
  recipe: Pick<Recipe, "loss" | "normalise">,
  samples: Samples,
  { outputs, loss = Number.NaN }: Scored,
  outputNames: readonly string[] = graph.outputs,
): Evaluation {
  const parts = targetsOf(graph, samples, recipe).flatMap((target, i) => {
    if (!target) return [];
    const [found, wanted] = [outputs[i]!, samples.targets[i]!];
    const figures: Metrics | ValueMetrics =
      target.kind === "classes"
        ? measureClasses(found, wanted as Uint8Array | Int32Array, outputShape(graph, i))
        : measureValues(found, wanted, target.type === "uint8" ? 1 / 255 : 1);
    const prefix = graph.outputs.length === 1 ? "" : `${outputNames[i]}.`;
    return Object.entries(figures).map(([name, value]) => [prefix + name, value] as const);
  });
  return { loss, ...Object.fromEntries(parts) };
}

/** Every place behind the classes is an item. */
function measureClasses(scores: Float32Array, labels: Uint8Array | Int32Array, [classes, ...places]: Shape): Metrics {
  const each = product(places);
  if (each === 1) return measure(scores, labels, classes!);
  const turned = new Float32Array(scores.length);
  for (let at = 0; at < scores.length; at++) {
    const place = at % each;
    const sample = Math.floor(at / (each * classes!));
    const c = Math.floor(at / each) % classes!;
    turned[(sample * each + place) * classes! + c] = scores[at]!;
  }
  return measure(turned, labels, classes!);
}

export function measureValues(found: Float32Array, wanted: ArrayLike<number>, unit = 1): ValueMetrics {
  let [squares, distances, sum, sumOfSquares] = [0, 0, 0, 0];
  for (let i = 0; i < found.length; i++) {
    const value = wanted[i]! * unit;
    const difference = found[i]! - value;
    squares += difference * difference;
    distances += Math.abs(difference);
    sum += value;
  }
  const mean = sum / found.length;
  for (let i = 0; i < found.length; i++) sumOfSquares += (wanted[i]! * unit - mean) ** 2;
  return {
    meanSquaredError: squares / found.length,
    meanAbsoluteError: distances / found.length,
    r2: sumOfSquares === 0 ? Number.NaN : 1 - squares / sumOfSquares,
  };
}
