import { describe, expect, it } from "vitest";
import { blockAlone, blockBehind, outline } from "../../test/battery/blocks.js";
import { checkNetwork } from "../../test/battery/network-gradients.js";
import { analyse, figures } from "../op/index.js";
import { Conv2d } from "./conv.js";
import { Inception } from "./inception.js";

it("has torchvision's four branches, joined", () => {
  const unit = (part: string, from: string): string[] => [
    `block.${part}.conv = conv2d(${from})`,
    `block.${part}.bn = batchNorm(block.${part}.conv)`,
    `block.${part}.relu = relu(block.${part}.bn)`,
  ];
  expect(outline(blockAlone(Inception(1, 2, 3, 4, 5, 6), [2, 4, 4]))).toEqual([
    ...unit("branch1", "x"),
    ...unit("branch2.0", "x"),
    ...unit("branch2.1", "block.branch2.0.relu"),
    ...unit("branch3.0", "x"),
    ...unit("branch3.1", "block.branch3.0.relu"),
    "block.branch4.0 = maxPool2d(x)",
    ...unit("branch4.1", "block.branch4.0"),
    "block.concat = concat(block.branch1.relu, block.branch2.1.relu, block.branch3.1.relu, block.branch4.1.relu)",
  ]);
});
it("counts as GoogLeNet's first", () => {
  // inception3a on 192 channels: weights of its convolutions, and two of a batch norm for each of their channels.
  const convs = 192 * 64 + 192 * 96 + 96 * 128 * 9 + 192 * 16 + 16 * 32 * 9 + 192 * 32;
  expect(figures(blockAlone(Inception(64, 96, 128, 16, 32, 32), [192, 28, 28]))).toMatchObject({
    params: convs + 2 * (64 + 96 + 128 + 16 + 32 + 32),
    macs: convs * 28 * 28,
  });
});
it.each([
  [
    () => Inception(1, 0 as number, 1, 1, 1, 1),
    "reduce3x3 must be a whole number of at least 1, got 0; give 1 or more",
  ],
  [() => Inception(1, 1, 1, 1, 1, 1.5 as number), "pool must be a whole number of at least 1, got 1.5; give 1 or more"],
  [
    () => blockAlone(Inception(1, 1, 1, 1, 1, 1), [3, 8]),
    "input must be [channels, height, width], got [3, 8]; reshape it first",
  ],
])("refuses what cannot be %#", (make, sentence) => {
  expect(make as () => unknown).toThrow(`inception: ${sentence}`);
});

describe.each(["relu", "silu"] as const)("with %s", activation => {
  it("has its shape and its gradients", async () => {
    const graph = blockBehind(Conv2d(3, 1), Inception(3, 2, 4, 2, 3, 2, { activation }), [2, 4, 3]);
    expect(analyse(graph).shapes.get(graph.outputs[0]!)).toEqual([3 + 4 + 3 + 2, 4, 3]);
    await checkNetwork(graph, { bends: true });
  });
});
