import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { print, verify } from "../graph/index.js";
import { figures } from "../op/index.js";
import "../ops/index.js";
import { layerListToGraph, readLayerLists } from "./layer-list.js";

const file = new URL("../../test/fixtures/netpicking_networks.json", import.meta.url);
const networks = readLayerLists(JSON.parse(readFileSync(file, "utf8")));

describe("the published networks", () => {
  test("are all read", () => expect(networks.length).toBe(66));

  test.each(networks)("$name has the published figures", ({ graph, published }) => {
    verify(graph);
    const { params, memoryElements, autogradOps, macs } = figures(graph);
    expect({ params, memoryElements, autogradOps, macs }).toEqual(published);
  });
});

const lineOf = (list: object): string => print(layerListToGraph({ name: "net", ...list }));

describe("other networks", () => {
  test("strides, paddings, groups, dilations and one number for all axes", () => {
    const conv = { in_channels: 1, out_channels: 8, kernel_size: 5, stride: [2, 1], padding: 2, dilation: 1 };
    const grouped = {
      in_channels: 8,
      out_channels: 4,
      kernel_size: [3, 1],
      groups: 4,
      bias: false,
      padding_mode: "zeros",
    };
    const graph = layerListToGraph({
      name: "net",
      layers: [
        ["nn.Conv2d", conv],
        ["MaxPool2d", { kernel_size: 2, stride: null, ceil_mode: false }],
        ["Conv2d", grouped],
        ["BatchNorm2d", { num_features: 4, eps: 0.001 }],
        ["ReLU", { inplace: true }],
        ["Dropout", { p: 0.25 }],
        ["Linear", { in_features: 280, out_features: 10 }],
        ["LogSoftmax", { dim: -1 }],
      ],
      program: [
        ["view", [1, 28, 28]],
        ...[0, 1, 2, 3, 4, 5].map(i => ["layer", `f${i}`]),
        ["view", [-1]],
        ["layer", "f6"],
        ["layer", "f7"],
      ],
    });
    expect(print(graph)).toMatchInlineSnapshot(`
      "network net
      x = input [784]
      reshape_1 = reshape(x) shape=[1, 28, 28]
      f0 = conv2d(reshape_1) outChannels=8 kernelSize=[5, 5] stride=[2, 1] padding=[2, 2] dilation=[1, 1] groups=1 bias=true
      f1 = maxPool2d(f0) kernelSize=[2, 2] padding=[0, 0] dilation=[1, 1] stride=[2, 2]
      f2 = conv2d(f1) outChannels=4 kernelSize=[3, 1] stride=[1, 1] padding=[0, 0] dilation=[1, 1] groups=4 bias=false
      f3 = batchNorm(f2) eps=0.001 momentum=0.1
      f4 = relu(f3) inPlace=true
      f5 = dropout(f4) p=0.25
      reshape_2 = reshape(f5) shape=[280]
      f6 = linear(reshape_2) outFeatures=10 bias=true
      f7 = logSoftmax(f6)
      return f7"
    `);
  });

  test("a block that changes size and channels gets its shortcut", () => {
    const graph = layerListToGraph({
      name: "net",
      layers: [
        ["Conv2d", { in_channels: 1, out_channels: 4, kernel_size: 3 }],
        ["BasicBlock", { inplanes: 4, planes: 8, stride: 2 }],
        ["Linear", { in_features: 1352, out_features: 10 }],
        ["LogSoftmax"],
      ],
    });
    expect(graph.nodes.some(node => node.name === "f1.downsample.0")).toBe(true);
  });

  test("layers without a program are called in order, seen as the first one needs it", () => {
    const linear = (features: number) => ["Linear", { in_features: features, out_features: 10 }];
    expect(
      lineOf({
        layers: [
          ["Conv1d", { in_channels: 16, out_channels: 3, kernel_size: [40] }],
          linear(30),
          ["LogSoftmax", { dim: 1 }],
        ],
      }),
    ).toMatchInlineSnapshot(`
      "network net
      x = input [784]
      reshape_1 = reshape(x) shape=[16, 49]
      f0 = conv1d(reshape_1) outChannels=3 kernelSize=[40] stride=[1] padding=[0] dilation=[1] groups=1 bias=true
      flatten_1 = flatten(f0)
      f1 = linear(flatten_1) outFeatures=10 bias=true
      f2 = logSoftmax(f1)
      return f2"
    `);
    expect(lineOf({ layers: [linear(784), ["LogSoftmax"]] })).toMatchInlineSnapshot(`
      "network net
      x = input [784]
      reshape_1 = reshape(x) shape=[784]
      f0 = linear(reshape_1) outFeatures=10 bias=true
      f1 = logSoftmax(f0)
      return f1"
    `);
    const conv = ["Conv2d", { in_channels: 3, out_channels: 10, kernel_size: 32 }];
    expect(lineOf({ in_shape: [3, 32, 32], layers: [conv, ["LogSoftmax"]] })).toMatchInlineSnapshot(`
      "network net
      x = input [3072]
      reshape_1 = reshape(x) shape=[3, 32, 32]
      f0 = conv2d(reshape_1) outChannels=10 kernelSize=[32, 32] stride=[1, 1] padding=[0, 0] dilation=[1, 1] groups=1 bias=true
      flatten_1 = flatten(f0)
      f1 = logSoftmax(flatten_1)
      return f1"
    `);
  });

  test("a layer that is called twice has its weights once", () => {
    const layers = [
      ["Linear", { in_features: 784, out_features: 784, bias: false }],
      ["ReLU"],
      ["Linear", { out_features: 10 }],
    ];
    const program = [
      ["view", ["784"]],
      ["layer", "f0"],
      ["layer", "f1"],
      ["layer", "f0"],
      ["layer", "f1"],
      ["layer", "f2"],
    ];
    const graph = layerListToGraph({ name: "net", layers, program });
    expect(figures(graph).params).toBe(784 * 784 + 7850);
  });

  const conv = ["Conv2d", { in_channels: 1, out_channels: 4, kernel_size: [3, 3] }];
  const linear = ["Linear", { in_features: 784, out_features: 10 }];
  const image = ["view", ["1", "28", "28"]];
  const f0 = ["layer", "f0"];
  test.each([
    [{ layers: [["Linear", { in_features: 100, out_features: 10 }]], program: [["view", ["784"]], f0] }],
    [{ layers: [["Conv2d", { in_channels: 3, out_channels: 4, kernel_size: 3 }]], program: [image, f0] }],
    [{ layers: [["Conv2d", { in_channels: 1, out_channels: 4, kernel_size: 30 }]], program: [image, f0] }],
    [
      {
        layers: [["Conv2d", { in_channels: 1, out_channels: 4, kernel_size: 3, padding_mode: "reflect" }]],
        program: [image, f0],
      },
    ],
    [{ layers: [["Conv2d", { in_channels: 1, out_channels: 4, kernel_size: 3, strides: 2 }]], program: [image, f0] }],
    [{ layers: [["Conv4d", {}]] }],
    [{ layers: [["BasicBlock", { inplanes: 1, planes: 4, norm: 3 }]], program: [image, f0] }],
    [{ layers: [["Conv2d", { in_channels: "1", out_channels: 4, kernel_size: 3 }]], program: [image, f0] }],
    [{ layers: [conv, linear], program: [image, f0] }],
    [{ layers: [conv], program: [image, ["layer", "f1"]] }],
    [{ layers: [linear], program: [["view", ["28", "29"]], ["view", ["784"]], f0] }],
    [{ layers: [conv], program: [["view", ["1", "28", "x"]], f0] }],
    [{ layers: [["ReLU", { inplace: false }]] }],
    [{ layers: [] }],
    [{ layers: [linear], program: [["call", "f0"]] }],
    [{ layers: [linear], in_shape: [0] }],
    [{ layers: [linear], params: -1 }],
  ])("%j is refused", list => {
    expect(() => lineOf(list)).toThrowErrorMatchingSnapshot();
  });

  test("a file without networks is refused", () => {
    expect(() => readLayerLists({ network: 1 })).toThrowErrorMatchingSnapshot();
    expect(() => readLayerLists({ networks: [3] })).toThrowErrorMatchingSnapshot();
    expect(() => readLayerLists(null)).toThrowErrorMatchingSnapshot();
  });
});
