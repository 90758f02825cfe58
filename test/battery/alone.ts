/** One op on one sample of given numbers, while training. */
import { findOp } from "../../src/op/index.js";
import type { Shape } from "../../src/shape/index.js";
import { opSession, placeOp } from "./op-model.js";

/** Output, and the gradient of the input where `dy` (1 everywhere unless told) arrives. */
export async function runAlone(
  name: string,
  shape: Shape,
  x: readonly number[],
  dy: readonly number[] = x.map(() => 1),
  attrs: object = {},
): Promise<{ y: number[]; dx: number[] }> {
  const session = await opSession(placeOp(findOp(name), attrs, [shape]), { training: true, needs: [true] });
  const outputs = await session.run(1, { "x/0": Float32Array.from(x), dy: Float32Array.from(dy) });
  await session.release();
  const numbers = (output: string): number[] => Array.from(outputs[output]!.data as Float32Array);
  return { y: numbers("y"), dx: numbers("dx/0") };
}
