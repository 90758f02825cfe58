/** The work behind `channelWorth`: a model of results times gradients, run over samples. */
import type { Graph } from "../graph/index.js";
import { type Recipe, TrainError, type Weights, type WorthName, worthModel } from "../train/index.js";
import { tellingPlaces } from "./places.js";
import { checkSamples, feedsOf, lossesOf, type Samples, sourcesOf, targetsOf, typesOf } from "./samples.js";
import type { OpenSession } from "./trainer.js";

export interface WorthOf {
  readonly graph: Graph;
  readonly weights: Weights;
  readonly recipe: Pick<Recipe, "loss" | "normalise">;
  readonly samples: Samples;
  readonly by: WorthName;
  /** Samples at once. */
  readonly batchSize: number;
}
/** By `worthPort`: the mean over the samples, for every place along an axis of a node's result. */
export interface Worth {
  readonly worth: Readonly<Record<string, Float32Array>>;
}

export async function worthOf(
  { graph, weights, recipe, samples, by, batchSize }: WorthOf,
  open: OpenSession,
  signal?: AbortSignal,
): Promise<Worth> {
  checkSamples(graph, samples, recipe);
  const targets = targetsOf(graph, samples, recipe);
  const sources = sourcesOf(typesOf(samples), recipe);
  const model = worthModel(graph, { weights, sources, targets, losses: lossesOf(graph, recipe), by });
  const session = tellingPlaces(graph, await open(model));
  const sums = new Map<string, Float64Array>();
  try {
    for (let start = 0; start < samples.count; start += batchSize) {
      signal?.throwIfAborted();
      const end = Math.min(start + batchSize, samples.count);
      const found = await session.run(feedsOf(graph, samples, targets, { start, end, ownNames: true }));
      for (const [port, { data }] of Object.entries(found)) {
        const means = data as Float32Array;
        const sum = sums.get(port) ?? new Float64Array(means.length);
        // Means over the batch, of gradients of the batch's mean loss: of each sample's own, so many squared times more.
        for (let i = 0; i < means.length; i++) sum[i]! += (means[i]! * (end - start) ** 2) / samples.count;
        sums.set(port, sum);
      }
    }
  } finally {
    await session.release();
  }
  return { worth: Object.fromEntries([...sums].map(([port, sum]) => [port, finite(port, Float32Array.from(sum))])) };
}

function finite(port: string, values: Float32Array): Float32Array {
  if (values.every(Number.isFinite)) return values;
  throw new TrainError(
    `channelWorth: results and gradients must be finite, got NaN or infinite ones behind ${port.split("/").slice(2).join("/")}; train with a smaller learning rate`,
  );
}
