import { describe, expect, it } from "vitest";
import { relu } from "../ops/index.js";
import { allOps, findOp, nearest, OpError, op } from "./record.js";

it("finds an op by its name", () => expect(findOp("relu")).toBe(relu));

it("offers the nearest names for one that does not exist, or all of them", () => {
  expect(() => findOp("sigmoyd")).toThrow(
    new OpError('sigmoyd: there is no such op, got "sigmoyd"; did you mean sigmoid?'),
  );
  expect(() => findOp("Transformer")).toThrow(
    new OpError(`Transformer: there is no such op, got "Transformer"; known are ${[...allOps.keys()].join(", ")}`),
  );
});

it("takes no name twice", () => {
  expect(() => op(relu)).toThrow(new Error("relu: an op of this name exists already; choose another name"));
});

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
