import { testActivation } from "../../test/battery/test-activation.js";
import { sigmoid } from "./sigmoid.js";

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
testActivation(sigmoid, logistic, x => logistic(x) * logistic(-x));
