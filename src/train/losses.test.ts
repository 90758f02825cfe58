import { describe, expect, it } from "vitest";
import { compareGradient } from "../../test/battery/differences.js";
import { batchOf } from "../../test/battery/values.js";
import { modelBytes, onnxBuilder } from "../formats/onnx/index.js";
import { nativeSession } from "../runtime/native.js";
import { float32, int64 } from "../runtime/session.js";
import { type LossName, losses } from "./losses.js";

async function measure(name: LossName, scores: ArrayLike<number>, labels: readonly number[]) {
  const classes = scores.length / labels.length;
  const emit = onnxBuilder();
  const { loss, gradient } = losses[name].emit(emit, "scores", "labels", classes);
  emit.rename(loss, "loss");
  emit.rename(gradient, "gradient");
  emit.rename(losses[name].logProbabilities(emit, "scores"), "logs");
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
