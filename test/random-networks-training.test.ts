/** See random-networks.test.ts. */
import { proveShapes } from "./battery/prove-shapes.js";

proveShapes("while training");
