import { expect, it } from "vitest";
import { opSession, placeOp } from "../../test/battery/op-model.js";
import { recurrentRows } from "../../test/battery/recurrent-rows.js";
import { gruStep, recurrent } from "../../test/battery/reference-recurrent.js";
import { testOp } from "../../test/battery/test-op.js";
import { findOp } from "../op/index.js";
import { gru } from "./gru.js";

testOp(gru, recurrentRows("gru", 3), { reference: recurrent(gruStep) });

it("keeps half of its state and takes half of what comes, where all sums but that of n are 0", async () => {
  const at = placeOp(findOp("gru"), { hiddenSize: 1 }, [[3, 1]]);
  const session = await opSession(at, { training: false });
  const { y } = await session.run(1, {
    "x/0": Float32Array.of(1, 2, 3),
    "w/weightIhL0": new Float32Array(3),
    "w/weightHhL0": new Float32Array(3),
    "w/biasIhL0": Float32Array.of(0, 0, Math.log(3) / 2), // tanh of it is 1/2
    "w/biasHhL0": new Float32Array(3),
  });
  await session.release();
  [0.25, 0.375, 0.4375].forEach((state, t) => {
    expect((y!.data as Float32Array)[t]).toBeCloseTo(state, 6);
  });
});
