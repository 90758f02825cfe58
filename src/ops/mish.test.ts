import { testActivation } from "../../test/battery/test-activation.js";
import { mish } from "./mish.js";

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
testActivation(
  mish,
  x => x * Math.tanh(softplus(x)),
  x => Math.tanh(softplus(x)) + (x * logistic(x)) / Math.cosh(softplus(x)) ** 2,
);
