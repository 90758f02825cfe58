import { describe, expect, it } from "vitest";
import { compareGradient } from "../../test/battery/differences.js";
import { batchOf } from "../../test/battery/values.js";
import { modelBytes, onnxBuilder } from "../formats/onnx/index.js";
import { nativeSession } from "../runtime/native.js";
import { float32, int64 } from "../runtime/session.js";
import { type LossName, type LossSettings, lossOf } from "./losses.js";

async function measure(choice: LossName | LossSettings, scores: ArrayLike<number>, labels: readonly number[]) {
  const classes = scores.length / labels.length;
  const rule = lossOf(choice);
  const emit = onnxBuilder();
  const { loss, gradient } = rule.emit(emit, "scores", { kind: "classes", value: "labels" }, [classes]);
  emit.rename(loss, "loss");
  emit.rename(gradient, "gradient");
  emit.rename(rule.logProbabilities!(emit, "scores"), "logs");
  const dims = ["batch", classes];
  const graph = emit.graph(
    "loss",
    [
      { name: "scores", type: "float32", dims },
      { name: "labels", type: "int64", dims: ["batch"] },
    ],
    [
      { name: "loss", type: "float32", dims: [] },
      { name: "gradient", type: "float32", dims },
      { name: "logs", type: "float32", dims },
    ],
  );
  const session = await nativeSession(modelBytes(graph));
  const found = await session.run({
    scores: float32(Float32Array.from(scores), [labels.length, classes]),
    labels: int64(BigInt64Array.from(labels, BigInt), [labels.length]),
  });
  await session.release();
  expect(found.loss!.dims).toEqual([]);
  const numbers = (output: string) => found[output]!.data as Float32Array;
  return { loss: numbers("loss")[0]!, gradient: numbers("gradient"), logs: numbers("logs") };
}

function expectClose(found: ArrayLike<number>, expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 6);
}

const { log } = Math;

describe("crossEntropy", () => {
  it("by hand: equal scores, and odds of 3 to 1 for the wrong class", async () => {
    const found = await measure("crossEntropy", [0, 0, log(3), 0], [0, 1]);
    expect(found.loss).toBeCloseTo((log(2) + log(4)) / 2, 6);
    // Softmax (1/2, 1/2) and (3/4, 1/4), less 1 at the label, over 2 samples.
    expectClose(found.gradient, [-1 / 4, 1 / 4, 3 / 8, -3 / 8]);
    expectClose(found.logs, [-log(2), -log(2), log(3 / 4), log(1 / 4)]);
  });
  it("is the mean over the batch, whatever its size", async () => {
    const one = await measure("crossEntropy", [1, -1, 2], [2]);
    const three = await measure("crossEntropy", [1, -1, 2, 1, -1, 2, 1, -1, 2], [2, 2, 2]);
    expect(three.loss).toBeCloseTo(one.loss, 6);
    expectClose(
      three.gradient.subarray(0, 3),
      Array.from(one.gradient, value => value / 3),
    );
  });
  it("has the gradient that finite differences have", async () => {
    const scores = batchOf(3, [4], 1);
    const { gradient } = await measure("crossEntropy", scores, [3, 0, 3]);
    const forward = async (moved: Float32Array) =>
      Float32Array.of((await measure("crossEntropy", moved, [3, 0, 3])).loss);
    const compared = await compareGradient(forward, scores, Float32Array.of(1), gradient);
    expect(compared.worst, compared.where).toBeLessThanOrEqual(1);
  });
  it("stays finite for scores of hundreds", async () => {
    const { loss, gradient } = await measure("crossEntropy", [500, -500], [1]);
    expect(loss).toBe(1000);
    expect([...gradient]).toEqual([1, -1]);
  });
});

describe("nll", () => {
  it("by hand, from log-probabilities", async () => {
    const logs = [0.7, 0.2, 0.1, 0.25, 0.25, 0.5].map(log);
    const found = await measure("nll", logs, [0, 2]);
    expect(found.loss).toBeCloseTo(-(log(0.7) + log(0.5)) / 2, 6);
    expectClose(found.gradient, [-1 / 2, 0, 0, 0, 0, -1 / 2]);
    expectClose(found.logs, logs);
  });
});

