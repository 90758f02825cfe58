/** In two files, so that two cores share the work. */
import { proveShapes } from "./battery/prove-shapes.js";

proveShapes("in use");
