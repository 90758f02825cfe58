import { testActivation } from "../../test/battery/test-activation.js";
import { gelu } from "./gelu.js";

/** Normal distribution function by Simpson's rule over the density, from 0. */
const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
function distribution(x: number): number {
  if (Math.abs(x) > 12) return x > 0 ? 1 : 0;
  const [steps, step] = [2000, x / 2000];
  let sum = density(0) + density(x);
  for (let i = 1; i < steps; i++) sum += density(i * step) * (i % 2 === 0 ? 2 : 4);
  return 0.5 + (sum * step) / 3;
}
/** Half of 1 + tanh(u), and the slope of u. */
const inner = (x: number): number => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
const slope = (x: number): number => Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x ** 2);
const half = (x: number): number => 1 / (1 + Math.exp(-2 * inner(x)));

testActivation(
  gelu,
  (x, { approximate }) => x * (approximate === "none" ? distribution(x) : half(x)),
  (x, { approximate }) =>
    approximate === "none" ? distribution(x) + x * density(x) : half(x) + 2 * x * half(x) * half(-x) * slope(x),
  [
    { attrs: { approximate: "tanh" }, inputs: [[2, 3]], output: [2, 3] },
    { attrs: { approximate: "none", inPlace: true }, inputs: [[4]], output: [4] },
    {
      attrs: { approximate: "erf" },
      inputs: [[4]],
      error: 'gelu: approximate must be none or tanh, got "erf"; give one of these',
    },
  ],
);
