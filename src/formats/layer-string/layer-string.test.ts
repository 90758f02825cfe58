import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { hash } from "../../graph/index.js";
import { analyse, assemble, figures } from "../../op/index.js";
import "../../ops/index.js";
import { drawLayerStrings, publishedVocabulary } from "../../generate/index.js";
import type { Graph } from "../../graph/index.js";
import { LayerStringError, printLayerString, readLayerString, readLayerStrings } from "./index.js";

interface Case {
  readonly text: string;
  readonly builds: boolean;
  readonly layers?: readonly string[];
}
const file = new URL("../../../test/fixtures/layer_strings.json", import.meta.url);
const { vocabulary, cases } = JSON.parse(readFileSync(file, "utf8")) as { vocabulary: string[]; cases: Case[] };

/** Layers as the cases list them: PyTorch's modules with channels and what differs. */
const listed = (graph: Graph): string[] =>
  analyse(graph).placed.map(({ op, site }) => {
    const module = op.pytorch(site) as { module?: string };
    const [, name, args = ""] = /^nn\.(\w+)\((.*)\)$/.exec(module.module ?? "nn.Flatten()")!;
    const kept = args.replace(/, (stride|padding|bias).*/, "").replaceAll(" ", "");
    return kept === "" ? name! : `${name}(${kept.replace(/\((\d+),\1,\)/, "$1")})`;
  });
const error = (work: () => unknown): LayerStringError => {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof LayerStringError) return thrown;
  }
  throw new Error("it was not refused");
};

describe("the published cases", () => {
  it.each(cases)("$text", ({ text, builds, layers }) => {
    if (builds) expect(listed(readLayerString(text))).toEqual(layers);
    else expect(() => readLayerString(text)).toThrow(LayerStringError);
  });

  it("have the published words", () => expect(publishedVocabulary).toEqual(vocabulary));

  it("are refused at the layer that is named", () => {
    const [first, , last] = cases.map(({ text, builds }) => (builds ? undefined : error(() => readLayerString(text))));
    expect(first).toMatchObject({
      message:
        "layer 1, conv: there would be 0 output channels, got channel_factor 0.4 of 1; choose a factor of at least 1",
      place: { layer: 1, word: "conv", at: 0 },
    });
    // 28, less 2, in quarters 6, less 2, in quarters 1: a kernel of 3 does not fit.
    expect(last!.message).toBe(
      "layer 7, conv: conv2d: kernel 3 does not fit, got height 1; use a smaller kernel or dilation, or more padding",
    );
    expect(cases[2]!.text.slice(last!.place.at)).toBe(
      "conv=channel_factor:0.8,kernel_size:3,stride:1,padding:0-dropout=p:0.4-",
    );
  });
});