describe("class weights and label smoothing", () => {
  it("by hand: cross-entropy with weights is the mean by weight", async () => {
    // -log p is log 2 and log 4, with the weights 3 and 1.
    const found = await measure({ name: "crossEntropy", classWeights: [3, 1] }, [0, 0, log(3), 0], [0, 1]);
    expect(found.loss).toBeCloseTo((3 * log(2) + log(4)) / 4, 6);
    expectClose(found.gradient, [-3 / 8, 3 / 8, 3 / 16, -3 / 16]);
  });
  it("by hand: nll with weights", async () => {
    const found = await measure(
      { name: "nll", classWeights: [1, 0, 4] },
      [0.7, 0.2, 0.1, 0.25, 0.25, 0.5].map(log),
      [0, 2],
    );
    expect(found.loss).toBeCloseTo(-(log(0.7) + 4 * log(0.5)) / 5, 6);
    expectClose(found.gradient, [-1 / 5, 0, 0, 0, 0, -4 / 5]);
  });
  it("by hand: a tenth of the target is spread", async () => {
    const found = await measure({ name: "crossEntropy", labelSmoothing: 0.1 }, [log(3), 0], [0]);
    expect(found.loss).toBeCloseTo(-0.95 * log(3 / 4) - 0.05 * log(1 / 4), 6);
    expectClose(found.gradient, [0.75 - 0.95, 0.25 - 0.05]);
  });
});

describe("binaryCrossEntropy", () => {
  it("by hand", async () => {
    // Sigmoids 3/4, 1/2; yes for the first, no for the second.
    const found = await measure("binaryCrossEntropy", [log(3), 0], [0]);
    expect(found.loss).toBeCloseTo((-log(3 / 4) - log(1 / 2)) / 2, 6);
    expectClose(found.gradient, [-1 / 8, 1 / 4]);
  });
  it("stays finite for scores of hundreds", async () => {
    const { loss, gradient } = await measure("binaryCrossEntropy", [500, -500], [1]);
    expect(loss).toBe(500);
    expectClose(gradient, [0.5, -0.5]);
  });
});

describe("hinge", () => {
  it("by hand: the others come too near by 0.5, not at all, and by 3", async () => {
    const scores = [1, 0.5, -1, 3];
    const found = await measure("hinge", scores, [0]);
    expect(found.loss).toBeCloseTo((0.5 + 0 + 3) / 4, 6);
    expectClose(found.gradient, [-1 / 2, 1 / 4, 0, 1 / 4]);
    const squared = await measure({ name: "hinge", p: 2, margin: 1, classWeights: [2, 1, 1, 1] }, scores, [0]);
    expect(squared.loss).toBeCloseTo((2 * (0.25 + 9)) / 4, 6);
    expectClose(squared.gradient, [(-2 * (1 + 6)) / 4, 2 / 4, 0, (2 * 6) / 4]);
  });
});

describe("every loss has the gradient that finite differences have", () => {
  it.each<[LossSettings]>([
    [{ name: "crossEntropy", classWeights: [1, 2, 0.5, 3], labelSmoothing: 0.2 }],
    [{ name: "nll", classWeights: [1, 2, 0.5, 3] }],
    [{ name: "binaryCrossEntropy", classWeights: [1, 2, 0.5, 3] }],
    [{ name: "hinge", p: 2, margin: 0.7, classWeights: [1, 2, 0.5, 3] }],
  ])("%o", async settings => {
    const scores = batchOf(3, [4], 1);
    const { gradient } = await measure(settings, scores, [3, 0, 3]);
    const forward = async (moved: Float32Array) => Float32Array.of((await measure(settings, moved, [3, 0, 3])).loss);
    const compared = await compareGradient(forward, scores, Float32Array.of(1), gradient);
    expect(compared.worst, compared.where).toBeLessThanOrEqual(1);
  });
});

it.each<[() => unknown, string]>([
  [
    () => lossOf("focal" as never),
    "train: there is no such loss, got focal; choose nll, crossEntropy, binaryCrossEntropy, hinge, meanSquaredError, meanAbsoluteError, huber or kullbackLeibler",
  ],
  [
    () => lossOf({ name: "crossEntropy", labelSmoothing: 1 }),
    "crossEntropy: labelSmoothing must be from 0 to below 1, got 1; give another",
  ],
  [
    () => lossOf({ name: "hinge", p: 3 as never }),
    "hinge: margin must be a number and p 1 or 2, got 1 and 3; give others",
  ],
  [
    () => lossOf({ name: "nll", classWeights: [1, 2] }).emit(onnxBuilder(), "x", { kind: "classes", value: "y" }, [3]),
    "nll: classWeights must be 3, one for every class, got 2; give one for every class",
  ],
  [
    () => lossOf({ name: "nll", classWeights: [1, -2] }).emit(onnxBuilder(), "x", { kind: "classes", value: "y" }, [2]),
    "nll: classWeights must be 0 or more, got -2; give others",
  ],
])("refuses %#", (ask, sentence) => expect(ask).toThrow(sentence));
