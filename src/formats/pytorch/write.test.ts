/** What is written, and that it is read back as the same graph. */
import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { randomNetwork } from "../../../test/battery/random-network.js";
import { hash } from "../../graph/index.js";
import { allOps, assemble, type Op, type Site } from "../../op/index.js";
import "../../ops/index.js";
import { deriveSeed, random } from "../../random.js";
import { product, sameShape } from "../../shape/index.js";
import { readLayerLists } from "../layer-list.js";
import { pythonNames, readPyTorch, stateDictNames, writePyTorch } from "./index.js";

const file = new URL("../../../test/fixtures/netpicking_networks.json", import.meta.url);
const published = readLayerLists(JSON.parse(readFileSync(file, "utf8")));

const branched = () => {
  const a = assemble("two heads");
  const x = a.input("x", [3, 8, 8]);
  const conv = a.node("conv2d", [x], { outChannels: 4, kernelSize: [3, 1], padding: [1, 0] }, { name: "block1.conv" });
  const norm = a.node("batchNorm", [conv], { eps: 1e-3 }, { name: "block1.bn" });
  const again = a.node(
    "conv2d",
    [x],
    { outChannels: 4, kernelSize: [3, 1], padding: [1, 0] },
    { shares: "block1.conv" },
  );
  const sum = a.node("add", [norm, again], { inPlace: true }, { name: "sum" });
  const flat = a.node("flatten", [sum]);
  return a.finish(a.node("linear", [flat], { outFeatures: 10, bias: false }, { name: "class" }), flat);
};

it("declares layers and calls them, with the arguments that say something", () => {
  expect(writePyTorch(branched())).toMatchInlineSnapshot(`
    "import json
    import struct

    import torch
    from torch import nn


    class two_heads(nn.Module):
        def __init__(self):
            super().__init__()
            self.block1_conv = nn.Conv2d(3, 4, (3, 1), padding=(1, 0))
            self.block1_bn = nn.BatchNorm2d(4, eps=0.001)
            self.class_ = nn.Linear(256, 10, bias=False)

        def forward(self, x):
            block1_conv = self.block1_conv(x)
            block1_conv = self.block1_bn(block1_conv)
            x = self.block1_conv(x)
            x = block1_conv.add_(x)
            x = torch.flatten(x, 1)
            class_ = self.class_(x)
            return class_, x


    def load_weights(model, path=__file__.rsplit(".", 1)[0] + ".safetensors"):
        """Fill the model with the weights of the file beside this one."""
        with open(path, "rb") as file:
            header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
            data = bytearray(file.read())
        state = model.state_dict()
        for name, place in header.items():
            if name != "__metadata__":
                begin, end = place["data_offsets"]
                state[name] = torch.frombuffer(data[begin:end], dtype=torch.float32).view_as(state[name])
        model.load_state_dict(state)
        return model
    "
  `);
});

it("names every argument when asked", () => {
  const a = assemble("net");
  const x = a.input("x", [1, 8]);
  const text = writePyTorch(a.finish(a.node("conv1d", [x], { outChannels: 2, kernelSize: 3 }, { name: "f0" })), {
    explicit: true,
  });
  expect(text).toContain(
    'self.f0 = nn.Conv1d(in_channels=1, out_channels=2, kernel_size=(3,), stride=(1,), padding=(0,), dilation=(1,), groups=1, bias=True, padding_mode="zeros")',
  );
});

describe("names", () => {
  it("become identifiers, none of which means something else or comes twice", () => {
    const a = assemble("net");
    let x = a.input("self", [2]);
    for (const name of ["a.b", "a_b", "0", "forward", "lambda", "ö"]) x = a.node("relu", [x], {}, { name });
    const graph = a.finish(x);
    expect([...pythonNames(graph).values()]).toEqual(["self_", "a_b", "a_b_2", "n0", "forward_", "lambda_", "n"]);
    expect(hash(readPyTorch(writePyTorch(graph), { inputs: [[2]] })[0]!)).toBe(hash(graph));
  });
  it("of weights are the state dict's", () => {
    expect(Object.fromEntries(stateDictNames(branched()))).toEqual({
      "block1.conv.weight": "block1_conv.weight",
      "block1.conv.bias": "block1_conv.bias",
      "block1.bn.weight": "block1_bn.weight",
      "block1.bn.bias": "block1_bn.bias",
      "block1.bn.runningMean": "block1_bn.running_mean",
      "block1.bn.runningVar": "block1_bn.running_var",
      "class.weight": "class_.weight",
    });
  });
});

