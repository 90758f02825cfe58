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

describe("a batch that does not stand in front", () => {
  const recurrent = "self.rnn = nn.GRU(5, 6)\nself.fc = nn.Linear(6, 3)";
  const gru = 'rnn = gru(x) hiddenSize=6 layers=1 bidirectional=false bias=true dropout=0 output="last"';

  it("is put there by the source, without a node", () => {
    const forward = "y, h = self.rnn(x.permute(1, 0, 2))\nreturn self.fc(y[-1])";
    expect(nodes(recurrent, forward, [7, 5])).toBe(`${gru}\nfc = linear(rnn) outFeatures=3 bias=true`);
  });
  it("stands so in the very input, where a layer wants it", () => {
    expect(nodes(recurrent, "y, h = self.rnn(x)\nreturn self.fc(h[-1])", [7, 5])).toBe(
      `${gru}\nfc = linear(rnn) outFeatures=3 bias=true`,
    );
  });
  it("goes with axes of the sample that change their order", () => {
    expect(nodes("pass", "y = x.permute(2, 0, 3, 1)\nreturn y[0].sum(-1)", [2, 3, 4])).toBe(
      `permute_1 = permute(x) order=[1, 2, 0]
slice_1 = slice(permute_1) start=0 end=1 axis=0 step=1
squeeze_1 = squeeze(slice_1) axis=0
sum_1 = sum(squeeze_1) axes=[-1] keepDims=false`,
    );
  });
  test.each<[string, string]>([
    [
      "y, h = self.rnn(x)\nreturn y[:, -1]",
      "nn.GRU: the batch must be axis 1 of its input, got it in axis 0; give batch_first=True, or exchange the axes before",
    ],
    [
      "return self.conv(x.transpose(0, 1))",
      "nn.Conv1d: the batch must be axis 0 of its input, got it in axis 1; exchange the axes before",
    ],
    [
      "return x.transpose(0, 1) + x",
      "Tensor.__add__: the batch must stand in one axis of all tensors, got 1 and 0; exchange axes of one",
    ],
    [
      "return x.transpose(0, 1).reshape(-1, 5)",
      "view: the batch must keep an axis of its own, got (-1, 5); bring it to the front before",
    ],
    [
      "return x.transpose(0, 1).softmax(1)",
      "dim: it must be an axis behind the batch, got 0; give 1 or more, or count from the end",
    ],
    ["return x.transpose(0, 1)[:, 0]", "x[...]: every sample must be kept, got a slice, 0; write a colon for axis 1"],
  ])("%s is refused", (forward, sentence) => {
    const init = `${recurrent}\nself.conv = nn.Conv1d(7, 3, 1)`;
    expect(refusal(init, forward, [7, 5])).toContain(sentence);
  });
});

it("encoder layers of transformers, made of their parts", () => {
  const layer = "nn.TransformerEncoderLayer(4, 2, 8, activation=F.gelu, batch_first=True, norm_first=True)";
  const made = nodes(`self.encoder = nn.TransformerEncoder(${layer}, 2)`, "return self.encoder(x)", [3, 4]);
  expect(
    made
      .replaceAll(/ = (\w+)\([^\n]*/g, " $1")
      .split("\n")
      .slice(0, 10),
  ).toEqual([
    "encoder.layers.0.norm1 layerNorm",
    "encoder.layers.0.self_attn multiHeadAttention",
    "encoder.layers.0.dropout1 dropout",
    "add_1 add",
    "encoder.layers.0.norm2 layerNorm",
    "encoder.layers.0.linear1 linear",
    "gelu_1 gelu",
    "encoder.layers.0.dropout dropout",
    "encoder.layers.0.linear2 linear",
    "encoder.layers.0.dropout2 dropout",
  ]);
});

it("what was repeated to the size of the other is not, where sizes of 1 are anyway", () => {
  const init = "self.pool = nn.AdaptiveAvgPool2d(1)";
  expect(nodes(init, "return x * self.pool(x).expand_as(x)", [3, 4, 4])).toBe(
    "pool = adaptiveAvgPool2d(x) outputSize=[1, 1]\nmultiply_1 = multiply(x, pool)",
  );
  expect(nodes("pass", "return x.expand(-1, 3, -1)", [1, 4])).toBe("gather_1 = gather(x) indices=[0, 0, 0] axis=0");
  expect(refusal("pass", "return x.expand(-1, 6, 4)", [3, 4])).toContain(
    "expand: only axes of size 1 can be repeated, got -1, 6, 4; keep the others, the batch with -1",
  );
});

it("layers tried out in __init__ leave nothing behind", () => {
  const init = `self.conv = nn.Conv2d(3, 4, 3)
self.fc = nn.Linear(F.max_pool2d(self.conv(torch.randn(2, 3, 6, 6)), 2).view(2, -1).shape[1], 5)`;
  expect(nodes(init, "return self.fc(F.max_pool2d(self.conv(x), 2).flatten(1))", [3, 6, 6])).toBe(
    `conv = conv2d(x) outChannels=4 kernelSize=[3, 3] stride=[1, 1] padding=[0, 0] dilation=[1, 1] groups=1 bias=true
maxPool2d_1 = maxPool2d(conv) kernelSize=[2, 2] stride=[2, 2] padding=[0, 0] dilation=[1, 1]
flatten_1 = flatten(maxPool2d_1)
fc = linear(flatten_1) outFeatures=5 bias=true`,
  );
  expect(refusal("self.fc = nn.Linear(4, 2)\nself.fc(torch.zeros(1, 5))", "return self.fc(x)", [4])).toContain(
    "nn.Linear: in_features is 4, got an input of [5]; correct one of them",
  );
});

it("first states of zeros", () => {
  const rnn = "self.rnn = nn.LSTM(5, 6, batch_first=True)";
  const states = "h = torch.zeros(1, x.size(0), 6).to(x.device)\n";
  expect(nodes(rnn, `${states}out, _ = self.rnn(x, (h, h))\nreturn out`, [7, 5])).toContain("rnn = lstm(x)");
  expect(refusal(rnn, "h = torch.ones(1, x.size(0), 6)\nreturn self.rnn(x, (h, h))[0]", [7, 5])).toContain(
    "nn.LSTM: the first states can only be zeros, got others; leave them out, or make them of torch.zeros",
  );
});

it("a function that tries a network out is no reason to pass it over", () => {
  const tried = `${source("self.fc = nn.Linear(4, 2)", "return self.fc(x)")}
def test():
    net = Net()
    print(net(torch.randn(2, 4)).size())

def build(args):
    return Net()
`;
  expect(readPyTorch(tried).map(({ name }) => name)).toEqual(["Net"]);
});
