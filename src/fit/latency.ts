/** How long a network takes where it is asked. */
import type { Graph } from "../graph/index.js";
import { float32 } from "../runtime/session.js";
import { product } from "../shape/index.js";
import { inferenceModel, initialWeights, type Weights } from "../train/index.js";
import { checkCount } from "./check-input.js";
import { surroundings } from "./surroundings.js";

export interface LatencySettings {
  /** Samples at once; 1 unless told. */
  readonly batchSize?: number;
  /** Milliseconds for which it is run again and again; 200 unless told. */
  readonly milliseconds?: number;
}

/**
 * Milliseconds of one forward pass of so many samples: the shortest of many runs, as whatever else the machine does only
 * adds. In this thread, on one core, with zeros for inputs.
 */
export async function latencyOf(
  { graph, weights }: { readonly graph: Graph; readonly weights?: Weights | undefined },
  { batchSize = 1, milliseconds = 200 }: LatencySettings = {},
): Promise<number> {
  checkCount("latencyOf", { batchSize, milliseconds });
  const model = inferenceModel(graph, { weights: weights ?? initialWeights(graph, 0), batch: batchSize });
  const session = await surroundings().open(model);
  const feeds = Object.fromEntries(
    graph.inputs.map(({ name, shape }) => {
      const dims = [batchSize, ...shape];
      return [name, float32(new Float32Array(product(dims)), dims)];
    }),
  );
  try {
    let shortest = Number.POSITIVE_INFINITY;
    const until = performance.now() + milliseconds;
    // The first runs fill caches: they are longer.
    for (let run = 0; run < fewestRuns || performance.now() < until; run++) {
      const started = performance.now();
      await session.run(feeds);
      shortest = Math.min(shortest, performance.now() - started);
    }
    return shortest;
  } finally {
    await session.release();
  }
}

const fewestRuns = 5;
