import { testActivation } from "../../test/battery/test-activation.js";
import { softsign } from "./softsign.js";

testActivation(
  softsign,
  x => x / (1 + Math.abs(x)),
  x => 1 / (1 + Math.abs(x)) ** 2,
);
