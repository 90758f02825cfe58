import { describe, expect, it } from "vitest";
import "../ops/index.js";
import { drawLayerStrings, publishedVocabulary } from "./index.js";

describe("drawn layer strings", () => {
  it("are the same for the same seed", () => {
    const texts = (seed: number) => drawLayerStrings({ n: 20, seed }).networks.map(({ text }) => text);
    expect(texts(1)).toEqual(texts(1));
    expect(texts(1)).not.toEqual(texts(2));
  });

  // Counted out over all strings, by channels and height with their probabilities: 29.72 % run, 3.17 % break (2 to 10 words
  // with repetition, strict). The published sampler, of lengths that are not told: 28.7 % and 3.0 %.
  it("are valid as often as can be counted", () => {
    const { drawn, broken, networks } = drawLayerStrings({ n: 3000, seed: 3, strict: true });
    const error = (share: number) => 4 * Math.sqrt((share * (1 - share)) / drawn);
    expect(Math.abs(networks.length / drawn - 0.2972)).toBeLessThan(error(0.2972));
    expect(Math.abs(broken / drawn - 0.0317)).toBeLessThan(error(0.0317));
    expect(Math.abs(networks.length / drawn - 0.287)).toBeLessThan(0.03);
    expect(Math.abs(broken / drawn - 0.03)).toBeLessThan(0.01);
  });

  it("have every word once where none stands again", () => {
    const { networks } = drawLayerStrings({
      ...{ n: 30, seed: 4, minLength: 3, maxLength: 3, replacement: false },
      vocabulary: ["relu", "tanh-", "dropout=p:0.1"],
    });
    for (const { text } of networks) {
      expect(text.split("-").slice(0, -1).sort()).toEqual(["dropout=p:0.1", "relu", "tanh"]);
    }
    expect(new Set(networks.map(({ text }) => text)).size).toBe(6);
  });

  it.each([
    [{ minLength: 5, maxLength: 4 }, "generate: maxLength must be a whole number of at least 5, got 4; give 5 or more"],
    [{ vocabulary: [] }, "generate: vocabulary must have words, got none; give one"],
    [
      { vocabulary: ["=3"] },
      'generate: vocabulary has no layer in "=3", got layer 1, : a layer must begin with its name, got "=3"; write name=parameter:value-',
    ],
    [
      { replacement: false, maxLength: 20 },
      "generate: maxLength must be at most the 14 words where none stands twice, got 20; give fewer",
    ],
    [
      { vocabulary: ["maxpool=kernel_size:99"] },
      "generate: 1 valid strings were not found among 10000, got 0; give other words or lengths",
    ],
  ])("refuse %j", (options, sentence) =>
    expect(() => drawLayerStrings({ n: 1, seed: 1, ...options })).toThrow(sentence),
  );

  it("are of the published words", () => expect(publishedVocabulary).toHaveLength(14));
});
