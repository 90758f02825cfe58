import { describe, expect, it } from "vitest";
import { blockAlone, blockBehind, outline } from "../../test/battery/blocks.js";
import { checkNetwork } from "../../test/battery/network-gradients.js";
import type { Layer } from "../op/index.js";
import { analyse, figures } from "../op/index.js";
import type { Shape } from "../shape/index.js";
import { Conv1d, Conv2d, Conv3d } from "./conv.js";
import { SqueezeExcite } from "./squeeze-excite.js";

it("has torchvision's nodes and counts as they do", () => {
  const graph = blockAlone(SqueezeExcite(2), [6, 4, 4]);
  expect(outline(graph)).toEqual([
    "block.avgpool = adaptiveAvgPool2d(x)",
    "block.fc1 = conv2d(block.avgpool)",
    "block.activation = relu(block.fc1)",
    "block.fc2 = conv2d(block.activation)",
    "block.scale_activation = sigmoid(block.fc2)",
    "block.multiply = multiply(x, block.scale_activation)",
  ]);
  expect(figures(graph)).toMatchObject({ params: 6 * 2 + 2 + 2 * 6 + 6, macs: 6 * 2 + 2 * 6 });
});
it.each([
  [() => SqueezeExcite(0 as number), "squeezeChannels must be a whole number of at least 1, got 0; give 1 or more"],
  [
    () => blockAlone(SqueezeExcite(1), [6]),
    "input must be channels and 1 to 3 spatial axes, got [6]; reshape it first",
  ],
])("refuses what cannot be %#", (make, sentence) => {
  expect(make as () => unknown).toThrow(`squeezeExcite: ${sentence}`);
});

describe.each<[Layer, Shape]>([
  [Conv1d(3, 1), [2, 4]],
  [Conv2d(3, 1), [2, 3, 2]],
  [Conv3d(3, 1), [2, 2, 3, 2]],
])("behind %o", (stem, shape) => {
  it.each([{}, { activation: "silu", scaleActivation: "hardSigmoid" }] as const)(
    "with %j has its shape and its gradients",
    async options => {
      const graph = blockBehind(stem, SqueezeExcite(2, options), shape);
      expect(analyse(graph).shapes.get(graph.outputs[0]!)).toEqual([3, ...shape.slice(1)]);
      await checkNetwork(graph, { bends: true });
    },
  );
});
