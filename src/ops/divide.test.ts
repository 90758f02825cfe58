import { broadcastRows } from "../../test/battery/broadcast-rows.js";
import { elementwise } from "../../test/battery/reference-axes.js";
import { testOp } from "../../test/battery/test-op.js";
import { divide } from "./divide.js";

testOp(divide, broadcastRows("divide"), { reference: elementwise((a, b) => a / b), layout: "positive" });
