import { expect, it } from "vitest";
import { opSession, placeOp } from "../../test/battery/op-model.js";
import { elementwise } from "../../test/battery/reference-axes.js";
import { type Row, testOp } from "../../test/battery/test-op.js";
import { findOp } from "../op/index.js";
import { maximum, minimum } from "./extremes.js";

const rows = (name: string): Row[] => [
  { inputs: [[5], [5]], output: [5], macs: 0 },
  {
    inputs: [
      [2, 3, 1],
      [2, 1, 2],
    ],
    output: [2, 3, 2],
  },
  { inputs: [[3], [1]], output: [3] },
  {
    inputs: [[3], [2]],
    error: `${name}: axes must be equally many, of equal size or 1, got [3] and [2]; reshape one first`,
  },
];
testOp(maximum, rows("maximum"), { reference: elementwise(Math.max), layout: "distinct" });
testOp(minimum, rows("minimum"), { reference: elementwise(Math.min), layout: "distinct" });

it.each([
  ["maximum", [2, 0, 0.5], [0, 4, 0.5]],
  ["minimum", [0, 4, 0.5], [2, 0, 0.5]],
])("%s gives each of two equal elements half of the gradient", async (name, first, second) => {
  const session = await opSession(placeOp(findOp(name), {}, [[3], [3]]), { training: true, needs: [true, true] });
  const outputs = await session.run(1, {
    "x/0": Float32Array.of(3, -1, 0),
    "x/1": Float32Array.of(-4, 7, 0),
    dy: Float32Array.of(2, 4, 1),
  });
  await session.release();
  expect([outputs["dx/0"]!.data, outputs["dx/1"]!.data]).toEqual([Float32Array.from(first), Float32Array.from(second)]);
});
