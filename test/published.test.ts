/** Whole networks made of the blocks cost what is published of them, and their weights are called as torchvision's. */
import { expect, test } from "vitest";
import { analyse, figures } from "../src/op/index.js";
import { denseNet121, googLeNet, mobileNetV2, resNet18, resNet50, squeezeNet11 } from "./battery/published-networks.js";

/** The compiler knows what comes out of each. */
const outputs: readonly [1000][] = [resNet18, resNet50, mobileNetV2, denseNet121, googLeNet, squeezeNet11].map(
  made => made.outputs,
);

// Parameters and 10^9 multiply-accumulates as torchvision's documentation of its weights lists them.
test.each([
  { made: resNet18, params: 11_689_512, gigaMacs: "1.814" },
  { made: resNet50, params: 25_557_032, gigaMacs: "4.089" },
  { made: mobileNetV2, params: 3_504_872, gigaMacs: "0.301" },
  { made: denseNet121, params: 7_978_856, gigaMacs: "2.834" },
  { made: googLeNet, params: 6_624_904, gigaMacs: "1.498" },
  { made: squeezeNet11, params: 1_235_496, gigaMacs: "0.349" },
])("$made.name has $params parameters and $gigaMacs 10^9 multiply-accumulates", ({ made, params, gigaMacs }) => {
  const found = figures(made.graph);
  expect({ params: found.params, gigaMacs: (found.macs / 1e9).toFixed(3) }).toEqual({ params, gigaMacs });
});

test("all give a score for each class", () => {
  for (const shape of outputs) expect(shape).toEqual([1000]);
});

// How many tensors torchvision's state holds (without counts of batches), and a few of each kind of block.
test.each([
  {
    made: resNet18,
    tensors: 102,
    some: {
      "layer2.0.downsample.0.weight": [128, 64, 1, 1],
      "layer4.1.bn2.runningVar": [512],
      "fc.weight": [1000, 512],
    },
  },
  {
    made: resNet50,
    tensors: 267,
    some: {
      "layer1.0.conv3.weight": [256, 64, 1, 1],
      "layer4.0.conv2.weight": [512, 512, 3, 3],
      "layer4.0.downsample.1.bias": [2048],
    },
  },
  {
    made: mobileNetV2,
    tensors: 262,
    some: {
      "features.1.conv.0.0.weight": [32, 1, 3, 3],
      "features.1.conv.1.weight": [16, 32, 1, 1],
      "features.17.conv.1.0.weight": [960, 1, 3, 3],
      "features.17.conv.3.weight": [320],
      "classifier.1.weight": [1000, 1280],
    },
  },
  {
    made: denseNet121,
    tensors: 606,
    some: {
      "features.denseblock4.denselayer16.norm1.weight": [992],
      "features.denseblock4.denselayer16.conv2.weight": [32, 128, 3, 3],
      "features.transition3.conv.weight": [512, 1024, 1, 1],
    },
  },
  {
    made: googLeNet,
    tensors: 287,
    some: {
      "inception5b.branch1.conv.weight": [384, 832, 1, 1],
      "inception5b.branch3.1.conv.weight": [128, 48, 3, 3],
      "inception5b.branch4.1.bn.bias": [128],
    },
  },
])("$made.name calls its weights as torchvision does", ({ made, tensors, some }) => {
  const all = analyse(made.graph).placed.flatMap(({ node, weights }) =>
    weights.map(({ role, shape }) => [`${node.name}.${role}`, shape] as const),
  );
  expect(all).toHaveLength(tensors);
  expect(Object.fromEntries(all)).toMatchObject(some);
});
