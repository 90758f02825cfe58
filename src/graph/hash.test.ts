import { describe, expect, it } from "vitest";
import type { Graph, Node } from "./graph.js";
import { fingerprint, hash } from "./hash.js";

const [first, second, third]: Node[] = [
  { name: "a", op: "linear", inputs: ["x"], attrs: { outFeatures: 3, bias: true } },
  { name: "b", op: "linear", inputs: ["a"], attrs: { outFeatures: 3, bias: true } },
  { name: "c", op: "add", inputs: ["a", "b"], attrs: {} },
] as const;
const graph: Graph = {
  name: "net",
  inputs: [{ name: "x", shape: [3] }],
  nodes: [first!, second!, third!],
  outputs: ["c"],
};
const changed = (index: number, change: Partial<Node>): Graph => ({
  ...graph,
  nodes: graph.nodes.map((node, i) => (i === index ? { ...node, ...change } : node)),
});

it("is 64 hexadecimal digits, the same every time", () => {
  expect(hash(graph)).toMatch(/^[0-9a-f]{64}$/);
  expect(hash(structuredClone(graph))).toBe(hash(graph));
});

describe("does not change with", () => {
  it("the names of the graph, its inputs and its nodes", () => {
    const names: Record<string, string> = { x: "image", a: "fc1", b: "fc2", c: "sum" };
    const renamed: Graph = {
      name: "other",
      inputs: [{ name: "image", shape: [3] }],
      nodes: graph.nodes.map(node => ({
        ...node,
        name: names[node.name]!,
        inputs: node.inputs.map(input => names[input]!),
      })),
      outputs: ["sum"],
    };
    expect(fingerprint(renamed)).toBe(fingerprint(graph));
    expect(hash(renamed)).toBe(hash(graph));
  });
  it("the order of attributes", () => {
    expect(hash(changed(0, { attrs: { bias: true, outFeatures: 3 } }))).toBe(hash(graph));
  });
});

describe("changes with", () => {
  it.each<[string, Graph]>([
    ["the shape of an input", { ...graph, inputs: [{ name: "x", shape: [3, 1] }] }],
    ["another input", { ...graph, inputs: [...graph.inputs, { name: "y", shape: [1] }] }],
    ["an op", changed(1, { op: "other" })],
    ["an attribute's value", changed(1, { attrs: { outFeatures: 3, bias: false } })],
    ["an attribute left out", changed(1, { attrs: { outFeatures: 3 } })],
    ["an attribute's kind", changed(1, { attrs: { outFeatures: "3", bias: true } })],
    ["the wiring", changed(1, { inputs: ["x"] })],
    ["the order of inputs", changed(2, { inputs: ["b", "a"] })],
    ["weights that are shared", changed(1, { shares: "a" })],
    ["the output", { ...graph, outputs: ["b"] }],
    ["the order of outputs", { ...graph, outputs: ["c", "b"] }],
    ["a node left out", { ...graph, nodes: graph.nodes.slice(0, 2), outputs: ["b"] }],
  ])("%s", (_, other) => {
    expect(fingerprint(other)).not.toBe(fingerprint(graph));
    expect(hash(other)).not.toBe(hash(graph));
  });
  it("the order of outputs among each other", () => {
    expect(hash({ ...graph, outputs: ["b", "c"] })).not.toBe(hash({ ...graph, outputs: ["c", "b"] }));
  });
});
