import { testActivation } from "../../test/battery/test-activation.js";
import { softplus } from "./softplus.js";

testActivation(
  softplus,
  (x, { beta, threshold }) =>
    beta * x > threshold ? x : (Math.max(beta * x, 0) + Math.log1p(Math.exp(-Math.abs(beta * x)))) / beta,
  (x, { beta, threshold }) => (beta * x > threshold ? 1 : 1 / (1 + Math.exp(-beta * x))),
  [
    { attrs: { beta: 2.5 }, inputs: [[2, 3]], output: [2, 3] },
    { attrs: { beta: 0.5, threshold: 2 }, inputs: [[4]], output: [4] },
    { attrs: { beta: -1 }, inputs: [[4]], error: "softplus: beta must be a number above 0, got -1; give e.g. 1" },
    {
      attrs: { threshold: true },
      inputs: [[4]],
      error: "softplus: threshold must be a finite number, got true; give e.g. 1",
    },
  ],
);
