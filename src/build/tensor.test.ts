import { expect, test } from "vitest";
import { attributes, findOp, type Op, op, whole } from "../op/index.js";
import type { HasShape, Shape } from "../shape/index.js";
import { graph, type Tensor } from "./index.js";

declare module "../op/tensor.js" {
  interface Operators {
    twice<S extends Shape>(this: HasShape<S>, times: number): Tensor<S>;
  }
}

test("an op of one's own is a method as soon as it is registered", () => {
  op<object>({
    ...(findOp("identity") as Op<object>),
    name: "twice",
    attrs: attributes({ times: whole("times", 1) }),
    args: (times: unknown) => ({ times }),
  });
  const made = graph({ x: [4] }, ({ x }) => x.twice(2), { name: "own" });
  expect(String(made)).toBe("network own\nx = input [4]\ntwice_1 = twice(x) times=2\nreturn twice_1");
  expect(() => graph({ x: [4] }, ({ x }) => x.twice(0))).toThrow("twice: times must be a whole number of at least 1");
});
