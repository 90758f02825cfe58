import { broadcastRows } from "../../test/battery/broadcast-rows.js";
import { elementwise } from "../../test/battery/reference-axes.js";
import { testOp } from "../../test/battery/test-op.js";
import { subtract } from "./subtract.js";

testOp(subtract, broadcastRows("subtract"), { reference: elementwise((a, b) => a - b) });
