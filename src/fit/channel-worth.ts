/** What channels of a trained model are worth, by what they do for its loss: a utility for surgery. */
import type { Network } from "../build/network.js";
import type { Examples, Split } from "../data/data-set.js";
import { got, type Recipe, TrainError, type Weights, type WorthName, worthPort } from "../train/index.js";
import { checkCount } from "./check-input.js";
import { samplesOf } from "./data-of.js";
import type { Samples } from "./samples.js";
import { surroundings } from "./surroundings.js";
import type { Worth } from "./worth.js";

/** The worth of every channel of a layer, as the strategies of surgery take it. */
export type MeasuredWorth = (layer: { readonly name: string; readonly axis: number }) => Float32Array | undefined;

export interface WorthSettings {
  /** `activation` unless told: the mean of |result x gradient|. `taylor`: the change of the loss to the first order. */
  readonly by?: WorthName;
  /** Samples at once; 50 unless told. */
  readonly batchSize?: number;
  /** Most samples that are looked at, the first ones; 1000 unless told. */
  readonly samples?: number;
  readonly signal?: AbortSignal;
}

/**
 * What every channel does for the loss, the mean over these samples: `operate(model, { utility: await channelWorth(model,
 * data.train) }).prune({ params: 0.5 })`. In a process of its own. Of the network that was measured: after a prune, measure
 * anew.
 */
export async function channelWorth(
  model: { readonly network: Network; readonly weights: Weights; readonly recipe: Recipe },
  data: Split | Examples,
  { by = "activation", batchSize = 50, samples: most = 1000, signal }: WorthSettings = {},
): Promise<MeasuredWorth> {
  if (by !== "activation" && by !== "taylor") {
    throw new TrainError(`channelWorth: by must be activation or taylor, got ${got(by)}; give one of them`);
  }
  checkCount("channelWorth", { batchSize, samples: most });
  const { network, weights, recipe } = model;
  const samples = first(samplesOf(network, data), most);
  const { graph } = network;
  const task = { kind: "worth", graph, weights, recipe, samples, by, batchSize } as const;
  const { worth } = (await surroundings().submit(task, { signal })) as Worth;
  return ({ name, axis }) => worth[worthPort(name, axis)];
}

function first({ count, inputs, targets }: Samples, most: number): Samples {
  if (count <= most) return { count, inputs, targets };
  const taken = <T extends { readonly length: number; slice(start: number, end: number): T }>(values: T): T =>
    values.slice(0, (values.length / count) * most);
  return { count: most, inputs: inputs.map(taken), targets: targets.map(values => values && taken(values)) };
}
