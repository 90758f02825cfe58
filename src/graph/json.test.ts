import { describe, expect, it } from "vitest";
import { GraphError } from "./graph.js";
import { graphFromJson } from "./json.js";

const good = {
  name: "net",
  inputs: [{ name: "x", shape: [1, 6, 6] }],
  nodes: [
    { name: "c", op: "conv2d", inputs: ["x"], attrs: { outChannels: 2, kernelSize: 3 } },
    { name: "d", op: "relu", inputs: ["c"] },
  ],
  outputs: ["d"],
};
const withNode = (change: object) => ({ ...good, nodes: [{ ...good.nodes[0], ...change }, good.nodes[1]] });

it("reads a graph, frozen to the last list, attributes left out as none", () => {
  const graph = graphFromJson(good);
  expect(graph).toEqual({ ...good, nodes: [good.nodes[0], { ...good.nodes[1], attrs: {} }] });
  for (const part of [graph, graph.nodes, graph.nodes[0], graph.nodes[0]!.attrs, graph.inputs[0]!.shape])
    expect(Object.isFrozen(part)).toBe(true);
});

describe("refuses what is not a graph", () => {
  it("whose lists stand too deep in one another", () => {
    let list: unknown = 1;
    for (let i = 0; i < 100_000; i++) list = [list];
    expect(() => graphFromJson(withNode({ attrs: { shape: list } }))).toThrow(
      'graph: nodes.0.attrs.shape is not as expected, got "..."; Invalid input',
    );
  });

  it.each<[unknown, string]>([
    [null, "graph: the graph is not as expected, got null; give an object"],
    [
      { ...good, inputs: [{ name: "x", shape: [1, "6", 6] }] },
      'graph: inputs.0.shape.1 is not as expected, got "6"; give a number',
    ],
    [{ ...good, outputs: undefined }, "graph: outputs is not as expected, got nothing; give an array"],
    [withNode({ op: 5 }), "graph: nodes.0.op is not as expected, got 5; give a string"],
    [
      withNode({ attrs: { outChannels: null } }),
      "graph: nodes.0.attrs.outChannels is not as expected, got null; Invalid input",
    ],
    [withNode({ inputs: ["y"] }), "conv2d: input of c is not an input or an earlier node, got y; define it first"],
    [
      { ...good, inputs: [{ name: "x", shape: [1, -6, 6] }] },
      "graph: sizes of input x must be whole numbers from 1, got [1, -6, 6]; correct its shape",
    ],
  ])("%j", (value, sentence) => {
    expect(() => graphFromJson(value)).toThrow(new GraphError(sentence));
  });
  it("and says which field is too many, showing the beginning", () => {
    expect(() => graphFromJson(withNode({ colour: "red" }))).toThrow(
      'graph: nodes.0 is not as expected, got {"name":"c","op":"conv2d","inputs":["x"],"attrs":{"outCha...; Unrecognized key: "colour"',
    );
  });
});
