/** Weights with which a layer gives back what it is given. */
import { product, type Shape } from "../shape/index.js";

/**
 * `[out, in, ...taps]`: 1 at the middle tap from every input to the output of its number; in groups, to that of its
 * number in its group. `bias` of zeros beside it, where there is one.
 */
export function unitWeights(shape: Shape, bias: boolean): Record<string, Float32Array> {
  const [out, inputs, ...taps] = shape as [number, number, ...number[]];
  const weight = new Float32Array(product(shape));
  const middle = taps.reduce((at, size) => at * size + Math.floor((size - 1) / 2), 0);
  for (let i = 0; i < out; i++) weight[(i * inputs + (i % inputs)) * product(taps) + middle] = 1;
  return bias ? { weight, bias: new Float32Array(out) } : { weight };
}
