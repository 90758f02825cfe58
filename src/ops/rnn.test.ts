import { describe, expect, it } from "vitest";
import { opSession, placeOp } from "../../test/battery/op-model.js";
import { recurrentRows } from "../../test/battery/recurrent-rows.js";
import { recurrent, rnnStep } from "../../test/battery/reference-recurrent.js";
import { testOp } from "../../test/battery/test-op.js";
import { findOp } from "../op/index.js";
import { rnn } from "./rnn.js";

testOp(
  rnn,
  [
    ...recurrentRows("rnn", 1),
    { attrs: { hiddenSize: 2, nonlinearity: "relu" }, inputs: [[3, 2]], output: [3, 2] },
    {
      attrs: { hiddenSize: 2, nonlinearity: "relu", bidirectional: true, layers: 2, output: "last" },
      inputs: [[2, 2]],
      output: [4],
    },
    {
      attrs: { hiddenSize: 2, nonlinearity: "sine" },
      inputs: [[5, 3]],
      error: 'rnn: nonlinearity must be tanh or relu, got "sine"; give one of these',
    },
  ],
  { reference: recurrent(rnnStep) },
);

it("adds up as by hand, forwards and backwards, and so does its gradient", async () => {
  const attrs = { hiddenSize: 1, nonlinearity: "relu", bidirectional: true };
  const at = placeOp(findOp("rnn"), attrs, [[3, 1]]);
  const session = await opSession(at, { training: true, needs: [true] });
  const { y, ...gradients } = await session.run(1, {
    "x/0": Float32Array.of(1, -2, 3),
    dy: Float32Array.of(1, 1, 1, 1, 1, 1),
    "w/weightIhL0": Float32Array.of(2),
    "w/weightHhL0": Float32Array.of(0.5),
    "w/biasIhL0": Float32Array.of(1),
    "w/biasHhL0": Float32Array.of(2),
    "w/weightIhL0Reverse": Float32Array.of(1),
    "w/weightHhL0Reverse": Float32Array.of(1),
    "w/biasIhL0Reverse": Float32Array.of(0),
    "w/biasHhL0Reverse": Float32Array.of(0),
  });
  await session.release();
  // Forwards 2 + 3 = 5, -4 + 3 + 2.5 = 1.5, 6 + 3 + 0.75 = 9.75; backwards 3, -2 + 3 = 1, 1 + 1 = 2.
  expect([...(y!.data as Float32Array)]).toEqual([5, 2, 1.5, 1, 9.75, 3]);
  // At the sums, forwards 1 + 0.5 (1 + 0.5 1) = 1.75, 1.5, 1; backwards, the last step first reached, 3, 2, 1 from its end.
  const numbers = (name: string) => [...(gradients[name]!.data as Float32Array)];
  expect(numbers("dx/0")).toEqual([2 * 1.75 + 1, 2 * 1.5 + 2, 2 * 1 + 3]);
  expect(numbers("dw/weightIhL0")).toEqual([1.75 * 1 + 1.5 * -2 + 1 * 3]);
  expect(numbers("dw/weightHhL0")).toEqual([1.5 * 5 + 1 * 1.5]);
  expect(numbers("dw/biasIhL0")).toEqual([4.25]);
  expect(numbers("dw/biasHhL0")).toEqual([4.25]);
  expect(numbers("dw/weightHhL0Reverse")).toEqual([2 * 3 + 1 * 1]);
});

describe("dropout", () => {
  const [batch, width, p] = [50, 40, 0.3];
  const ones = new Float32Array(batch * width).fill(1);
  const identity = Float32Array.from({ length: width ** 2 }, (_, i) => (i % (width + 1) === 0 ? 1 : 0));

  /** Three layers that give on what they are given: the input is 1 everywhere, and there is one step. */
  async function dropped(training: boolean, seed = 1) {
    const attrs = { hiddenSize: width, layers: 3, nonlinearity: "relu", bias: false, dropout: p };
    const at = placeOp(findOp("rnn"), attrs, [[1, width]]);
    const session = await opSession(at, { training, needs: [true], seed });
    const weights = Object.fromEntries(at.weights.map(({ role }) => [`w/${role}`, identity]));
    const { y, "dx/0": dx } = await session.run(batch, { "x/0": ones, dy: ones, ...weights });
    await session.release();
    return { y: y!.data as Float32Array, dx: dx!.data as Float32Array };
  }

  it("stands between layers alone, drawn anew for each, and its gradient is the same product", async () => {
    const { y, dx } = await dropped(true);
    expect(dx).toEqual(y);
    const kept = y.filter(value => value !== 0);
    for (const value of kept) expect(value).toBeCloseTo(1 / (1 - p) ** 2, 5);
    // Two masks, of which both let through; four standard deviations of a binomial proportion.
    const share = (1 - p) ** 2;
    expect(Math.abs(kept.length / y.length - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / y.length));
  });

  it("is the same for the same seed, and nothing in use", async () => {
    expect(await dropped(true)).toEqual(await dropped(true));
    expect(await dropped(true)).not.toEqual(await dropped(true, 2));
    expect((await dropped(false)).y).toEqual(ones);
  });
});
