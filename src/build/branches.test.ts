import { describe, expect, it } from "vitest";
import { blockAlone, blockBehind, outline } from "../../test/battery/blocks.js";
import { checkNetwork } from "../../test/battery/network-gradients.js";
import { analyse, type Layer } from "../op/index.js";
import type { Shape } from "../shape/index.js";
import { Branches } from "./branches.js";
import { Conv1d, Conv2d, graph, Identity, Linear, ReLU, Sequential, Tanh } from "./index.js";

describe("nodes", () => {
  it("stand side by side, joined along the channels unless told", () => {
    const fire = Sequential(
      Conv2d(2, 1),
      Branches(Sequential(Conv2d(3, 1), ReLU()), Sequential(Conv2d(4, 3, { padding: 1 }), ReLU())),
    );
    expect(outline(blockAlone(fire, [5, 4, 4]))).toEqual([
      "block.0 = conv2d(x)",
      "block.1.0.0 = conv2d(block.0)",
      "block.1.0.1 = relu(block.1.0.0)",
      "block.1.1.0 = conv2d(block.0)",
      "block.1.1.1 = relu(block.1.1.0)",
      "block.1.concat = concat(block.1.0.1, block.1.1.1)",
    ]);
  });
  it("are merged two at a time by an op of two tensors", () => {
    expect(outline(blockAlone(Branches(ReLU(), Tanh(), Identity(), { merge: "multiply" }), [3]))).toEqual([
      "block.0 = relu(x)",
      "block.1 = tanh(x)",
      "block.2 = identity(x)",
      "block.multiply_1 = multiply(block.0, block.1)",
      "block.multiply = multiply(block.multiply_1, block.2)",
    ]);
  });
  it("share the weights of a layer that stands in two branches", () => {
    const layer = Linear(3);
    const twice = Branches(layer, Sequential(layer, ReLU()), { merge: "add" });
    const made = graph({ x: [3] }, ({ x }) => x.pipe(twice).pipe(twice)).graph;
    expect(made.nodes.map(({ name, shares }) => (shares ? `${name} shares ${shares}` : name))).toEqual([
      "branches_1.0",
      "branches_1.1.0 shares branches_1.0",
      "branches_1.1.1",
      "branches_1.add",
      "branches_2.0 shares branches_1.0",
      "branches_2.1.0 shares branches_1.0",
      "branches_2.1.1",
      "branches_2.add",
    ]);
  });
});

describe.each<[string, Layer, Shape]>([
  ["concat", Branches(Conv1d(2, 1), Conv1d(3, 3, { padding: 1 })), [5, 4]],
  ["concat along the last axis", Branches(Conv1d(3, 1), Conv1d(3, 2), { merge: "concat", axis: -1 }), [3, 7]],
  ["stack", Branches(Tanh(), Conv1d(3, 1), { merge: "stack", axis: 1 }), [3, 2, 4]],
  ["add", Branches(Tanh(), Identity(), Conv1d(3, 1), { merge: "add" }), [3, 4]],
  ["subtract", Branches(Tanh(), Conv1d(3, 1), { merge: "subtract" }), [3, 4]],
  ["multiply", Branches(Tanh(), Conv1d(3, 1), Conv1d(1, 1), { merge: "multiply" }), [3, 4]],
  ["maximum", Branches(Tanh(), Conv1d(3, 1), { merge: "maximum" }), [3, 4]],
])("%s", (_, block, output) => {
  it("has its shape and its gradients", async () => {
    const made = blockBehind(Conv1d(3, 1), block, [2, 4]);
    expect(analyse(made).shapes.get(made.outputs[0]!)).toEqual(output);
    await checkNetwork(made, { bends: true });
  });
});

describe("refusals", () => {
  it.each<[string, () => unknown]>([
    [
      "concat: shapes must be equal but for axis 0, got [2, 4, 4] and [2, 3, 3]; bring them to one size first",
      () => blockAlone(Branches(Conv2d(2, 1), Conv2d(2, 2)), [5, 4, 4]),
    ],
    [
      "add: shapes must be equal, got [3] and [4]; bring them to one shape first",
      () => blockAlone(Branches(Linear(3), Linear(4), { merge: "add" }), [3]),
    ],
    [
      "multiply: axes must be equally many, of equal size or 1, got [3] and [4]; reshape one first",
      () => blockAlone(Branches(Linear(3), Linear(1), Linear(4), { merge: "multiply" }), [3]),
    ],
    ["branches: there must be at least 2 layers, got 1; give more", () => Branches(Linear(3))],
    ["branches: there must be at least 2 layers, got 0; give more", () => Branches({ merge: "add" })],
    [
      "branches: merge must take several tensors, got relu; give e.g. concat or add",
      () => Branches(Linear(3), Linear(3), { merge: "relu" as "add" }),
    ],
    [
      "add: there is no such attribute, got axis; known are inPlace",
      () => Branches(Linear(3), Linear(3), { merge: "add" as "concat", axis: 1 }),
    ],
    [
      "concat: axis must be a whole number, got 0.5; give 0 for the first or -1 for the last axis",
      () => Branches(Linear(3), Linear(3), { merge: "concat", axis: 0.5 }),
    ],
  ])("%s", (sentence, make) => expect(make).toThrow(sentence));
});
