import { testActivation } from "../../test/battery/test-activation.js";
import { silu } from "./silu.js";

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
testActivation(
  silu,
  x => x * logistic(x),
  x => logistic(x) + x * logistic(x) * logistic(-x),
);
