/** What is wrong with a layer string, and where. */

export interface LayerPlace {
  /** From 1; 0 for the string as a whole. */
  readonly layer: number;
  /** The word as it stands in the string. */
  readonly word: string;
  /** Offset into the string, from 0. */
  readonly at: number;
}

/** The sentence names the layer by its number, from 1, and its word. */
export class LayerStringError extends Error {
  override readonly name = "LayerStringError";

  constructor(
    sentence: string,
    readonly place: LayerPlace,
  ) {
    super(place.layer === 0 ? `layer string: ${sentence}` : `layer ${place.layer}, ${place.word}: ${sentence}`);
  }
}
