import { expect, it } from "vitest";
import { runAlone } from "../../test/battery/alone.js";
import { testOp } from "../../test/battery/test-op.js";
import { positionalEncoding } from "./positional-encoding.js";

testOp(
  positionalEncoding,
  [
    { inputs: [[4, 6]], output: [4, 6], macs: 0 },
    { inputs: [[3, 5]], output: [3, 5] },
    { attrs: { learned: true }, inputs: [[3, 5]], output: [3, 5] },
    {
      inputs: [[6]],
      error: "positionalEncoding: input must be [length, features], got [6]; reshape it",
    },
    {
      attrs: { learned: true },
      inputs: [[2, 3, 4]],
      error: "positionalEncoding: input must be [length, features], got [2, 3, 4]; reshape it",
    },
  ],
  {
    reference: ({ attrs, inputs: [shape], x: [x], w }) =>
      Array.from(x!, (value, at) => {
        if (attrs.learned) return value + w.weight![at]!;
        const features = shape![1]!;
        const [pos, pair] = [Math.floor(at / features), Math.floor((at % features) / 2)];
        const angle = pos * Math.exp(((-2 * pair) / features) * Math.log(10000));
        return value + (at % 2 === (pos * features) % 2 ? Math.sin(angle) : Math.cos(angle));
      }),
  },
);

it("adds the sines and cosines of the paper", async () => {
  // Four features: 10000^(2 / 4) = 100. Places 0 and 3.
  const { y } = await runAlone("positionalEncoding", [4, 4], Array(16).fill(0));
  expect(y.slice(0, 4)).toEqual([0, 1, 0, 1]);
  for (const [i, value] of [Math.sin(3), Math.cos(3), Math.sin(0.03), Math.cos(0.03)].entries()) {
    expect(y[12 + i]).toBeCloseTo(value, 6);
  }
});
