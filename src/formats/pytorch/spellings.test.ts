/** What else means an op: older names, functions beside layers, layers that take what comes. */
import { describe, expect, it, test } from "vitest";
import { print } from "../../graph/index.js";
import "../../ops/index.js";
import type { Shape } from "../../shape/index.js";
import { readPyTorch, readPyTorchFile } from "./index.js";

const source = (init: string, forward: string): string => `import torch
from torch import nn
import torch.nn.functional as F

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        ${init.replaceAll("\n", "\n        ")}

    def forward(self, x):
        ${forward.replaceAll("\n", "\n        ")}
`;
/** The nodes, one a line. */
const nodes = (init: string, forward: string, input: Shape): string =>
  print(readPyTorch(source(init, forward), { inputs: [input] })[0]!)
    .split("\n")
    .slice(2, -1)
    .join("\n");
const refusal = (init: string, forward: string, input: Shape): string =>
  readPyTorchFile(source(init, forward), { inputs: [input] }).errors[0]!.message.split("\n")[0]!;

describe("functions and layers of one tensor", () => {
  test.each<[string, string]>([
    ["F.hardtanh(x, 0, 6)", "relu6_1 = relu6(x) inPlace=false"],
    ["nn.Hardtanh(0., 6., inplace=True)(x)", "relu6_1 = relu6(x) inPlace=true"],
    ["F.hardtanh(x, max_val=2)", "clip_1 = clip(x) min=-1 max=2 inPlace=false"],
    ["torch.clamp(x, 0, 6)", "clip_1 = clip(x) min=0 max=6 inPlace=false"],
    ["torch.clip(x, max=1)", "clip_1 = clip(x) max=1 inPlace=false"],
    ["x.clamp(min=1e-6)", "clip_1 = clip(x) min=0.000001 inPlace=false"],
    ["x.clamp(min=0, max=float('inf'))", "clip_1 = clip(x) min=0 inPlace=false"],
    ["x.clamp_max(2)", "clip_1 = clip(x) max=2 inPlace=false"],
    ["x.clamp_(0, 1)", "clip_1 = clip(x) min=0 max=1 inPlace=true"],
    ["F.threshold(x, 0, 0)", "relu_1 = relu(x) inPlace=false"],
    ["nn.Threshold(0, 0, inplace=True)(x)", "relu_1 = relu(x) inPlace=true"],
    ["F.upsample(x, scale_factor=2)", 'upsample_1 = upsample(x) scaleFactor=2 mode="nearest"'],
    ["nn.UpsamplingNearest2d(scale_factor=2)(x)", 'upsample_1 = upsample(x) scaleFactor=2 mode="nearest"'],
    [
      "nn.UpsamplingBilinear2d(size=(8, 8))(x)",
      'upsample_1 = upsample(x) scaleFactor=2 mode="linear" alignCorners=true',
    ],
    [
      "F.interpolate(x, scale_factor=3, mode='bilinear', align_corners=True)",
      'upsample_1 = upsample(x) scaleFactor=3 mode="linear" alignCorners=true',
    ],
    ["torch.concatenate([x, x], axis=1)", "concat_1 = concat(x, x) axis=0"],
    ["torch.hstack((x, x))", "concat_1 = concat(x, x) axis=0"],
    ["F.instance_norm(x, eps=0.001)", "instanceNorm_1 = instanceNorm(x) eps=0.001 affine=false"],
    ["x.mean(axis=1, keepdims=True)", "mean_1 = mean(x) axes=[0] keepDims=true"],
  ])("%s", (expression, expected) => {
    expect(nodes("pass", `return ${expression}`, [3, 4, 4])).toBe(expected);
  });

  it("instance norm with weights of its own", () => {
    const init = "self.weight = nn.Parameter(torch.ones(3))\nself.bias = nn.Parameter(torch.zeros(3))";
    const call = "return F.instance_norm(x, weight=self.weight, bias=self.bias)";
    expect(nodes(init, call, [3, 4, 4])).toBe("instanceNorm_1 = instanceNorm(x) eps=0.00001 affine=true");
  });

  test.each<[string, string]>([
    [
      "F.threshold(x, 0.1, 20)",
      "threshold: threshold and value can only be 0, as in a relu, got 0.1 and 20; subtract the threshold before a relu",
    ],
    [
      "F.instance_norm(x, use_input_stats=False)",
      "F.instance_norm: use_input_stats can only be True, got False; leave it out",
    ],
    ["torch.clamp(x, low=0)", "torch.clamp: there is no such argument, got low; known are input, min, max"],
    [
      "F.interpolate(x, scale_factor=2, mode='nearest', align_corners=True)",
      "upsample: alignCorners belongs to mode linear, got nearest; leave it out",
    ],
  ])("%s is refused", (expression, sentence) => {
    expect(refusal("pass", `return ${expression}`, [3, 4, 4])).toContain(sentence);
  });
});

