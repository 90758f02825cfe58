import { testActivation } from "../../test/battery/test-activation.js";
import { sine } from "./sine.js";

testActivation(sine, Math.sin, Math.cos);
