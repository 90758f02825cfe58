import { testActivation } from "../../test/battery/test-activation.js";
import { tanh } from "./tanh.js";

testActivation(tanh, Math.tanh, x => 1 / Math.cosh(x) ** 2);
