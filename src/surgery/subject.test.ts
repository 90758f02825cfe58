import { expect, test } from "vitest";
import { graph } from "../build/index.js";
import { initialWeights } from "../train/index.js";
import { operate, type Subject } from "./index.js";

const net = graph({ x: [4] }, ({ x }) => ({ y: x.linear(3).relu().linear(2) })).graph;
const weights = initialWeights(net, 1);

test("weights of another network are refused by name, with what was expected", async () => {
  const refusal = (subject: Omit<Subject, "graph">): Promise<string> =>
    operate({ graph: net, ...subject })
      .resize({ linear_1: -1 })
      .apply()
      .then(
        () => "done",
        (error: Error) => `${error.name}: ${error.message}`,
      );
  const { "y.bias": _, ...partial } = weights;
  expect([
    await refusal({ weights: { ...weights, "linear_1.weight": new Float32Array(11) } }),
    await refusal({ weights: partial }),
    await refusal({ weights: { ...weights, "linear_1.wieght": new Float32Array(12) } }),
    await refusal({ weights: { ...weights, "y.bias": [1, 2] as unknown as Float32Array } }),
    await refusal({ weights, beside: { momentum: { "linear_1.weight": new Float32Array(9) } } }),
    await refusal({ weights, beside: { momentum: { "linear_1.weight": new Float32Array(12) } } }),
    await refusal({}),
  ]).toMatchInlineSnapshot(`
    [
      "SurgeryError: operate: linear_1.weight in weights has 12 numbers, [3, 4], got 11; give those of this very network",
      "SurgeryError: operate: y.bias in weights has 2 numbers, [2], got none; give those of this very network",
      "SurgeryError: operate: weights are of this network's parameters, got linear_1.wieght; did you mean linear_1.weight or linear_1.bias?",
      "SurgeryError: operate: y.bias in weights is a Float32Array, got something else; give new Float32Array([...])",
      "SurgeryError: operate: linear_1.weight in beside.momentum has 12 numbers, [3, 4], got 9; give those of this very network",
      "done",
      "done",
    ]
  `);
});
