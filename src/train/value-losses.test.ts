import { describe, expect, it } from "vitest";
import { compareGradient } from "../../test/battery/differences.js";
import { batchOf } from "../../test/battery/values.js";
import { modelBytes, onnxBuilder } from "../formats/onnx/index.js";
import { assemble } from "../op/index.js";
import "../ops/index.js";
import { nativeSession } from "../runtime/native.js";
import { float32 } from "../runtime/session.js";
import { type LossChoice, lossOf } from "./losses.js";

/** Loss and gradient of outputs [batch, 2] against values. */
async function measure(choice: LossChoice, output: ArrayLike<number>, target: readonly number[]) {
  const emit = onnxBuilder();
  const { loss, gradient } = lossOf(choice).emit(emit, "output", { kind: "values", value: "target" }, [2]);
  emit.rename(loss, "loss");
  emit.rename(gradient, "gradient");
  const port = (name: string) => ({ name, type: "float32", dims: ["batch", 2] }) as const;
  const graph = emit.graph(
    "loss",
    [port("output"), port("target")],
    [{ name: "loss", type: "float32", dims: [] }, port("gradient")],
  );
  const session = await nativeSession(modelBytes(graph));
  const dims = [output.length / 2, 2];
  const found = await session.run({
    output: float32(Float32Array.from(output), dims),
    target: float32(Float32Array.from(target), dims),
  });
  await session.release();
  return { loss: (found.loss!.data as Float32Array)[0]!, gradient: found.gradient!.data as Float32Array };
}
function expectClose(found: ArrayLike<number>, expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 6);
}

/** The cube of the distance, as a user writes it, but assembled. */
const cube = ((): LossChoice => {
  const a = assemble("cube");
  const [output, target] = [a.input("output", [2]), a.input("target", [2])];
  return { name: "own", graph: a.finish(a.node("power", [a.node("subtract", [output, target])], { exponent: 3 })) };
})();

describe("by hand", () => {
  // Differences 0.5, -3, 0, 1 of two samples.
  const [output, target] = [
    [1.5, -1, 2, 4],
    [1, 2, 2, 3],
  ];
  it.each<[LossChoice, number, number[]]>([
    ["meanSquaredError", (0.25 + 9 + 0 + 1) / 4, [1 / 4, -6 / 4, 0, 2 / 4]],
    ["meanAbsoluteError", (0.5 + 3 + 0 + 1) / 4, [1 / 4, -1 / 4, 0, 1 / 4]],
    ["huber", (0.125 + 2.5 + 0 + 0.5) / 4, [0.5 / 4, -1 / 4, 0, 1 / 4]],
    [{ name: "huber", delta: 2 }, (0.125 + 2 * 2 + 0 + 0.5) / 4, [0.5 / 4, -2 / 4, 0, 1 / 4]],
    [cube, (0.125 - 27 + 0 + 1) / 4, [0.75 / 4, 27 / 4, 0, 3 / 4]],
  ])("%j", async (choice, loss, gradient) => {
    const found = await measure(choice, output, target);
    expect(found.loss).toBeCloseTo(loss, 5);
    expectClose(found.gradient, gradient);
  });
  it("binary cross-entropy: every score has its own target", async () => {
    const { loss, gradient } = await measure("binaryCrossEntropy", [Math.log(3), 0], [1, 0.25]);
    // Sigmoids 3/4 and 1/2.
    expect(loss).toBeCloseTo((-Math.log(3 / 4) - Math.log(1 / 2)) / 2, 6);
    expectClose(gradient, [-1 / 8, 1 / 8]);
    const weighted = await measure({ name: "binaryCrossEntropy", classWeights: [2, 0] }, [Math.log(3), 0], [1, 0.25]);
    expect(weighted.loss).toBeCloseTo(-Math.log(3 / 4), 6);
    expectClose(weighted.gradient, [-1 / 4, 0]);
  });
  it("Kullback-Leibler: nothing of what has no probability", async () => {
    const [log, half] = [Math.log, Math.log(0.5)];
    const { loss, gradient } = await measure("kullbackLeibler", [half, half, log(0.25), log(0.75)], [1, 0, 0.5, 0.5]);
    expect(loss).toBeCloseTo((log(2) + 0.5 * log(2) + 0.5 * log(2 / 3)) / 2, 6);
    expectClose(gradient, [-1 / 2, 0, -1 / 4, -1 / 4]);
  });
});

it.each<[LossChoice]>([
  ["meanSquaredError"],
  [{ name: "huber", delta: 0.3 }],
  ["binaryCrossEntropy"],
  ["kullbackLeibler"],
  [cube],
])("%j has the gradient that finite differences have", async choice => {
  const output = batchOf(3, [2], 1);
  const target = [0.1, 0.9, 0.7, 0.3, 0, 1];
  const { gradient } = await measure(choice, output, target);
  const forward = async (moved: Float32Array) => Float32Array.of((await measure(choice, moved, target)).loss);
  const compared = await compareGradient(forward, output, Float32Array.of(1), gradient);
  expect(compared.worst, compared.where).toBeLessThanOrEqual(1);
});

const learns = ((): LossChoice => {
  const a = assemble("learns");
  a.input("target", [2]);
  return { name: "own", graph: a.finish(a.node("linear", [a.input("output", [2])], { outFeatures: 1 })) };
})();
it.each<[LossChoice, string]>([
  [{ name: "huber", delta: 0 }, "huber: delta must be above 0, got 0; give another"],
  [learns, "loss: one of your own has the inputs output and target and one result, got learns; describe it so"],
])("refuses %#", (choice, sentence) => expect(() => lossOf(choice)).toThrow(sentence));
