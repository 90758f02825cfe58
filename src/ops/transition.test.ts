import { expect, it } from "vitest";
import { blockAlone, blockBehind, outline } from "../../test/battery/blocks.js";
import { checkNetwork } from "../../test/battery/network-gradients.js";
import { analyse, figures } from "../op/index.js";
import { Conv2d } from "./conv.js";
import { Transition } from "./transition.js";

it("has torchvision's nodes and counts as they do", () => {
  const graph = blockAlone(Transition(3), [6, 4, 4]);
  expect(outline(graph)).toEqual([
    "block.norm = batchNorm(x)",
    "block.relu = relu(block.norm)",
    "block.conv = conv2d(block.relu)",
    "block.pool = avgPool2d(block.conv)",
  ]);
  expect(figures(graph)).toMatchObject({ params: 6 * 3 + 2 * 6, macs: 6 * 3 * 16 });
});
it.each([
  [
    () => Transition(0 as number),
    "transition: outChannels must be a whole number of at least 1, got 0; give 1 or more",
  ],
  [
    () => blockAlone(Transition(3), [6]),
    "transition: input must be [channels, height, width], got [6]; reshape it first",
  ],
  [
    () => blockAlone(Transition(3), [6, 4, 1]),
    "avgPool2d: kernel 2 does not fit, got width 1; use a smaller kernel or dilation, or more padding",
  ],
])("refuses what cannot be %#", (make, sentence) => {
  expect(make as () => unknown).toThrow(sentence);
});

it.each(["relu", "elu"] as const)("has its shape and its gradients with %s", async activation => {
  const graph = blockBehind(Conv2d(4, 1), Transition(2, { activation }), [2, 5, 4]);
  expect(analyse(graph).shapes.get(graph.outputs[0]!)).toEqual([2, 2, 2]);
  await checkNetwork(graph, { bends: true });
});
