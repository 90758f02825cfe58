import { describe, expect, it } from "vitest";
import { blockAlone, blockBehind } from "../../test/battery/blocks.js";
import { checkNetwork } from "../../test/battery/network-gradients.js";
import { print } from "../graph/index.js";
import { analyse, figures, type Layer } from "../op/index.js";
import type { Shape } from "../shape/index.js";
import { Conv1d, Conv2d, Conv3d } from "./conv.js";
import { DepthwiseConv1d, DepthwiseConv2d, DepthwiseConv3d } from "./depthwise-conv.js";

it("is one convolution of as many groups as there are channels", () => {
  const graph = blockAlone(DepthwiseConv2d(3, { channelMultiplier: 2, padding: 1, paddingMode: "reflect" }), [4, 5, 5]);
  expect(print(graph).split("\n")[2]).toBe(
    'block = conv2d(x) outChannels=8 kernelSize=[3, 3] stride=[1, 1] padding=[1, 1] dilation=[1, 1] groups=4 bias=true paddingMode="reflect"',
  );
  expect(figures(graph)).toMatchObject({ params: 8 * 9 + 8, macs: 8 * 9 * 25 });
});
it.each([
  [
    () => DepthwiseConv2d(0 as number),
    "kernelSize must be a whole number of at least 1, or 2 of them, got 0; give 1 or [1, 1]",
  ],
  [
    () => DepthwiseConv2d(3, { channelMultiplier: 0 as number }),
    "channelMultiplier must be a whole number of at least 1, got 0; give 1 or more",
  ],
  [() => blockAlone(DepthwiseConv2d(3), [8]), "input must be [channels, height, width], got [8]; reshape it first"],
])("refuses what cannot be %#", (make, sentence) => {
  expect(make as () => unknown).toThrow(`depthwiseConv2d: ${sentence}`);
});

describe.each<[Layer, Layer, Shape, Shape]>([
  [Conv1d(3, 1), DepthwiseConv1d(2, { channelMultiplier: 2, stride: 2 }), [2, 5], [6, 2]],
  [Conv2d(3, 1), DepthwiseConv2d([3, 2], { padding: [1, 0], bias: false }), [2, 4, 3], [3, 4, 2]],
  [Conv3d(2, 1), DepthwiseConv3d(2, { padding: "same" }), [2, 2, 3, 2], [2, 2, 3, 2]],
])("%#", (stem, block, shape, output) => {
  it("has its shape and its gradients", async () => {
    const graph = blockBehind(stem, block, shape);
    expect(analyse(graph).shapes.get(graph.outputs[0]!)).toEqual(output);
    await checkNetwork(graph);
  });
});
