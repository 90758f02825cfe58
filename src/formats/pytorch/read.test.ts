/** Source as people write it: what is understood, and what is refused at its place. */
import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { print } from "../../graph/index.js";
import { figures } from "../../op/index.js";
import "../../ops/index.js";
import type { Shape } from "../../shape/index.js";
import { readPyTorch, readPyTorchFile } from "./index.js";

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../test/fixtures/pytorch/${name}.py`, import.meta.url), "utf8");

/** A class with these lines in `__init__` and `forward`, read. */
function lines(init: string, forward: string, input: Shape | undefined = undefined): string {
  const indented = (text: string): string => text.trim().replaceAll("\n", "\n        ");
  const text = `import torch
from torch import nn
import torch.nn.functional as F

class Net(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        ${indented(init)}

    def forward(self, x):
        ${indented(forward)}
`;
  const [graph, ...others] = readPyTorch(text, { inputs: input ? [input] : [] });
  expect(others).toEqual([]);
  return print(graph!).split("\n").slice(2).join("\n");
}

describe("well-known networks have their published parameters", () => {
  // The counts that torchvision publishes beside its weights.
  test.each<[string, string, number]>([
    ["alexnet", "AlexNet", 61_100_840],
    ["vgg", "vgg16", 138_357_544],
    ["resnet", "resnet18", 11_689_512],
    ["resnet", "resnet50", 25_557_032],
    ["mobilenet", "MobileNetV2", 3_504_872],
    ["squeezenet", "SqueezeNet", 1_248_424],
    ["densenet", "DenseNet", 7_978_856],
    ["googlenet", "GoogLeNet", 6_624_904],
    ["mnasnet", "MNASNet", 4_383_312],
    ["shufflenet", "shufflenet_v2_x1_0", 2_278_604],
    ["mobilenet_v3", "mobilenet_v3_large", 5_483_032],
    ["mobilenet_v3", "mobilenet_v3_small", 2_542_856],
    ["efficientnet", "efficientnet_b0", 5_288_548],
    ["regnet", "regnet_y_400mf", 4_344_144],
    ["regnet", "regnet_x_400mf", 5_495_976],
    ["vision_transformer", "vit_b_16", 86_567_656],
    ["convnext", "convnext_tiny", 28_589_128],
  ])("%s.py: %s", (file, name, params) => {
    const { networks } = readPyTorchFile(fixture(file), { inputs: [[3, 224, 224]] });
    expect(figures(networks.find(one => one.name === name)!).params).toBe(params);
  });

  it("a file's classes that others use are no networks of their own", () => {
    const names = readPyTorch(fixture("resnet"), { inputs: [[3, 64, 64]] }).map(({ name }) => name);
    expect(names).toEqual(["resnet18", "resnet50"]);
  });

  it("the U crops and pads to the sizes of the other side", () => {
    const [net] = readPyTorch(fixture("unet"), { inputs: [[3, 33, 46]] });
    expect(net!.nodes.filter(({ op }) => op === "pad2d").map(({ attrs }) => attrs.padding)).toEqual([
      // Widths 46, 23, 11, 5, 2 double to 4, 10, 22, 46; heights 33, 16, 8, 4, 2 to 4, 8, 16, 32.
      [0, [0, 1]],
      [0, [0, 1]],
      [0, [0, 1]],
      [[0, 1], 0],
    ]);
  });
});

describe("layers", () => {
  it("in loops, lists and comprehensions, by computed names", () => {
    const init = `
widths = [width * 2 ** i for i in range(3)]
self.layers = nn.ModuleList()
for a, b in zip(widths[:-1], widths[1:]):
    self.layers.append(nn.Sequential(nn.Linear(a, b), nn.Tanh()))
for i in range(2):
    setattr(self, f"fc{i}", nn.Linear(widths[-1], widths[-1], bias=i == 0))
self.head = nn.Sequential(*[nn.ReLU() for _ in range(2)])`;
    const forward = `
for i, layer in enumerate(self.layers):
    x = layer(x)
x = getattr(self, "fc" + str(0))(x)
x = self.fc1(x) if len(self.layers) == 2 else x
return self.head(x)`;
    expect(lines(init, forward, [4])).toMatchInlineSnapshot(`
      "layers.0.0 = linear(x) outFeatures=8 bias=true
      layers.0.1 = tanh(layers.0.0) inPlace=false
      layers.1.0 = linear(layers.0.1) outFeatures=16 bias=true
      layers.1.1 = tanh(layers.1.0) inPlace=false
      fc0 = linear(layers.1.1) outFeatures=16 bias=true
      fc1 = linear(fc0) outFeatures=16 bias=false
      head.0 = relu(fc1) inPlace=false
      head.1 = relu(head.0) inPlace=false
      return head.1"
    `);
  });

  it("called twice have their weights once", () => {
    expect(
      lines("self.fc = nn.Linear(4, 4)\nself.act = nn.ReLU()", "return self.act(self.fc(self.act(self.fc(x))))"),
    ).toBe(
      [
        "fc = linear(x) outFeatures=4 bias=true",
        "act = relu(fc) inPlace=false",
        "fc_2 = linear(act) outFeatures=4 bias=true shares fc",
        "act_2 = relu(fc_2) inPlace=false",
        "return act_2",
      ].join("\n"),
    );
  });

  it("of sequences give their sequence or their last state, and are placed when somebody needs them", () => {
    const init = "self.lstm = nn.LSTM(3, 4, 2, batch_first=True)\nself.fc = nn.Linear(4, 2)";
    const last = [
      'lstm = lstm(x) hiddenSize=4 layers=2 bidirectional=false bias=true dropout=0 output="last"',
      "fc = linear(lstm) outFeatures=2 bias=true",
      "return fc",
    ].join("\n");
    expect(lines(init, "_, (h, c) = self.lstm(x)\nreturn self.fc(h[-1])", [5, 3])).toBe(last);
    expect(lines(init, "out, _ = self.lstm(x)\nreturn self.fc(out[:, -1, :])", [5, 3])).toBe(last);
    expect(lines(init, "out, _ = self.lstm(x)\nreturn self.fc(out)", [5, 3])).toContain('output="sequence"');
  });

  it("of attention take one input or three, and a mask that hides what comes later", () => {
    const init = "self.a = nn.MultiheadAttention(4, 2, batch_first=True)";
    const forward =
      "mask = torch.ones(5, 5, dtype=torch.bool).triu(1)\ny, weights = self.a(x, x, x, attn_mask=mask)\nreturn y";
    expect(lines(init, forward, [5, 4])).toMatch(
      /^a = multiHeadAttention\(x\) heads=2 dropout=0 bias=true causal=true\n/,
    );
  });

  it("inherited from PyTorch's own classes", () => {
    const text = `
import torch.nn as nn
class Unit(nn.Sequential):
    def __init__(self, a, b):
        super().__init__(nn.Linear(a, b), nn.ReLU())
class Half(nn.Linear):
    def __init__(self, a):
        super().__init__(a, a // 2, bias=False)
class Net(Unit):
    def __init__(self):
        super().__init__(8, 6)
        self.half = Half(6)
`;
    expect(print(readPyTorch(text)[0]!)).toBe(
      [
        "network Net",
        "x = input [8]",
        "0 = linear(x) outFeatures=6 bias=true",
        "1 = relu(0) inPlace=false",
        "half = linear(1) outFeatures=3 bias=false",
        "return half",
      ].join("\n"),
    );
  });

  it("padded by a call or layer before them", () => {
    const init = "self.pad = nn.ReflectionPad2d((1, 0, 2, 0))\nself.c = nn.Conv2d(1, 1, 3)";
    expect(lines(init, "return self.c(self.pad(x))", [1, 8, 8])).toMatch(
      /padding=\[\[2, 0\], \[1, 0\]\].*paddingMode="reflect"/,
    );
    expect(lines(init, "y = F.pad(x, (1, 1))\nreturn self.c(y)", [1, 8, 8])).toMatch(
      /^pad2d_1 = pad2d\(x\) padding=\[0, 1\]/,
    );
  });
});

describe("forward", () => {
  const plain = (forward: string, input: Shape): string => lines("pass", forward, input);
  it("views, sizes and shapes", () => {
    const forward = `
n, c, h, w = x.shape
x = x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(x.size(0), -1, h * w)
x = x.permute(0, 2, 1)[:, 1:3, ::2]
assert x.dim() == 3
return x.mean(dim=1, keepdim=True).squeeze(1)[:, -1]`;
    expect(plain(forward, [4, 2, 3])).toMatchInlineSnapshot(`
      "reshape_1 = reshape(x) shape=[2, 2, 2, 3]
      transpose_1 = transpose(reshape_1) axis0=0 axis1=1
      reshape_2 = reshape(transpose_1) shape=[4, 6]
      permute_1 = permute(reshape_2) order=[1, 0]
      slice_1 = slice(permute_1) start=0 axis=1 step=2
      slice_2 = slice(slice_1) start=1 end=3 axis=0 step=1
      mean_1 = mean(slice_2) axes=[0] keepDims=true
      squeeze_1 = squeeze(mean_1) axis=0
      slice_3 = slice(squeeze_1) start=-1 axis=0 step=1
      squeeze_2 = squeeze(slice_3) axis=0
      return squeeze_2"
    `);
  });
  it("arithmetic of tensors and numbers", () => {
    const forward = `
y = 2 * x + 1
y -= x / 4
y = torch.cat((y, 1 - x), dim=1) ** 2
a, b = y.chunk(2, 1)
return a @ b.transpose(1, 2), -torch.maximum(a, b)`;
    expect(plain(forward, [2, 3])).toMatchInlineSnapshot(`
      "scale_1 = scale(x) factor=2 shift=1
      scale_2 = scale(x) factor=0.25 shift=0
      subtract_1 = subtract(scale_1, scale_2)
      scale_3 = scale(x) factor=-1 shift=1
      concat_1 = concat(subtract_1, scale_3) axis=0
      power_1 = power(concat_1) exponent=2
      slice_1 = slice(power_1) start=0 end=2 axis=0 step=1
      slice_2 = slice(power_1) start=2 end=4 axis=0 step=1
      transpose_1 = transpose(slice_2) axis0=0 axis1=1
      matmul_1 = matmul(slice_1, transpose_1)
      maximum_1 = maximum(slice_1, slice_2)
      negate_1 = negate(maximum_1)
      return matmul_1, negate_1"
    `);
  });
  it("branches and loops that constants decide; lambdas, tuples, stars, dicts", () => {
    const forward = `
steps = {"first": torch.relu, "then": lambda v, k=2: v * k}
names, *rest = list(steps.keys()), 1
while len(names) > 0:
    x = steps[names.pop(0)](x)
if self.training or x.shape[1] > 3 and not rest:
    return None
return [x, (x.tanh(),)]`;
    expect(plain(forward, [3])).toMatchInlineSnapshot(`
      "relu_1 = relu(x) inPlace=false
      scale_1 = scale(relu_1) factor=2 shift=0
      tanh_1 = tanh(scale_1) inPlace=false
      return scale_1, tanh_1"
    `);
  });
});

describe("the shape of the input", () => {
  it("follows from a view, or from linear layers behind what makes a vector of it", () => {
    const shapeOf = (init: string, forward: string) =>
      readPyTorch(
        `from torch import nn\nimport torch\nclass Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n    ${init}\n  def forward(self, *inputs):\n    x = inputs[0]\n    ${forward}\n`,
      )[0]!.inputs[0]!.shape;
    expect(shapeOf("self.c = nn.Conv2d(1, 2, 3)", "return self.c(x.view(x.shape[0], 1, 28, 28))")).toEqual([784]);
    expect(shapeOf("self.c = nn.Conv1d(16, 2, 3)", "return self.c(x.view(-1, 16, 49))")).toEqual([784]);
    expect(shapeOf("self.f = nn.Linear(50, 2)", "return self.f(torch.flatten(x, 1))")).toEqual([50]);
    expect(shapeOf("self.f = nn.Linear(50, 2)", "return self.f(x.view(x.size(0), -1))")).toEqual([50]);
  });
  it("follows though an argument of the class has no default", () => {
    const text = `
from torch import nn
import torch
class Basic(nn.Module):
    def __init__(self, in_shape, classes=10):
        super().__init__()
        self.in_shape = in_shape
        self.l1 = nn.Linear(784, classes)
        self.ac = nn.LogSoftmax(dim=1)
    def forward(self, *inputs):
        x = inputs[0]
        x = x.view(x.shape[0], *self.in_shape)
        return self.ac(torch.flatten(self.l1(x), 1))
`;
    expect(print(readPyTorch(`\uFEFF${text}`)[0]!)).toBe(
      [
        "network Basic",
        "x = input [784]",
        "reshape_1 = reshape(x) shape=[784]",
        "l1 = linear(reshape_1) outFeatures=10 bias=true",
        "flatten_1 = flatten(l1)",
        "ac = logSoftmax(flatten_1)",
        "return ac",
      ].join("\n"),
    );
    expect(() => readPyTorch(text.replace("784, classes", "in_shape, classes"), { inputs: [[784]] })).toThrow(
      "nn.Linear: in_features is the argument in_shape, which has no default, got an input of [784]; correct one of them",
    );
  });
  it("is asked for where it does not follow", () => {
    expect(() => lines("self.c = nn.Conv2d(3, 2, 3)", "return self.c(x)")).toThrow(
      "input: the shape of x does not follow from its first layer, got nn.Conv2d; give it, as in --input 3,28,28",
    );
  });
});

describe("parameters", () => {
  it("a class token and positions", () => {
    const init = `
self.token = nn.Parameter(torch.zeros(1, 1, width))
self.places = nn.Parameter(torch.randn(1, 4, width) * .02)
nn.init.normal_(self.token, std=0.02)`;
    const forward = `
x = torch.cat((self.token.expand(x.shape[0], -1, -1), x), dim=1)
x = x + self.places[:, :x.size(1)]
return x`;
    expect(lines(init, forward, [3, 4])).toBe(
      `token = parameter(x) shape=[1, 4]
concat_1 = concat(token, x) axis=0
places = parameter(concat_1) shape=[4, 4]
add_1 = add(concat_1, places) inPlace=false
return add_1`,
    );
  });

  it("a scale, from either side, in place, by functions, and seen otherwise", () => {
    const init = "self.scale = nn.Parameter(1e-6 * torch.ones((width)), requires_grad=True)";
    const scaled = (forward: string): string => lines(init, forward, [4, 2, 2]);
    const expected = `scale = parameter(x) shape=[4, 1, 1] value=0.000001
multiply_1 = multiply(scale, x)
return multiply_1`;
    expect(scaled("return self.scale[:, None, None] * x")).toBe(expected);
    expect(scaled("return self.scale.view(1, -1, 1, 1) * x")).toBe(expected);
    const behind = expected.replace("(scale, x)", "(x, scale)");
    expect(scaled("return x * self.scale.reshape(-1, 1, 1)")).toBe(behind);
    expect(scaled("return torch.mul(x, self.scale.unsqueeze(-1).unsqueeze(-1))")).toBe(behind);
    expect(scaled("x *= self.scale[..., None, None]\nreturn x")).toBe(behind);
  });

  it("one that is used twice is one", () => {
    const text = lines(
      "self.scale = nn.Parameter(torch.full((width,), 2.0))",
      "return (x * self.scale).relu() * self.scale",
      [3, 4],
    );
    expect(text).toContain("scale = parameter(x) shape=[1, 4] value=2\n");
    expect(text).toContain("scale_2 = parameter(relu_1) shape=[1, 4] value=2 shares scale\n");
  });

  it("in modules and lists, called as in the state dict", () => {
    const init = `
class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.by = nn.Parameter(torch.ones(1))
    def forward(self, x):
        return x * self.by
self.a = Scale()
self.all = nn.ParameterList([nn.Parameter(torch.zeros(4)) for _ in range(2)])`;
    const text = lines(init, "return self.a(x) * self.all[1]", [4]);
    expect(text.match(/^\S+ = parameter/gm)).toEqual(["a.by = parameter", "all.1 = parameter"]);
  });

  it("weights of functions are those of a layer", () => {
    const init = `
self.weight = nn.Parameter(torch.ones(4))
self.bias = nn.Parameter(torch.zeros(4))
self.fc = nn.Linear(4, 3)
self.kernel = nn.Parameter(torch.empty(2, 1, 3))`;
    const forward = `
x = F.layer_norm(x, (4,), self.weight, self.bias, 1e-6)
x = F.conv1d(x, weight=self.kernel, padding=1)
return F.linear(x, self.fc.weight, self.fc.bias)`;
    expect(lines(init, forward, [1, 4])).toBe(
      `layerNorm_1 = layerNorm(x) lastAxes=1 eps=0.000001 affine=true
kernel = conv1d(layerNorm_1) outChannels=2 kernelSize=[3] stride=[1] padding=[1] dilation=[1] groups=1 bias=false
fc = linear(kernel) outFeatures=3 bias=true
return fc`,
    );
  });

  test.each([
    ["self.p = nn.Parameter(torch.zeros(n))", "return x + self.p", "n: there is no such name"],
    [
      "self.p = nn.Parameter(torch.eye(4))",
      "return x + self.p",
      "nn.Parameter: its shape must follow, got a tensor of torch.eye; make it of torch.zeros",
    ],
    [
      "self.p = nn.Parameter(torch.zeros(2, 3, 4))",
      "return x + self.p",
      "nn.Parameter: it must be the same for every sample, got [2, 3, 4] beside a batch of [3, 4]; begin its shape with a 1",
    ],
    [
      "self.p = nn.Parameter(torch.zeros(1, 3, 4))",
      "return torch.cat([self.p, x])",
      "torch.cat: there must be one for every sample, got an nn.Parameter; write its expand(x.shape[0], -1, -1)",
    ],
    [
      "self.p = nn.Parameter(torch.zeros(1, 3, 4))",
      "return x + self.p[:, 1:]",
      "nn.Parameter: all of it must be taken, got [a slice, a slice] of [1, 3, 4]; slice the tensor that it is added to",
    ],
    [
      "self.p = nn.Parameter(torch.zeros(1, 3, 4))",
      "return self.p.expand(7, -1, -1)",
      "nn.Parameter: it can be repeated for every sample alone, got expand(7, -1, -1) of [1, 3, 4]; write expand(x.shape[0], -1, -1)",
    ],
    [
      "self.fc = nn.Linear(4, 3)\nself.n = nn.LayerNorm(4)",
      "return F.layer_norm(x, (4,), self.n.weight, self.n.bias, 1e-3)",
      "F.layer_norm: eps must be that of the layer whose weight it is given, got 0.001; call the layer",
    ],
  ])("refused: %s, %s", (init, forward, sentence) => {
    expect(() => lines(init, forward, [3, 4])).toThrow(sentence);
  });
});

describe("is refused at its place", () => {
  const refusal = (text: string, inputs: readonly Shape[] = [[4]]): string => {
    try {
      const { errors } = readPyTorchFile(text, { file: "net.py", inputs });
      return errors[0]?.message ?? "nothing";
    } catch (error) {
      return (error as Error).message;
    }
  };
  const inForward = (code: string, init = "self.fc = nn.Linear(4, 4)"): string =>
    refusal(
      `import torch\nfrom torch import nn\nclass Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n    ${init}\n  def forward(self, x):\n    ${code}\n`,
    ).split("\n")[0]!;

  it("with the line, and a mark under it", () => {
    expect(
      refusal("from torch import nn\nclass Net(nn.Module):\n    def forward(self, x):\n        return nn.Conv2D(x)\n"),
    ).toBe(
      [
        "net.py:4:19: nn.Conv2D: this is not understood, got a call of it; did you mean nn.Conv1d or nn.Conv2d or nn.Conv3d?",
        "            return nn.Conv2D(x)",
        "                      ^",
      ].join("\n"),
    );
  });
  test.each<[string, string]>([
    ["return self.fc(x", "python: this is no Python, got the end of the file; correct it"],
    ["return self.fd(x)", "python: there is no such attribute, got a Net.fd; define it"],
    ["return y", "python: there is no such name, got y; define or import it"],
    ["d = dict([('a', 1), ()])", "python: a dict is made of pairs, got (); give a key and a value"],
    [
      "return x if x.sum(1) > 0 else -x",
      "python: only numbers can be compared, got the tensor sum_1 > 0; compare what __init__ knows",
    ],
    [
      "return x * x.shape[0]",
      "Tensor.__mul__: this call is not understood, got Tensor.__mul__(the tensor x, the batch size); give tensors and constants as PyTorch takes them",
    ],
  ])("%s", (code, sentence) => {
    expect(inForward(code)).toContain(sentence);
  });
  test.each<[string, string]>([
    ["self.fc = nn.Linear(4, 4, biass=True)", "nn.Linear: there is no such argument, got biass; did you mean bias?"],
    ["self.fc = nn.Linear(5, 4)", "nn.Linear: in_features is 5, got an input of [4]; correct one of them"],
    ["self.fc = nn.BatchNorm1d(4, affine=False)", "nn.BatchNorm1d: affine can only be True, got False; leave it out"],
    [
      "self.fc = nn.BatchNorm1d(4, momentum=None)",
      "batchNorm: momentum must be a number from 0 to below 1, got null; give e.g. 0.5",
    ],
    ["self.fc = nn.Linear(4)", "nn.Linear: an argument is missing, got no out_features; give it"],
    ["self.fc = nn.Linear(4, 1 // 0)", "python: a division by zero, got 1 / 0; divide by another number"],
    [
      "self.fc = lambda y: y + nn.Parameter(torch.zeros(4))",
      "nn.Parameter: it must be kept, got one that no module holds; assign it in __init__",
    ],
  ])("%s", (init, sentence) => {
    expect(inForward("return self.fc(x)", init)).toContain(sentence);
  });
  test.each<[string, string]>([
    [
      "return x.view(-1)",
      "view: the first size must be the batch, x.shape[0] or -1, and the others a sample's 4 elements, got (-1,); keep the batch in front",
    ],
    ["return x[0]", "x[...]: every sample must be kept, got 0; begin with a colon"],
    [
      "return torch.cat([x, x])",
      "dim: it must be an axis behind the batch, got 0; give 1 or more, or count from the end",
    ],
    [
      "return x.view(2 * x.shape[0], 2)",
      "python: this cannot be worked out, got 2 * the batch size; use numbers, lists or tensors of known shape",
    ],
  ])("%s, which reaches for the batch", (code, sentence) => {
    expect(inForward(code)).toContain(sentence);
  });
  it.each(["x", "self", "[1]", "'a'", "{}", "math", "nn", "torch", "nn.Sequential()"])("%s.constructor", of => {
    expect(inForward(`import math; return ${of}.constructor(x)`)).toMatch(
      /^net\.py:8:\d+: .*(no such attribute|not understood)/,
    );
  });
  it("a file without a network", () => {
    expect(refusal("x = 3\n")).toBe(
      "net.py:1:1: python: there is no network, got no class of nn.Module; define one\n    x = 3\n    ^",
    );
  });
});

describe("Python around layers", () => {
  it("contexts of PyTorch's, and what is tried, are read as if they stood outside", () => {
    const init =
      "try:\n    self.fc = nn.Linear(4, 2)\nexcept Exception as error:\n    self.fc = None\nelse:\n    self.act = nn.ReLU()";
    const forward =
      'with torch.no_grad(), torch.autocast("cpu", enabled=False) as mode:\n    x = self.fc(x)\nreturn self.act(x)';
    expect(lines(init, forward, [4])).toBe(
      "fc = linear(x) outFeatures=2 bias=true\nact = relu(fc) inPlace=false\nreturn act",
    );
  });

  it("a view of no sizes is refused", () => {
    expect(() => lines("pass", "return x.view()", [4])).toThrow("and the others a sample's 4 elements, got ();");
  });

  it("a variable whose network cannot be made says why", () => {
    const text = `from torch import nn
class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(width, kind=3)
    def forward(self, x):
        return self.fc(x)
net = Net(4)
`;
    const why = (source: string): string => readPyTorchFile(source, { inputs: [[4]] }).errors[0]?.message ?? "nothing";
    expect(why(text)).toContain("model.py:5:22: nn.Linear: an argument is missing, got no out_features; give it");
    expect(why(text.replace("Net(4)", "Net()"))).toContain(
      "model.py:8:7: __init__: an argument is missing, got no width; give it",
    );
    expect(why(text.replace("Net(4)", "Net(read_width())"))).toContain(
      "model.py:8:11: python: there is no such name, got read_width; define or import it",
    );
  });
  it("other contexts are refused", () => {
    expect(() => lines("pass", "with open('a') as file:\n    return x", [4])).toThrow(
      /python: .+, got .+; .+\n {4} +with open/,
    );
  });

  it("a class without __init__ takes its fields, in order or by name, with their defaults, the base's first", () => {
    const text = `from dataclasses import dataclass, field
from torch import nn
@dataclass
class Base:
    first: int
    second: int = 5
@dataclass
class Config(Base):
    more: list = field(default_factory=lambda: [7, 3])
    unused = 1
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        cfg = Config(4, more=[6])
        other = Config(first=1)
        self.a = nn.Linear(cfg.first, cfg.second)
        self.b = nn.Linear(cfg.second, cfg.more[0] + other.more[1] + other.second)
    def forward(self, x):
        return self.b(self.a(x))
net: nn.Module = Net()
`;
    const [net] = readPyTorch(text, { inputs: [[4]] });
    expect(net!.nodes.map(({ attrs }) => attrs.outFeatures)).toEqual([5, 14]);
    const wrong = (call: string) => () =>
      readPyTorch(text.replace(/net: .*/, "").replace("Config(first=1)", call), { inputs: [[4]] });
    expect(wrong("Config()")).toThrow("Config: an argument is missing, got no first; give it");
    expect(wrong("Config(1, third=2)")).toThrow(
      "Config: there is no such argument, got third; known are first, second, more",
    );
  });

  it("sets hold each value once", () => {
    const init =
      "a = sorted(set([8, 4, 8]))\nb = len({2, 2, 3}) + len({i % 2 for i in range(9)}) + len(set([(1, 2), (1, 2)]))\nself.fc = nn.Linear(a[0], b * len(a))";
    expect(lines(init, "return self.fc(x)", [4])).toContain("outFeatures=10");
  });

  it("torchvision's blocks: the padding keeps the size, the norm takes the bias away", () => {
    const text = `from torch import nn
from torchvision.ops import Conv2dNormActivation, SqueezeExcitation, StochasticDepth
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = Conv2dNormActivation(3, 8, kernel_size=(3, 5), dilation=2, activation_layer=nn.SiLU)
        self.plain = Conv2dNormActivation(8, 8, 1, norm_layer=None, activation_layer=None)
        self.excite = SqueezeExcitation(8, 2)
        self.drop = StochasticDepth(0.1, "row")
    def forward(self, x):
        return self.drop(self.excite(self.plain(self.conv(x))))
`;
    const [net] = readPyTorch(text, { inputs: [[3, 9, 9]] });
    const [conv, norm, silu, plain] = net!.nodes;
    expect(conv!.attrs).toMatchObject({ padding: [2, 4], dilation: [2, 2], bias: false });
    expect([norm, silu, plain].map(node => node!.op)).toEqual(["batchNorm", "silu", "conv2d"]);
    expect(plain!.attrs).toMatchObject({ padding: [0, 0], bias: true });
    // 3 x 8 x 15 + 16, 64 + 8, 8 x 2 + 2, 2 x 8 + 8.
    expect(figures(net!).params).toBe(376 + 72 + 18 + 24);
  });
});
