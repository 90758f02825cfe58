/** The battery for activations: the op's own, and its ends: 0, huge and tiny numbers. */
import { expect, it } from "vitest";
import type { Op } from "../../src/op/index.js";
import { runAlone } from "./alone.js";
import { pointwise } from "./reference.js";
import { testOp } from "./test-op.js";

/** The function and its derivative in double precision; at 0 the derivative is the one that PyTorch takes. */
export function testActivation<A extends object>(
  record: Op<A>,
  f: (x: number) => number,
  derivative: (x: number) => number,
): void {
  const { name } = record;
  testOp(
    record,
    [
      { inputs: [[7]], output: [7], macs: 0 },
      { attrs: { inPlace: true }, inputs: [[2, 3, 2]], output: [2, 3, 2] },
      { inputs: [[]], output: [] },
      {
        attrs: { inPlace: "no" },
        inputs: [[2]],
        error: `${name}: inPlace must be true or false, got "no"; give one of these`,
      },
    ],
    { reference: pointwise(f), layout: "offZero" },
  );

  it(`${name} is right at 0, close to it and far away`, async () => {
    const x = [0, 1e-6, -1e-6, 0.5, -0.5, 5, -5, 20, -20, 100, -100, 1e30, -1e30];
    const { y, dx } = await runAlone(name, [x.length], x);
    for (const [i, value] of x.entries()) {
      const [expected, slope] = [f(value), derivative(value)];
      expect(Math.abs(y[i]! - expected), `${name}(${value}) = ${y[i]}`).toBeLessThanOrEqual(
        3e-7 * (1 + Math.abs(expected)),
      );
      expect(Math.abs(dx[i]! - slope), `${name}'(${value}) = ${dx[i]}`).toBeLessThanOrEqual(
        5e-7 * (1 + Math.abs(slope)),
      );
    }
  });
}
