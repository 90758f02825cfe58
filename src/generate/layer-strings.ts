/** Random layer strings: words of a vocabulary one after another, as many as are wanted that make a network. */
import { buildLayers, LayerStringError, parseLayerString } from "../formats/layer-string/index.js";
import type { Graph } from "../graph/index.js";
import { deriveSeed, permutation, type Random, random } from "../random.js";
import type { Shape } from "../shape/index.js";
import { checkWhole, GenerateError } from "./error.js";

/** The words of the published sampler. */
export const publishedVocabulary: readonly string[] = [
  ...["2", "3", "4", "0.4", "0.6", "0.8"].map(f => `conv=channel_factor:${f},kernel_size:3,stride:1,padding:0-`),
  ...["0.00001", "0.0001"].map(eps => `batchnorm=eps:${eps}-`),
  ...["avgpool", "maxpool"].flatMap(pool => [2, 4].map(k => `${pool}=kernel_size:${k},stride:${k},padding:0-`)),
  ...["0.2", "0.4"].map(p => `dropout=p:${p}-`),
];

export interface LayerStringsOptions {
  /** How many networks. */
  readonly n: number;
  readonly seed: number;
  /** Fewest and most words of a string, every number between as likely; 2 and 10 unless told. */
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  /** Words, each of one layer or more; the published ones unless told. */
  readonly vocabulary?: readonly string[] | undefined;
  /** A word may stand in a string again; true unless told. */
  readonly replacement?: boolean | undefined;
  /** Refuse what the published builder refuses, too. */
  readonly strict?: boolean | undefined;
  /** Shape of a sample; [1, 28, 28] unless told. */
  readonly inputShape?: Shape | undefined;
  /** Scores at the end; 10 unless told. */
  readonly classes?: number | undefined;
}

export interface DrawnStrings {
  readonly networks: readonly { readonly text: string; readonly graph: Graph }[];
  /** Strings drawn until there were enough that are valid. */
  readonly drawn: number;
  /** Strings that the published builder, which looks at convolutions alone, would build and that could not run. */
  readonly broken: number;
}

/** Strings drawn before it is given up that enough are valid, for each that is wanted. */
const patience = 10_000;

/** The same options give the same strings; what cannot be is a GenerateError. */
export function drawLayerStrings(options: LayerStringsOptions): DrawnStrings {
  const { n, seed, strict, inputShape: input, classes } = options;
  const sentence = drawing(options);
  const source = random(deriveSeed("layer strings", seed));
  const networks: { text: string; graph: Graph }[] = [];
  let [drawn, broken] = [0, 0];
  while (networks.length < n) {
    if (drawn++ === n * patience) {
      throw new GenerateError(
        `generate: ${n} valid strings were not found among ${drawn - 1}, got ${networks.length}; give other words or lengths`,
      );
    }
    const text = sentence(source);
    const layers = parseLayerString(text);
    try {
      const graph = buildLayers(layers, { name: `string_${networks.length + 1}`, strict, input, classes });
      networks.push({ text, graph });
    } catch (error) {
      if (!(error instanceof LayerStringError)) throw error;
      // A convolution behind what does not fit is refused by the published builder.
      if (layers.slice(error.place.layer - 1).every(({ word }) => word !== "conv")) broken++;
    }
  }
  return { networks, drawn, broken };
}

/** What draws one string. */
function drawing(options: LayerStringsOptions): (source: Random) => string {
  const { n, minLength = 2, maxLength = 10, vocabulary = publishedVocabulary, replacement = true } = options;
  checkWhole("the number of networks", n, 1);
  checkWhole("minLength", minLength, 1);
  checkWhole("maxLength", maxLength, minLength);
  if (vocabulary.length === 0) throw new GenerateError("generate: vocabulary must have words, got none; give one");
  if (!replacement && maxLength > vocabulary.length) {
    throw new GenerateError(
      `generate: maxLength must be at most the ${vocabulary.length} words where none stands twice, got ${maxLength}; give fewer`,
    );
  }
  const words = vocabulary.map(ended);
  return source => {
    const length = source.int(minLength, maxLength);
    if (replacement) return Array.from({ length }, () => source.pick(words)).join("");
    return [...permutation(words.length, source)]
      .slice(0, length)
      .map(i => words[i]!)
      .join("");
  };
}

/** The word with the minus that ends it; one that is not as in the notation is refused. */
function ended(word: string): string {
  try {
    parseLayerString(word);
  } catch (error) {
    throw new GenerateError(
      `generate: vocabulary has no layer in ${JSON.stringify(word)}, got ${(error as Error).message}`,
    );
  }
  return word.endsWith("-") ? word : `${word}-`;
}
