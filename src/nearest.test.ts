import { describe, expect, it } from "vitest";
import { anyOf, nearest } from "./nearest.js";

describe("nearest", () => {
  it.each<[string, string[], string]>([
    // One letter left out, one put in, one exchanged, two turned round.
    ["kernelSze", ["kernelSize", "stride"], "did you mean kernelSize?"],
    ["sstride", ["kernelSize", "stride"], "did you mean stride?"],
    ["bids", ["bias", "groups"], "did you mean bias?"],
    ["biasgorup", ["groups", "biasgroup"], "did you mean biasgroup?"],
    ["CONV2D", ["conv2d", "linear"], "did you mean conv2d?"],
    ["conv", ["conv1d", "conv2d", "linear"], "did you mean conv1d or conv2d?"],
    ["colour", ["kernelSize", "stride"], "known are kernelSize, stride"],
    ["colour", [], "it takes none"],
  ])("%s among %j: %s", (word, known, sentence) => expect(nearest(word, known)).toBe(sentence));
});

describe("anyOf", () => {
  it.each<[string[], string]>([
    [["a", "b", "c"], "a, b or c"],
    [["a", "b"], "a or b"],
    [["a"], "a"],
    [[], ""],
  ])("%j is %s", (names, sentence) => expect(anyOf(names)).toBe(sentence));
});