describe("layers", () => {
  it("that take the size of what comes", () => {
    const init = `self.conv = nn.LazyConv2d(4, 3, padding=1)
self.norm = nn.LazyBatchNorm2d(eps=1e-3)
self.up = nn.LazyConvTranspose2d(2, 2, stride=2)
self.fc = nn.LazyLinear(10)`;
    expect(nodes(init, "return self.fc(self.up(self.norm(self.conv(x))).flatten(1))", [3, 4, 4])).toBe(
      `conv = conv2d(x) outChannels=4 kernelSize=[3, 3] stride=[1, 1] padding=[1, 1] dilation=[1, 1] groups=1 bias=true
norm = batchNorm(conv) eps=0.001 momentum=0.1
up = convTranspose2d(norm) outChannels=2 kernelSize=[2, 2] stride=[2, 2] padding=[0, 0] outputPadding=[0, 0] dilation=[1, 1] groups=1 bias=true
flatten_1 = flatten(up)
fc = linear(flatten_1) outFeatures=10 bias=true`,
    );
  });

  it("batch norms of several processes", () => {
    const init = "self.a = nn.SyncBatchNorm(3)\nself.b = nn.SyncBatchNorm.convert_sync_batchnorm(nn.BatchNorm2d(3))";
    expect(nodes(init, "return self.b(self.a(x))", [3, 4, 4])).toBe(
      "a = batchNorm(x) eps=0.00001 momentum=0.1\nb = batchNorm(a) eps=0.00001 momentum=0.1",
    );
  });
});

describe("what is written over an input is seen by all that hold it", () => {
  test.each<[string, string]>([
    ["y = F.relu(x)\ny.clamp_(0, 1)\nreturn y", "return clip_1"],
    ["y = F.relu(x)\nz = y\nz += x\nreturn y", "return add_1"],
    ["y = x * 2\nF.relu(y, inplace=True)\nreturn y + x", "add_1 = add(relu_1, x) inPlace=false"],
    ["y = x * 2\nz = self.act(y)\nreturn y + z", "add_1 = add(act, act) inPlace=false"],
    ["self.act(x)\nreturn x", "return act"],
    ["y = x.clone()\ny += 1\nreturn x * y", "multiply_1 = multiply(x, scale_1)"],
  ])("%s", (forward, line) => {
    const [graph] = readPyTorch(source("self.act = nn.ReLU(inplace=True)", forward), { inputs: [[3]] });
    expect(print(graph!)).toContain(line);
  });
});

it("numbers that end in a point", () => {
  expect(nodes("self.drop = nn.Dropout(0.)", "return (2. * self.drop(x) + 1.).clamp(0., 10.)", [3])).toBe(
    "drop = dropout(x) p=0\nscale_1 = scale(drop) factor=2 shift=1\nclip_1 = clip(scale_1) min=0 max=10 inPlace=false",
  );
});
