import { describe, expect, it } from "vitest";
import { type Graph, GraphError, graphFromJson } from "../graph/index.js";
import "../ops/index.js";
import { analyse, figures, resolve } from "./analyse.js";
import { type Assembler, assemble } from "./assemble.js";

function net(build: (a: Assembler, x: string) => string, shape: readonly number[] = [4]): Graph {
  const a = assemble("net");
  return a.finish(build(a, a.input("x", shape)));
}

describe("resolve", () => {
  const json = (attrs: object, op = "conv2d") => ({
    name: "net",
    inputs: [{ name: "x", shape: [1, 6, 6] }],
    nodes: [
      { name: "c", op, inputs: ["x"], attrs },
      { name: "d", op: "relu", inputs: ["c"] },
    ],
    outputs: ["d"],
  });

  it("fills in the defaults of every op, frozen like the graph", () => {
    const graph = resolve(graphFromJson(json({ outChannels: 2, kernelSize: 3 })));
    expect(graph.nodes.map(node => node.attrs)).toEqual([
      { outChannels: 2, kernelSize: [3, 3], stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1, bias: true },
      { inPlace: false },
    ]);
    for (const part of [graph, graph.nodes, graph.nodes[0]!.attrs.kernelSize]) expect(Object.isFrozen(part)).toBe(true);
  });
  it.each<[object, string]>([
    [json({}, "conv2"), 'conv2: there is no such op, got "conv2"; did you mean conv1d or conv2d or conv3d?'],
    [
      json({ outChannels: 2, kernal_size: 3 }),
      "conv2d: there is no such attribute, got kernal_size; did you mean kernelSize?",
    ],
    [
      json({ outChannels: 2, kernelSize: 3, strides: 2 }),
      "conv2d: there is no such attribute, got strides; did you mean stride?",
    ],
    [
      json({ outChannels: "two", kernelSize: 3 }),
      'conv2d: outChannels must be a whole number of at least 1, got "two"; give 1 or more',
    ],
    [
      json({ kernelSize: 2, strid: 1 }, "maxPool2d"),
      "maxPool2d: there is no such attribute, got strid; did you mean stride?",
    ],
    [json({ inplace: true }, "flatten"), "flatten: there is no such attribute, got inplace; it takes none"],
  ])("refuses %j", (value, sentence) => {
    expect(() => resolve(graphFromJson(value))).toThrow(sentence);
  });
});

describe("analyse", () => {
  it("knows every shape, and gives the same answer again", () => {
    const graph = net((a, x) => a.node("flatten", [a.node("maxPool2d", [x], { kernelSize: 2 })]), [3, 4, 5]);
    expect(Object.fromEntries(analyse(graph).shapes)).toEqual({
      x: [3, 4, 5],
      maxPool2d_1: [3, 2, 2],
      flatten_1: [12],
    });
    expect(analyse(graph)).toBe(analyse(graph));
  });

  const nodes = (...list: Graph["nodes"]): Graph => ({
    name: "net",
    inputs: [{ name: "x", shape: [4] }],
    nodes: list,
    outputs: ["a"],
  });
  it.each<[string, Graph]>([
    [
      "relu: a needs exactly 1 inputs, got 2; connect them",
      nodes({ name: "a", op: "relu", inputs: ["x", "x"], attrs: { inPlace: false } }),
    ],
    [
      "add: a needs at least 2 inputs, got 1; connect them",
      nodes({ name: "a", op: "add", inputs: ["x"], attrs: { inPlace: false } }),
    ],
    [
      "relu: input of a is not an input or an earlier node, got y; define it first",
      nodes({ name: "a", op: "relu", inputs: ["y"], attrs: { inPlace: false } }),
    ],
    [
      "linear: a cannot share weight with o, got [2, 3] and [3, 4]; give it an input of the same shape",
      nodes(
        { name: "o", op: "linear", inputs: ["x"], attrs: { outFeatures: 3, bias: true } },
        { name: "a", op: "linear", inputs: ["o"], attrs: { outFeatures: 2, bias: true }, shares: "o" },
      ),
    ],
    [
      "linear: a cannot share the weights of o, got weight instead of weight and bias; give both the same attributes",
      nodes(
        { name: "o", op: "linear", inputs: ["x"], attrs: { outFeatures: 4, bias: true } },
        { name: "a", op: "linear", inputs: ["o"], attrs: { outFeatures: 4, bias: false }, shares: "o" },
      ),
    ],
  ])("%s", (sentence, graph) => {
    expect(() => analyse(graph)).toThrow(new GraphError(sentence));
  });
});

