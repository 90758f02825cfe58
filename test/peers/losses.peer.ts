/** Losses against values, and their gradients, against PyTorch's, on random outputs and targets. */
import { beforeAll, expect, it } from "vitest";
import { modelBytes, onnxBuilder } from "../../src/formats/onnx/index.js";
import { nativeSession } from "../../src/runtime/native.js";
import { float32 } from "../../src/runtime/session.js";
import { type LossChoice, lossOf } from "../../src/train/index.js";
import { batchOf } from "../battery/values.js";
import { askPyTorch, type OpAnswer, type OpCase, receive, send, worstError } from "./pytorch.js";

const shapes = [[1], [7], [3, 4], [2, 3, 5]];
const losses: readonly (readonly [LossChoice, string])[] = [
  ["meanSquaredError", "mse_loss(x[0], x[1])"],
  ["meanAbsoluteError", "l1_loss(x[0], x[1])"],
  ["huber", "huber_loss(x[0], x[1])"],
  [{ name: "huber", delta: 0.2 }, "huber_loss(x[0], x[1], delta=0.2)"],
  ["binaryCrossEntropy", "binary_cross_entropy_with_logits(x[0], torch.sigmoid(x[1]).detach())"],
  ["kullbackLeibler", "kl_div(x[0], torch.sigmoid(x[1]).detach(), reduction='batchmean')"],
];
const probabilities = /sigmoid/;
const cases = losses.flatMap(([loss, spelling], i) =>
  shapes.map((shape, k) => {
    const [batch, seed] = [3 + k, 10 * i + k];
    const target = batchOf(batch, shape, seed + 500);
    return { loss, spelling, shape, batch, output: batchOf(batch, shape, seed), target };
  }),
);

let answers: OpAnswer[] = [];
beforeAll(() => {
  answers = askPyTorch<OpAnswer>(
    cases.map(
      ({ spelling, shape, batch, output, target }): OpCase => ({
        spelling: { expression: `torch.nn.functional.${spelling}` },
        training: true,
        x: [send(output, [batch, ...shape]), send(target, [batch, ...shape])],
        weights: {},
        dy: send(Float32Array.of(1), []),
      }),
    ),
  );
});

it.each(cases.map((one, i) => ({ ...one, i, name: one.spelling })))("$name on $shape", async one => {
  const target = probabilities.test(one.spelling) ? one.target.map(value => 1 / (1 + Math.exp(-value))) : one.target;
  const emit = onnxBuilder();
  const found = lossOf(one.loss).emit(emit, "output", { kind: "values", value: "target" }, one.shape);
  emit.rename(found.loss, "loss");
  emit.rename(found.gradient, "gradient");
  const port = (name: string) => ({ name, type: "float32", dims: ["batch", ...one.shape] }) as const;
  const session = await nativeSession(
    modelBytes(
      emit.graph(
        "loss",
        [port("output"), port("target")],
        [{ name: "loss", type: "float32", dims: [] }, port("gradient")],
      ),
    ),
  );
  const dims = [one.batch, ...one.shape];
  const results = await session.run({ output: float32(one.output, dims), target: float32(target, dims) });
  await session.release();
  const { y, dx } = answers[one.i]!;
  for (const [name, expected] of [
    ["loss", y],
    ["gradient", dx[0]!],
  ] as const) {
    const { units, error } = worstError(results[name]!.data as Float32Array, receive(expected), 1e-5, 1e-4);
    expect(units, `${name}: off by ${error}`).toBeLessThanOrEqual(1);
  }
});
