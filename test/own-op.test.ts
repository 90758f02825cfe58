/** The op of the examples, proven by the battery as the ops that come with netpick are. */
import { vi } from "vitest";
import { testOp } from "./battery/test-op.js";

// Its file imports netpick as a user's does; here that is the sources.
vi.mock("netpick/op", () => import("../src/op/index.js"));
const { learnedSwish } = await import("../examples/learned-swish.ts");

testOp(learnedSwish, [
  { inputs: [[3]], output: [3], macs: 0 },
  { attrs: { beta: 2 }, inputs: [[2, 3, 4]], output: [2, 3, 4] },
  { inputs: [[1, 5, 2, 3]], output: [1, 5, 2, 3] },
  { attrs: { beta: "a" }, inputs: [[3]], error: 'learnedSwish: beta must be a finite number, got "a"; give e.g. 1' },
]);