describe("figures, worked by hand", () => {
  it("of a chain: what is written over its input has no map of its own", () => {
    // 4 -> 8 -> 8 (in place) -> 2. Most alive at once: x and the first output, 12 elements.
    const graph = net((a, x) => {
      const wide = a.node("relu", [a.node("linear", [x], { outFeatures: 8 })], { inPlace: true });
      return a.node("linear", [wide], { outFeatures: 2, bias: false });
    });
    expect(figures(graph)).toEqual({
      params: 4 * 8 + 8 + 8 * 2,
      macs: 4 * 8 + 8 * 2,
      memoryElements: 4 + 8 + 2,
      peakBytes: 4 * 12,
      ops: 3,
      autogradOps: 2 + 1 + 2,
    });
  });
  it("of a shortcut: what it holds stays alive until the sum", () => {
    const shortcut = (inPlace: boolean) =>
      net((a, x) => {
        const stem = a.node("linear", [x], { outFeatures: 4 });
        return a.node("add", [a.node("tanh", [stem]), stem], { inPlace });
      });
    // x and stem; stem and tanh; stem, tanh and the sum, unless that is written over tanh.
    expect(figures(shortcut(false))).toMatchObject({ memoryElements: 16, peakBytes: 4 * 12, autogradOps: 2 + 1 + 1 });
    expect(figures(shortcut(true))).toMatchObject({ memoryElements: 12, peakBytes: 4 * 8 });
  });
  it("of views: they count as maps, and hold what they look at", () => {
    // x of 6 seen as [6] and [3, 2] until tanh has read it; then tanh of 6 and linear of 3 rows of 1.
    const graph = net(
      (a, x) => {
        const view = a.node("reshape", [a.node("flatten", [x])], { shape: [3, 2] });
        return a.node("linear", [a.node("tanh", [view])], { outFeatures: 1 });
      },
      [2, 3],
    );
    expect(figures(graph)).toMatchObject({ memoryElements: 6 + 6 + 6 + 6 + 3, peakBytes: 4 * 12, autogradOps: 5 });
  });
  it("of an output that is needed to the end", () => {
    const a = assemble("two");
    const x = a.input("x", [4]);
    const first = a.node("linear", [x], { outFeatures: 5 });
    const second = a.node("linear", [first], { outFeatures: 6 });
    const last = a.node("linear", [second], { outFeatures: 7 });
    // The last op: 6 and 7; with the first output kept, 5 more. Before: 4 and 5, 5 and 6.
    expect(figures(a.finish(last)).peakBytes).toBe(4 * 13);
    const b = assemble("two");
    const y = b.node("linear", [b.input("x", [4])], { outFeatures: 5 });
    const z = b.node("linear", [y], { outFeatures: 6 });
    expect(figures(b.finish(b.node("linear", [z], { outFeatures: 7 }), y)).peakBytes).toBe(4 * 18);
  });
  it("of a result that nobody reads: it is alive for its own op only", () => {
    const graph = net((a, x) => {
      a.node("linear", [x], { outFeatures: 50 });
      return a.node("linear", [x], { outFeatures: 3 });
    });
    expect(figures(graph)).toMatchObject({ memoryElements: 4 + 50 + 3, peakBytes: 4 * 54, ops: 2 });
  });
  it("of shared weights: counted once, computed twice", () => {
    const graph = net((a, x) => {
      const owner = a.node("linear", [x], { outFeatures: 4 });
      return a.node("linear", [owner], { outFeatures: 4 }, { shares: owner });
    });
    expect(figures(graph)).toMatchObject({ params: 20, macs: 32, memoryElements: 12 });
  });
  it("of carried statistics: they are no parameters", () => {
    expect(figures(net((a, x) => a.node("batchNorm", [x]))).params).toBe(8);
  });
});
