import { expect, it } from "vitest";
import { everyGradient } from "../../test/battery/every-gradient.js";
import { opSession, placeOp } from "../../test/battery/op-model.js";
import { batchNorm as reference } from "../../test/battery/reference.js";
import { testOp } from "../../test/battery/test-op.js";
import { assemble, findOp } from "../op/index.js";
import { batchNorm } from "./batch-norm.js";
import "./transpose.js";

testOp(
  batchNorm,
  [
    { inputs: [[3]], output: [3], macs: 0 },
    { inputs: [[2, 5]], output: [2, 5] },
    { attrs: { eps: 0.01, momentum: 0.3 }, inputs: [[3, 2, 2]], output: [3, 2, 2] },
    { inputs: [[2, 2, 1, 3]], output: [2, 2, 1, 3] },
    { inputs: [[]], error: "batchNorm: input needs at least one axis, got []; reshape it to [1]" },
    {
      attrs: { momentum: 1.5 },
      inputs: [[2]],
      error: "batchNorm: momentum must be a number from 0 to below 1, got 1.5; give e.g. 0.5",
    },
  ],
  { reference, batch: 6 },
);

/** Two samples of [2 channels, 2]: channel 0 holds 1, 3, 5, 7 and channel 1 holds 0, 0, 2, 2. */
const x = Float32Array.of(1, 3, 0, 0, 5, 7, 2, 2);
const weights = {
  "w/weight": Float32Array.of(1, 2),
  "w/bias": Float32Array.of(0, 10),
  "w/runningMean": Float32Array.of(1, 1),
  "w/runningVar": Float32Array.of(1, 3),
};

async function train(batch: number, values: Float32Array, attrs: object) {
  const at = placeOp(findOp("batchNorm"), attrs, [[2, values.length / batch / 2]]);
  const session = await opSession(at, { training: true });
  const outputs = await session.run(batch, { "x/0": values, ...weights });
  await session.release();
  return (name: string) => Array.from(outputs[name]!.data as Float32Array);
}

it("normalises by the batch's biased variance", async () => {
  // Channel 0: mean 4, variance (9 + 1 + 1 + 9) / 4 = 5. Channel 1: mean 1, variance 1; twice it plus 10.
  const outputs = await train(2, x, { eps: 0 });
  const unit = Math.sqrt(5);
  for (const [i, value] of [-3 / unit, -1 / unit, 8, 8, 1 / unit, 3 / unit, 12, 12].entries())
    expect(outputs("y")[i]).toBeCloseTo(value, 5);
});

it("carries the mean and the unbiased variance on, each by its momentum", async () => {
  // 4 elements a channel: unbiased variances 20 / 3 and 4 / 3.
  const outputs = await train(2, x, { momentum: 0.25 });
  const close = (found: number[], expected: number[]) =>
    expected.forEach((value, i) => {
      expect(found[i]).toBeCloseTo(value, 5);
    });
  close(outputs("carried/runningMean"), [0.75 * 1 + 0.25 * 4, 0.75 * 1 + 0.25 * 1]);
  close(outputs("carried/runningVar"), [0.75 * 1 + 0.25 * (20 / 3), 0.75 * 3 + 0.25 * (4 / 3)]);
});

it("stays finite for a channel that is the same everywhere, and for a single element", async () => {
  expect((await train(2, new Float32Array(8).fill(3), {}))("y")).toEqual([0, 0, 10, 10, 0, 0, 10, 10]);
  const single = await train(1, Float32Array.of(5, 6), { momentum: 0.5 });
  expect(single("y")).toEqual([0, 10]);
  expect(single("carried/runningVar")).toEqual([0.5, 1.5]);
});

it("in use has the gradients of a scale and a shift by constants", async () => {
  const at = placeOp(findOp("batchNorm"), { eps: 0.5 }, [[2, 2]]);
  const session = await opSession(at, { training: false, needs: [true] });
  const dy = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const statistics = { "w/runningMean": Float32Array.of(1, 0), "w/runningVar": Float32Array.of(3.5, 15.5) };
  const outputs = await session.run(2, { "x/0": x, dy, ...weights, ...statistics });
  await session.release();
  // Deviations sqrt(3.5 + 0.5) = 2 and sqrt(15.5 + 0.5) = 4: factors 1 / 2 and 2 / 4.
  const found = (name: string) => Array.from(outputs[name]!.data as Float32Array);
  expect(found("dx/0")).toEqual([0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4]);
  // Channel 0 is 0, 1, 2, 3 normalised, channel 1 is 0, 0, 0.5, 0.5.
  expect(found("dw/weight")).toEqual([1 * 0 + 2 * 1 + 5 * 2 + 6 * 3, 7 / 2 + 8 / 2]);
  expect(found("dw/bias")).toEqual([1 + 2 + 5 + 6, 3 + 4 + 7 + 8]);
  expect(outputs).not.toHaveProperty(["carried/runningMean"]);
});

// PyTorch 1.13 gets this wrong, so that no peer says it: it takes the gradient for one with the channels last.
it("adds up a gradient that arrives transposed", async () => {
  const a = assemble("transposed");
  const graph = a.finish(
    a.node("transpose", [a.node("batchNorm", [a.input("x", [2, 1, 2])])], { axis0: -1, axis1: -3 }),
  );
  // Two samples of [2 places, 1, 2 channels]: the first channel's gradients are 1, 3, 5, 7, the second's 2, 4, 6, 8.
  const dy = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  // Channels 1, 3, 5, 7 and 0, 0, 2, 2: normal -3, -1, 1, 3 over sqrt(5), and -1, -1, 1, 1.
  const found = await everyGradient(graph, 2, {
    x,
    "batchNorm_1.weight": Float32Array.of(1, 2),
    "batchNorm_1.bias": Float32Array.of(0, 10),
    "batchNorm_1.runningMean": Float32Array.of(1, 1),
    "batchNorm_1.runningVar": Float32Array.of(1, 3),
    "dy/transpose_1": dy,
  });
  expect(Array.from(found["d/batchNorm_1.bias"]!)).toEqual([16, 20]);
  const [first, second] = found["d/batchNorm_1.weight"]!;
  // -3 - 3 + 5 + 21 = 20 and -2 - 4 + 6 + 8 = 8.
  expect(first).toBeCloseTo(20 / Math.sqrt(5), 3);
  expect(second).toBeCloseTo(8, 3);
});
