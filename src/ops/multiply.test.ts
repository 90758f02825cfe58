import { broadcastRows } from "../../test/battery/broadcast-rows.js";
import { elementwise } from "../../test/battery/reference-axes.js";
import { testOp } from "../../test/battery/test-op.js";
import { multiply } from "./multiply.js";

testOp(multiply, broadcastRows("multiply"), { reference: elementwise((a, b) => a * b) });
