import { describe, expect, it } from "vitest";
import { type Graph, GraphError, type Node } from "./graph.js";
import { verify } from "./verify.js";

const node = (name: string, inputs: readonly string[], more: Partial<Node> = {}): Node => ({
  name,
  op: "linear",
  inputs,
  attrs: {},
  ...more,
});
const good: Graph = {
  name: "good",
  inputs: [{ name: "x", shape: [2, 3] }],
  nodes: [node("a", ["x"]), node("b", ["a", "x"], { shares: "a" })],
  outputs: ["b", "a"],
};

it("gives back the very graph that keeps every rule", () => expect(verify(good)).toBe(good));
it("an output may be an input, and a shape may be empty", () => {
  const graph = { ...good, inputs: [{ name: "x", shape: [] }], nodes: [], outputs: ["x"] };
  expect(verify(graph)).toBe(graph);
});

describe("every broken rule has its sentence", () => {
  const x = { name: "x", shape: [2] };
  it.each<[string, Partial<Graph>]>([
    ["graph: there is no input, got 0; give at least one", { inputs: [] }],
    ["graph: there is no output, got 0; name at least one", { outputs: [] }],
    ['graph: a name must not be empty, got ""; name every input and node', { nodes: [node("", ["x"])] }],
    [
      "graph: a name stands for two things, got a twice; rename one",
      { nodes: [node("a", ["x"]), node("a", ["x"])], outputs: ["a"] },
    ],
    ["graph: a name stands for two things, got x twice; rename one", { inputs: [x, x] }],
    ["graph: a name stands for two things, got x twice; rename one", { nodes: [node("x", ["x"])], outputs: ["x"] }],
    [
      "graph: sizes of input x must be whole numbers from 1, got [2, 0]; correct its shape",
      { inputs: [{ name: "x", shape: [2, 0] }] },
    ],
    [
      "graph: sizes of input x must be whole numbers from 1, got [1.5]; correct its shape",
      { inputs: [{ name: "x", shape: [1.5] }] },
    ],
    [
      "linear: input of a is not an input or an earlier node, got b; define it first",
      { nodes: [node("a", ["b"]), node("b", ["x"])] },
    ],
    ["linear: input of a is not an input or an earlier node, got a; define it first", { nodes: [node("a", ["a"])] }],
    ["linear: input of a is not an input or an earlier node, got ; define it first", { nodes: [node("a", [""])] }],
    ["graph: an output is not an input or a node, got c; name one that exists", { outputs: ["b", "c"] }],
    ["graph: an output is not an input or a node, got ; name one that exists", { outputs: [""] }],
    [
      "linear: b can share weights only with an earlier linear, got c; name one",
      { nodes: [node("a", ["x"]), node("b", ["a"], { shares: "c" })] },
    ],
    [
      "conv2d: b can share weights only with an earlier conv2d, got a; name one",
      { nodes: [node("a", ["x"]), node("b", ["a"], { op: "conv2d", shares: "a" })] },
    ],
    // Who shares owns nothing that could be shared on.
    [
      "linear: c can share weights only with an earlier linear, got b; name one",
      { nodes: [...good.nodes, node("c", ["a"], { shares: "b" })] },
    ],
  ])("%s", (sentence, broken) => {
    expect(() => verify({ ...good, ...broken })).toThrow(new GraphError(sentence));
  });
});
