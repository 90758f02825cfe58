import { product } from "../../src/shape/index.js";
import type { Reference } from "../../test/battery/reference.js";
import { testOp } from "../../test/battery/test-op.js";
import { globalAvgPool, globalMaxPool } from "./global-pool.js";

const perChannel =
  (f: (values: Float32Array) => number): Reference =>
  ({ inputs: [shape], x: [x] }) => {
    const space = product(shape!.slice(1));
    return Array.from({ length: shape![0]! }, (_, channel) => f(x!.subarray(channel * space, (channel + 1) * space)));
  };
const rows = (name: string) => [
  { inputs: [[3, 5]], output: [3], macs: 0 },
  { inputs: [[2, 3, 4]], output: [2] },
  { inputs: [[1, 2, 3, 2]], output: [1] },
  { inputs: [[4]], output: [4] },
  { inputs: [[2, 1, 1]], output: [2] },
  { inputs: [[]], error: `${name}: input needs at least one axis, got []; reshape it to [1]` },
];

testOp(globalAvgPool, rows("globalAvgPool"), {
  reference: perChannel(values => values.reduce((sum, value) => sum + value, 0) / values.length),
});
testOp(globalMaxPool, rows("globalMaxPool"), {
  reference: perChannel(values => Math.max(...values)),
  layout: "distinct",
});
