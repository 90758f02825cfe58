import { describe, expect, it } from "vitest";
import { blockAlone, blockBehind } from "../../test/battery/blocks.js";
import { checkNetwork } from "../../test/battery/network-gradients.js";
import { print } from "../graph/index.js";
import { analyse, figures, type Layer } from "../op/index.js";
import type { Shape } from "../shape/index.js";
import { Conv1d, Conv2d, Conv3d } from "./conv.js";
import { SeparableConv1d, SeparableConv2d, SeparableConv3d } from "./separable-conv.js";

it("convolves each channel alone, then mixes them", () => {
  const graph = blockAlone(SeparableConv2d(6, 3, { stride: 2, channelMultiplier: 2 }), [4, 5, 5]);
  expect(print(graph).split("\n").slice(2, -1)).toEqual([
    "block.depthwise = conv2d(x) outChannels=8 kernelSize=[3, 3] stride=[2, 2] padding=[0, 0] dilation=[1, 1] groups=4 bias=false",
    "block.pointwise = conv2d(block.depthwise) outChannels=6 kernelSize=[1, 1] stride=[1, 1] padding=[0, 0] dilation=[1, 1] groups=1 bias=true",
  ]);
  expect(figures(graph)).toMatchObject({ params: 8 * 9 + 8 * 6 + 6, macs: (8 * 9 + 8 * 6) * 4 });
});
it.each([
  [() => SeparableConv2d(0 as number, 3), "outChannels must be a whole number of at least 1, got 0; give 1 or more"],
  [
    () => SeparableConv2d(6, 3, { dilation: 0 as number }),
    "dilation must be a whole number of at least 1, or 2 of them, got 0; give 1 or [1, 1]",
  ],
  [() => blockAlone(SeparableConv2d(6, 3), [8]), "input must be [channels, height, width], got [8]; reshape it first"],
])("refuses what cannot be %#", (make, sentence) => {
  expect(make as () => unknown).toThrow(`separableConv2d: ${sentence}`);
});

describe.each<[Layer, Layer, Shape, Shape]>([
  [Conv1d(3, 1), SeparableConv1d(2, 3, { padding: "same", paddingMode: "replicate" }), [2, 5], [2, 5]],
  [Conv2d(3, 1), SeparableConv2d(4, 2, { stride: 2, bias: false }), [2, 4, 5], [4, 2, 2]],
  [Conv3d(2, 1), SeparableConv3d(3, 2, { channelMultiplier: 2, dilation: [1, 2, 1] }), [2, 2, 3, 2], [3, 1, 1, 1]],
])("%#", (stem, block, shape, output) => {
  it("has its shape and its gradients", async () => {
    const graph = blockBehind(stem, block, shape);
    expect(analyse(graph).shapes.get(graph.outputs[0]!)).toEqual(output);
    await checkNetwork(graph);
  });
});