it("writes over a copy what is still needed", () => {
  const a = assemble("net");
  const x = a.node("sigmoid", [a.input("x", [4])]);
  const y = a.node("relu", [x], { inPlace: true });
  const graph = a.finish(a.node("multiply", [x, y]));
  expect(writePyTorch(graph)).toContain("torch.relu_(x.clone())");
  expect(hash(readPyTorch(writePyTorch(graph), { inputs: [[4]] })[0]!)).toBe(hash(graph));
});

describe("cannot be written", () => {
  it("an op that PyTorch does not have", () => {
    const a = assemble("net");
    const graph = a.finish(a.node("gaussianNoise", [a.input("x", [4])], { std: 1 }, { name: "noise" }));
    expect(() => writePyTorch(graph)).toThrow(
      "gaussianNoise: PyTorch source cannot say it, got noise; PyTorch has no layer that adds noise while training only",
    );
  });
  it("weights shared between layers of other attributes", () => {
    const a = assemble("net");
    const x = a.input("x", [1, 8]);
    const first = a.node("conv1d", [x], { outChannels: 1, kernelSize: 3 }, { name: "a" });
    const second = a.node("conv1d", [first], { outChannels: 1, kernelSize: 3, stride: 2 }, { name: "b", shares: "a" });
    expect(() => writePyTorch(a.finish(second))).toThrow(
      "conv1d: b shares the weights of a and not its attributes, got nn.Conv1d(",
    );
  });
});

describe("read back as the same graph", () => {
  test.each(published)("$name", ({ graph }) => {
    for (const explicit of [false, true]) {
      const [read, ...others] = readPyTorch(writePyTorch(graph, { explicit }));
      expect(others).toEqual([]);
      expect(hash(read!)).toBe(hash(graph));
    }
  });

  /** What PyTorch says with several calls or with another one's name; what is written computes the same. */
  const otherwise: Readonly<Record<string, (site: Site<object>) => boolean>> = {
    lpPool3d: () => true,
    instanceNorm: ({ inputs: [x] }) => product(x!.slice(1)) === 1,
    globalAvgPool: ({ inputs: [x] }) => x!.length === 1,
    globalMaxPool: ({ inputs: [x] }) => x!.length === 1,
    prelu: ({ inputs: [x] }) => x![0] === 1,
    // Three times one tensor is one input.
    multiHeadAttention: ({ inputs: [x, ...others] }) => others.some(other => sameShape(x!, other)),
    ...Object.fromEntries(
      ["rnn", "gru", "lstm"].map(name => [
        name,
        ({ attrs }: Site<object>) =>
          "output" in attrs && attrs.output === "last" && "bidirectional" in attrs && attrs.bidirectional === true,
      ]),
    ),
  };
  const wants = (op: Op, site: Site<object>): boolean =>
    // Axes of a sample that has none cannot be named in PyTorch.
    op.fromPytorch !== undefined &&
    [...site.inputs, site.output].every(({ length }) => length > 0) &&
    !otherwise[op.name]?.(site);

  it("200 random networks over the ops that have a way back", () => {
    const used = new Set<string>();
    for (let i = 0; i < 200; i++) {
      const graph = randomNetwork(random(deriveSeed("pytorch", String(i))), `n${i}`, { wants });
      for (const { op } of graph.nodes) used.add(op);
      const text = writePyTorch(graph, { explicit: i % 2 === 0 });
      const [read] = readPyTorch(text, { inputs: graph.inputs.map(({ shape }) => shape) });
      expect(hash(read!), text).toBe(hash(graph));
    }
    const readable = [...allOps.values()].filter(op => op.fromPytorch && op.name !== "lpPool3d");
    expect([...used].sort()).toEqual(readable.map(({ name }) => name).sort());
  });
});