describe("reading", () => {
  it("counts as by hand", () => {
    // 1 to 3 channels of 26 x 26: 30 parameters; 3 x 13 x 13 = 507 numbers to 10 scores: 5,080.
    const made = readLayerString(
      "conv=channel_factor:3,kernel_size:3,stride:1,padding:0-maxpool=kernel_size:2,stride:2,padding:0-",
    );
    expect(figures(made).params).toBe(5110);
  });

  it("takes any layer, by any number of axes, and exponents", () => {
    const ops = (text: string, input: number[]) =>
      readLayerString(text, { input, classes: 2 }).nodes.map(({ op, attrs }) => `${op} ${JSON.stringify(attrs)}`);
    expect(
      ops("conv=out_channels:4,kernel_size:3x5-batchnorm=eps:1e-5-leakyrelu=negative_slope:0.2", [1, 8, 8]).slice(0, 4),
    ).toEqual([
      'conv2d {"outChannels":4,"kernelSize":[3,5],"stride":[1,1],"padding":[0,0],"dilation":[1,1],"groups":1,"bias":true}',
      'relu {"inPlace":false}',
      'batchNorm {"eps":0.00001,"momentum":0.1}',
      'leakyRelu {"negativeSlope":0.2,"inPlace":false}',
    ]);
    expect(
      ops("conv1d=out_channels:4,kernel_size:3-dropout-dropout0d-flatten-linear=out_features:5-tanh", [1, 8]).map(
        text => text.split(" ")[0],
      ),
    ).toEqual(["conv1d", "dropout1d", "dropout", "flatten", "linear", "tanh", "flatten", "linear"]);
  });

  it("adds and joins what stands further back", () => {
    const made = readLayerString(
      "conv=out_channels:4,kernel_size:3,padding:1-conv2d=out_channels:4,kernel_size:3,padding:1-add=back:1-relu-concat=back:1x4-",
    );
    expect(made.nodes.map(({ name, inputs }) => `${name}(${inputs})`)).toEqual([
      "conv2d_1(x)",
      "relu_1(conv2d_1)",
      "conv2d_2(relu_1)",
      "add_1(conv2d_2,relu_1)",
      "relu_2(add_1)",
      "concat_1(relu_2,add_1,x)",
      "flatten_1(concat_1)",
      "linear_1(flatten_1)",
    ]);
    expect(analyse(made).shapes.get("concat_1")).toEqual([9, 28, 28]);
  });

  it("is strict where that is wanted", () => {
    const text = "conv=channel_factor:4,kernel_size:3-avgpool=kernel_size:13-conv=channel_factor:1,kernel_size:1-";
    expect(analyse(readLayerString(text)).shapes.get("conv2d_2")).toEqual([4, 2, 2]);
    expect(error(() => readLayerString(text, { strict: true })).message).toBe(
      "layer 3, conv: the published builder refuses more channels than the input is high or wide, got 4 and 2; leave strict out",
    );
  });

  it.each([
    ["", 'layer string: there is no layer, got ""; give one, e.g. maxpool=kernel_size:2,stride:2,padding:0-', 0],
    ["relu--tanh", 'layer 2, : a layer must begin with its name, got ""; write name=parameter:value-', 5],
    ["relu-maxpol=kernel_size:3-", "layer 2, maxpol: there is no such layer, got maxpol; did you mean maxpool?", 5],
    ["dropout=p-", 'layer 1, dropout: a parameter must be name:value, got "p"; write e.g. kernel_size:3', 8],
    ["dropout=p:0.1,p:0.2", "layer 1, dropout: a parameter stands twice, got p; give it once", 14],
    ["dropout=p:-1-", "layer 1, dropout: dropout2d: p must be a number from 0 to below 1, got -1; give e.g. 0.5", 0],
    [
      "relu-add=back:2-",
      "layer 2, add: back must be a whole number from 0 to 1, got 2; count layers, 1 is the input",
      5,
    ],
    ["relu-add-", "layer 2, add: add: add_1 needs at least 2 inputs, got 1; connect them", 5],
    [
      "conv=channel_factor:many,kernel_size:3",
      "layer 1, conv: channel_factor must be a number above 0, got many; give e.g. 2 or 0.5",
      0,
    ],
    [
      "conv=out_channels:2,kernel_sise:3",
      "layer 1, conv: conv2d: there is no such attribute, got kernelSise; did you mean kernelSize?",
      0,
    ],
    [
      "maxpool=kernel_size:29-",
      "layer 1, maxpool: maxPool2d: kernel 29 does not fit, got height 28; use a smaller kernel or dilation, or more padding",
      0,
    ],
  ])("refuses %j", (text, message, at) => {
    const refused = error(() => readLayerString(text));
    expect([refused.message, refused.place.at]).toEqual([message, at]);
  });

  it("of a file says line and column", () => {
    const { networks, errors } = readLayerStrings("# two\n\nrelu-\r\n  relu-cov-\n", { name: "net" });
    expect(networks.map(({ line, graph }) => [line, graph.name])).toEqual([[3, "net_3"]]);
    expect(errors.map(({ line, column, source }) => [line, column, source])).toEqual([[4, 8, "relu-cov-"]]);
  });
});

describe("printing", () => {
  // A factor of few channels, rounded down, may be another's: 0.3 and 0.4 of 4 are 1.
  it("gives back what was drawn, letter by letter but for factors below 1", () => {
    for (const { text, graph } of drawLayerStrings({ n: 200, seed: 5 }).networks) {
      const printed = printLayerString(graph);
      const shown = (string: string) => string.replace(/channel_factor:0\.\d+/g, "a part");
      expect(shown(printed)).toBe(shown(text));
      expect(hash(readLayerString(printed))).toBe(hash(graph));
    }
  });

  it.each([
    "conv=channel_factor:4,kernel_size:3x5,stride:1,padding:1,dilation:2,groups:1-",
    "conv2d=channel_factor:7,kernel_size:3,stride:1,padding:1/2x0-add=back:0-relu-dropout0d=p:0.5-dropout=p:0.5-",
    "batchnorm=eps:1e-7,momentum:0.3-prelu-concat=back:1x2,axis:1-",
    "flatten-linear=out_features:9,bias:false-softmax-reshape=shape:3x3-",
    "reshape=shape:784x-",
  ])("keeps %s", text => {
    const made = readLayerString(text);
    expect(hash(readLayerString(printLayerString(made)))).toBe(hash(made));
  });

  it("says what a string cannot", () => {
    const a = assemble("two");
    const [x, once] = [a.input("x", [3]), a.node("linear", ["x"], { outFeatures: 3 })];
    const sum = a.node("add", [x, once]);
    const line = a.finish(a.node("linear", [a.node("flatten", [sum])], { outFeatures: 3 }));
    expect(() => printLayerString(line)).toThrow(
      "layer string: add: layer strings cannot say add_1: its first input must be the layer before it, got x behind linear_1; use another format",
    );
    const b = assemble("open");
    expect(() => printLayerString(b.finish(b.node("relu", [b.input("x", [3])])))).toThrow(
      "layer string: a network must go from one input to flatten and linear at its end, got relu_1; end it so",
    );
  });
});
