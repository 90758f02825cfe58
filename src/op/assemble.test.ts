import { expect, it } from "vitest";
import { GraphError, print } from "../graph/index.js";
import "../ops/index.js";
import { ShapeMismatch } from "../shape/index.js";
import { analyse } from "./analyse.js";
import { assemble } from "./assemble.js";

it("names nodes by their op with a number, steps over names that are taken, and knows shapes at once", () => {
  const a = assemble("net");
  const x = a.input("x", [2, 3]);
  expect(a.node("tanh", [x], {}, { name: "relu_1" })).toBe("relu_1");
  expect(a.node("relu", [x])).toBe("relu_2");
  expect(a.node("relu", ["relu_2"])).toBe("relu_3");
  expect(a.node("flatten", ["relu_3"])).toBe("flatten_1");
  expect(a.shape("flatten_1")).toEqual([6]);
  expect(print(a.finish("flatten_1"))).toBe(
    [
      "network net",
      "x = input [2, 3]",
      "relu_1 = tanh(x) inPlace=false",
      "relu_2 = relu(x) inPlace=false",
      "relu_3 = relu(relu_2) inPlace=false",
      "flatten_1 = flatten(relu_3)",
      "return flatten_1",
    ].join("\n"),
  );
});

it("freezes what it finishes, and has analysed it", () => {
  const a = assemble("net");
  const graph = a.finish(a.node("linear", [a.input("x", [2])], { outFeatures: 3 }));
  expect(Object.isFrozen(graph.nodes[0]!.attrs)).toBe(true);
  expect(analyse(graph).placed[0]!.site.output).toEqual([3]);
});

it("refuses at the guilty call", () => {
  const a = assemble("net");
  const x = a.input("x", [2]);
  a.node("linear", [x], { outFeatures: 3 }, { name: "l" });
  expect(() => a.node("linear", [x], { outFeatures: 3 }, { name: "l" })).toThrow(
    new GraphError("graph: a name stands for two things, got l twice; rename one"),
  );
  expect(() => a.input("l", [2])).toThrow(
    new GraphError("graph: a name stands for two things, got l twice; rename one"),
  );
  expect(() => a.node("relu", ["nowhere"], {}, { name: "r" })).toThrow(
    new GraphError("relu: input of r is not an input or an earlier node, got nowhere; define it first"),
  );
  expect(() => a.node("add", [x, "l"])).toThrow(
    new ShapeMismatch("add: shapes must be equal, got [2] and [3]; bring them to one shape first"),
  );
  expect(() => a.finish("gone")).toThrow(
    new GraphError("graph: an output is not an input or a node, got gone; name one that exists"),
  );
});

it("goes on after it has finished, and leaves the lists that it was given alone", () => {
  const a = assemble("net");
  const [shape, from] = [[2], ["x"]];
  a.input("x", shape);
  const short = a.finish(a.node("relu", from));
  a.input("y", [2]);
  const long = a.finish(a.node("add", ["relu_1", "y"]));
  expect([short.nodes.length, long.nodes.length, short.inputs.length, long.inputs.length]).toEqual([1, 2, 1, 2]);
  expect(Object.isFrozen(shape) || Object.isFrozen(from)).toBe(false);
});

it("is unharmed by a call that was refused", () => {
  const a = assemble("net");
  const x = a.input("x", [2]);
  expect(() => a.input("x", [5])).toThrow(GraphError);
  expect(() => a.node("relu", [x], {}, { name: "x" })).toThrow(GraphError);
  const graph = a.finish(a.node("relu", [x]));
  expect(graph.inputs).toEqual([{ name: "x", shape: [2] }]);
  expect(graph.nodes.map(node => node.name)).toEqual(["relu_1"]);
});

it("checks shared weights when it finishes", () => {
  const a = assemble("net");
  const owner = a.node("linear", [a.input("x", [2])], { outFeatures: 3 }, { name: "owner" });
  const other = a.node("linear", [owner], { outFeatures: 3 }, { name: "other", shares: "owner" });
  expect(() => a.finish(other)).toThrow(
    new GraphError(
      "linear: other cannot share weight with owner, got [3, 3] and [3, 2]; give it an input of the same shape",
    ),
  );
});
