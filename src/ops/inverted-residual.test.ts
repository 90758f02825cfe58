import { describe, expect, it } from "vitest";
import { blockAlone, blockBehind, outline } from "../../test/battery/blocks.js";
import { checkNetwork } from "../../test/battery/network-gradients.js";
import { analyse, figures } from "../op/index.js";
import { Conv2d } from "./conv.js";
import { InvertedResidual } from "./inverted-residual.js";

it("has torchvision's nodes, and a shortcut where size and channels stay", () => {
  expect(outline(blockAlone(InvertedResidual(2), [2, 4, 4]))).toEqual([
    "block.conv.0.0 = conv2d(x)",
    "block.conv.0.1 = batchNorm(block.conv.0.0)",
    "block.conv.0.2 = relu6(block.conv.0.1)",
    "block.conv.1.0 = conv2d(block.conv.0.2)",
    "block.conv.1.1 = batchNorm(block.conv.1.0)",
    "block.conv.1.2 = relu6(block.conv.1.1)",
    "block.conv.2 = conv2d(block.conv.1.2)",
    "block.conv.3 = batchNorm(block.conv.2)",
    "block.add = add(block.conv.3, x)",
  ]);
});
it("widens nothing with a ratio of 1, and goes without the shortcut", () => {
  expect(outline(blockAlone(InvertedResidual(3, { expandRatio: 1, activation: "hardSwish" }), [2, 4, 4]))).toEqual([
    "block.conv.0.0 = conv2d(x)",
    "block.conv.0.1 = batchNorm(block.conv.0.0)",
    "block.conv.0.2 = hardSwish(block.conv.0.1)",
    "block.conv.1 = conv2d(block.conv.0.2)",
    "block.conv.2 = batchNorm(block.conv.1)",
  ]);
});
it("counts: 6 times the channels, each convolved alone with the stride", () => {
  // From [2, 4, 4] to 3 channels, stride 2: 24 weights over 16 positions, then 12 * 9 and 36 over 4.
  expect(figures(blockAlone(InvertedResidual(3, { stride: 2 }), [2, 4, 4]))).toMatchObject({
    params: 24 + 108 + 36 + 2 * (12 + 12 + 3),
    macs: 24 * 16 + (108 + 36) * 4,
  });
});
it.each([
  [() => InvertedResidual(0 as number), "outChannels must be a whole number of at least 1, got 0; give 1 or more"],
  [
    () => InvertedResidual(3, { expandRatio: 1.5 as number }),
    "expandRatio must be a whole number of at least 1, got 1.5; give 1 or more",
  ],
  [() => blockAlone(InvertedResidual(3), [8]), "input must be [channels, height, width], got [8]; reshape it first"],
])("refuses what cannot be %#", (make, sentence) => {
  expect(make as () => unknown).toThrow(`invertedResidual: ${sentence}`);
});

describe.each([
  { out: 2, expandRatio: 2, stride: 1, output: [2, 4, 4] },
  { out: 3, expandRatio: 1, stride: 1, output: [3, 4, 4] },
  { out: 2, expandRatio: 3, stride: 2, output: [2, 2, 2] },
])("to $out channels, ratio $expandRatio, stride $stride", ({ out, output, ...options }) => {
  it.each(["relu6", "hardSwish"] as const)("has its shape and its gradients with %s", async activation => {
    const graph = blockBehind(Conv2d(2, 1), InvertedResidual(out, { ...options, activation }), [2, 4, 4]);
    expect(analyse(graph).shapes.get(graph.outputs[0]!)).toEqual(output);
    await checkNetwork(graph, { bends: true });
  });
});
