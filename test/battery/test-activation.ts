/** The battery for activations: the op's own, and its ends: 0, huge and tiny numbers. */
import { expect, it } from "vitest";
import { type Op, readAttrs } from "../../src/op/index.js";
import { runAlone } from "./alone.js";
import { pointwise } from "./reference.js";
import { type Row, testOp } from "./test-op.js";

type OfAttrs<A> = (x: number, attrs: A) => number;

/**
 * The function and its derivative in double precision; where it has a kink the derivative is the one that PyTorch takes.
 * `rows` are for attributes of its own: those that are not refused are tried at the ends, too.
 */
export function testActivation<A extends object>(
  record: Op<A>,
  f: OfAttrs<A>,
  derivative: OfAttrs<A>,
  rows: readonly Row[] = [],
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
      ...rows,
    ],
    { reference: call => pointwise(x => f(x, call.attrs))(call), layout: "offZero" },
  );

  const told = rows.filter(row => row.error === undefined).map(row => row.attrs ?? {});
  it.each([{}, ...told])(`${name} %j is right at 0, close to it, at bends and far away`, async given => {
    const attrs = readAttrs(record, given);
    const x = [0, 1e-6, 0.5, 3, 5, 6, 20, 100, 1e30].flatMap(value => [Math.fround(value), -Math.fround(value)]);
    const { y, dx } = await runAlone(name, [x.length], x, undefined, given);
    for (const [i, value] of x.entries()) {
      const [expected, slope] = [f(value, attrs), derivative(value, attrs)];
      expect(Math.abs(y[i]! - expected), `${name}(${value}) = ${y[i]}`).toBeLessThanOrEqual(
        3e-7 * (1 + Math.abs(expected)),
      );
      expect(Math.abs(dx[i]! - slope), `${name}'(${value}) = ${dx[i]}`).toBeLessThanOrEqual(
        5e-7 * (1 + Math.abs(slope)),
      );
    }
  });
}
