import { expect, it } from "vitest";
import { opSession, placeOp } from "../../test/battery/op-model.js";
import type { Reference } from "../../test/battery/reference.js";
import { testOp } from "../../test/battery/test-op.js";
import { findOp } from "../op/index.js";
import { prelu } from "./prelu.js";

/** Elements of a channel stand together. */
const reference: Reference = ({ x: [x], w: { weight } }) =>
  Array.from(x!, (value, i) => (value > 0 ? value : value * weight![Math.floor((i * weight!.length) / x!.length)]!));

testOp(
  prelu,
  [
    { inputs: [[7]], output: [7], macs: 0 },
    { inputs: [[]], output: [] },
    { inputs: [[2, 3, 2]], output: [2, 3, 2] },
    { attrs: { perChannel: true }, inputs: [[3]], output: [3] },
    { attrs: { perChannel: true }, inputs: [[3, 2, 2]], output: [3, 2, 2] },
    { attrs: { perChannel: true }, inputs: [[]], output: [] },
    {
      attrs: { perChannel: 1 },
      inputs: [[2]],
      error: "prelu: perChannel must be true or false, got 1; give one of these",
    },
  ],
  { reference, layout: "offZero" },
);

it("takes the slope of below at 0, and learns from what is below only", async () => {
  const at = placeOp(findOp("prelu"), { perChannel: true }, [[2, 2]]);
  const session = await opSession(at, { training: true, needs: [true] });
  const x = Float32Array.of(0, -3, 5, -1);
  const outputs = await session.run(1, {
    "x/0": x,
    "w/weight": Float32Array.of(0.5, 2),
    dy: Float32Array.of(1, 10, 100, 1000),
  });
  await session.release();
  expect(Array.from(outputs["dx/0"]!.data as Float32Array)).toEqual([0.5, 5, 100, 2000]);
  expect(Array.from(outputs["dw/weight"]!.data as Float32Array)).toEqual([-30, -1000]);
});
