import { describe, expect, it } from "vitest";
import { blockAlone, blockBehind, outline } from "../../test/battery/blocks.js";
import { checkNetwork } from "../../test/battery/network-gradients.js";
import { analyse, figures } from "../op/index.js";
import { Conv2d } from "./conv.js";
import { DenseBlock } from "./dense-block.js";

it("gives every layer what all before it made, and has torchvision's nodes", () => {
  const layer = (count: number, from: string): string[] => {
    const part = `block.denselayer${count}`;
    return [
      `${part}.norm1 = batchNorm(${from})`,
      `${part}.relu1 = relu(${part}.norm1)`,
      `${part}.conv1 = conv2d(${part}.relu1)`,
      `${part}.norm2 = batchNorm(${part}.conv1)`,
      `${part}.relu2 = relu(${part}.norm2)`,
      `${part}.conv2 = conv2d(${part}.relu2)`,
      `${part}.concat = concat(${from}, ${part}.conv2)`,
    ];
  };
  expect(outline(blockAlone(DenseBlock(2, 3), [2, 4, 4]))).toEqual([
    ...layer(1, "x"),
    ...layer(2, "block.denselayer1.concat"),
  ]);
});
it("counts: each layer sees growthRate channels more", () => {
  // Growth 3, so 12 channels inside: from 2 and from 5 channels, on 16 positions.
  const convs = 2 * 12 + 12 * 3 * 9 + (5 * 12 + 12 * 3 * 9);
  expect(figures(blockAlone(DenseBlock(2, 3), [2, 4, 4]))).toMatchObject({
    params: convs + 2 * (2 + 12) + 2 * (5 + 12),
    macs: convs * 16,
  });
});
it.each([
  [() => DenseBlock(0 as number, 3), "layers must be a whole number of at least 1, got 0; give 1 or more"],
  [() => DenseBlock(2, -1 as number), "growthRate must be a whole number of at least 1, got -1; give 1 or more"],
  [() => blockAlone(DenseBlock(2, 3), []), "input must be [channels, height, width], got []; reshape it first"],
])("refuses what cannot be %#", (make, sentence) => {
  expect(make as () => unknown).toThrow(`denseBlock: ${sentence}`);
});

describe.each(["relu", "tanh"] as const)("with %s", activation => {
  it("has its shape and its gradients", async () => {
    const graph = blockBehind(Conv2d(2, 1), DenseBlock(3, 2, { activation }), [2, 3, 3]);
    expect(analyse(graph).shapes.get(graph.outputs[0]!)).toEqual([2 + 3 * 2, 3, 3]);
    await checkNetwork(graph, { bends: true });
  });
});
