import { describe, expect, it } from "vitest";
import { blockAlone, blockBehind, outline } from "../../test/battery/blocks.js";
import { checkNetwork } from "../../test/battery/network-gradients.js";
import { analyse, figures } from "../op/index.js";
import { Bottleneck } from "./bottleneck.js";
import { Conv2d } from "./conv.js";

it("has torchvision's nodes, and a shortcut that is its input", () => {
  expect(outline(blockAlone(Bottleneck(2), [8, 4, 4]))).toEqual([
    "block.conv1 = conv2d(x)",
    "block.bn1 = batchNorm(block.conv1)",
    "block.relu1 = relu(block.bn1)",
    "block.conv2 = conv2d(block.relu1)",
    "block.bn2 = batchNorm(block.conv2)",
    "block.relu2 = relu(block.bn2)",
    "block.conv3 = conv2d(block.relu2)",
    "block.bn3 = batchNorm(block.conv3)",
    "block.add = add(block.bn3, x)",
    "block.relu3 = relu(block.add)",
  ]);
});
it("stands around a convolution where size or channels change", () => {
  expect(outline(blockAlone(Bottleneck(2, { stride: 2, activation: "tanh" }), [8, 4, 4])).slice(-5)).toEqual([
    "block.bn3 = batchNorm(block.conv3)",
    "block.downsample.0 = conv2d(x)",
    "block.downsample.1 = batchNorm(block.downsample.0)",
    "block.add = add(block.bn3, block.downsample.1)",
    "block.tanh3 = tanh(block.add)",
  ]);
});
it("counts: the stride is the 3x3 convolution's", () => {
  // From [6, 4, 4] with width 2 and stride 2: 12 weights over 16 positions, then 36, 16 and (shortcut) 48 over 4.
  expect(figures(blockAlone(Bottleneck(2, { stride: 2 }), [6, 4, 4]))).toMatchObject({
    params: 12 + 36 + 16 + 48 + 2 * (2 + 2 + 8 + 8),
    macs: 12 * 16 + (36 + 16 + 48) * 4,
  });
});
it("refuses what has no height and width", () => {
  expect(() => blockAlone(Bottleneck(2), [8])).toThrow(
    "bottleneck: input must be [channels, height, width], got [8]; reshape it first",
  );
});

describe.each([
  { width: 1, stride: 1, input: 4, output: [4, 4, 4] },
  { width: 2, stride: 1, input: 3, output: [8, 4, 4] },
  { width: 1, stride: 2, input: 4, output: [4, 2, 2] },
])("width $width, stride $stride from $input channels", ({ width, stride, input, output }) => {
  it.each(["relu", "gelu"] as const)("has its shape and its gradients with %s", async activation => {
    const graph = blockBehind(Conv2d(input, 1), Bottleneck(width, { stride, activation }), [2, 4, 4]);
    expect(analyse(graph).shapes.get(graph.outputs[0]!)).toEqual(output);
    await checkNetwork(graph, { bends: true });
  });
});
