import { expect, it } from "vitest";
import { runAlone } from "../../test/battery/alone.js";
import { layerNorm as reference } from "../../test/battery/reference-norms.js";
import { testOp } from "../../test/battery/test-op.js";
import { layerNorm } from "./layer-norm.js";

testOp(
  layerNorm,
  [
    { inputs: [[5]], output: [5], macs: 0 },
    { inputs: [[3, 2, 2]], output: [3, 2, 2] },
    { attrs: { lastAxes: 1, eps: 0.01 }, inputs: [[3, 4]], output: [3, 4] },
    { attrs: { lastAxes: 2, affine: false }, inputs: [[2, 3, 2]], output: [2, 3, 2] },
    { inputs: [[]], error: "layerNorm: input needs at least one axis, got []; reshape it to [1]" },
    {
      attrs: { lastAxes: 3 },
      inputs: [[4, 5]],
      error: "layerNorm: lastAxes must be from 1 to 2, got 3; choose at most the axes of [4, 5]",
    },
    {
      attrs: { lastAxes: 0 },
      inputs: [[4, 5]],
      error: "layerNorm: lastAxes must be a whole number of at least 1, got 0; give 1 or more",
    },
    {
      attrs: { eps: 1 },
      inputs: [[2]],
      error: "layerNorm: eps must be a number from 0 to below 1, got 1; give e.g. 0.5",
    },
    {
      attrs: { affine: 1 },
      inputs: [[2]],
      error: "layerNorm: affine must be true or false, got 1; give one of these",
    },
  ],
  { reference, layout: "alternating" },
);

it("stays exact far from 0, and finite where all is the same", async () => {
  // Mean 4002.5, variance 5 / 4.
  const { y } = await runAlone("layerNorm", [4], [4001, 4002, 4003, 4004], undefined, { eps: 0, affine: false });
  for (const [i, distance] of [-1.5, -0.5, 0.5, 1.5].entries()) expect(y[i]).toBeCloseTo(distance / Math.sqrt(1.25), 5);
  const same = await runAlone("layerNorm", [3], [7, 7, 7], [1, 2, 6], { affine: false });
  expect(same.y).toEqual([0, 0, 0]);
  // dy less its mean, 3, times 1 / sqrt(1e-5).
  for (const [i, above] of [-2, -1, 3].entries()) expect(same.dx[i]! * Math.sqrt(1e-5)).toBeCloseTo(above, 5);
});
