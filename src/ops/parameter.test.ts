import { expect, it } from "vitest";
import { testOp } from "../../test/battery/test-op.js";
import { graph } from "../build/index.js";
import { stateDictNames, writePyTorch } from "../formats/pytorch/index.js";
import { figures } from "../op/index.js";
import { parameter } from "./parameter.js";

testOp(
  parameter,
  [
    { attrs: { shape: [1, 6] }, inputs: [[4, 6]], output: [1, 6], macs: 0 },
    { attrs: { shape: [3, 1, 1], value: 1e-6 }, inputs: [[3, 2, 2]], output: [3, 1, 1] },
    { attrs: { shape: [], value: 2 }, inputs: [[5]], output: [] },
    {
      attrs: { shape: [0, 3] },
      inputs: [[2]],
      error: "parameter: shape must be a list of whole numbers from 1, got [0,3]; give e.g. [1, 28, 28]",
    },
    {
      attrs: { shape: [3], value: "0" },
      inputs: [[2]],
      error: 'parameter: value must be a finite number, got "0"; give e.g. 1',
    },
  ],
  { reference: ({ w }) => [...w.weight!] },
);

it("begins with its value, or with small numbers", () => {
  expect(parameter.weights([[2]], { shape: [3], value: 0.5 })[0]!.init).toEqual({ kind: "constant", value: 0.5 });
  expect(parameter.weights([[2]], { shape: [3] })[0]!.init).toEqual({ kind: "normal", std: 0.02 });
});

it("is a class token: cost, names and spelling", () => {
  const { graph: net } = graph({ x: [4, 6] }, ({ x }) => ({
    y: x.parameter([1, 6], { value: 0 }).concat(x, { axis: 0 }),
  }));
  expect(figures(net).params).toBe(6);
  expect([...stateDictNames(net).values()]).toEqual(["parameter_1"]);
  expect(writePyTorch(net)).toContain("self.parameter_1 = nn.Parameter(torch.full((1, 6), 0.0))");
});
