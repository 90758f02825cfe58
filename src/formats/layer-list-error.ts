import { isRefusal } from "../op/index.js";

/** What is wrong with a layer list; the sentence names the network and the layer. */
export class LayerListError extends Error {
  override readonly name = "LayerListError";
}

/** What an op refuses, with the network and the place in front. */
export function attempt<T>(network: string, place: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isRefusal(error) && !(error instanceof LayerListError)) throw error;
    throw new LayerListError(`${network}: ${place}: ${error.message}`, { cause: error });
  }
}
