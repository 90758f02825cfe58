import { describe, expect, it } from "vitest";
import { checkNetwork, networkFeeds, networkSession } from "../../test/battery/network-gradients.js";
import { lineAndVolume, mlp, residual, shared } from "../../test/battery/networks.js";
import { onnxBuilder } from "../formats/onnx/index.js";
import { assemble, none, op } from "../op/index.js";
import { relu } from "../ops/index.js";
import { backwardPass, forwardPass, TrainError } from "./pass.js";

describe("gradients of whole networks", () => {
  it.each([
    [mlp, {}],
    [lineAndVolume, { bends: true }],
    [shared, {}],
    [residual("tanh"), { bends: true }],
  ])("$name", async (graph, options) => {
    await checkNetwork(graph, options);
  });
});

describe("a tensor that several nodes read", () => {
  const wide = { outFeatures: 3 };

  it("collects the gradients of all of them", async () => {
    const a = assemble("twice");
    const stem = a.node("linear", [a.input("x", [4])], wide);
    const sum = a.node("add", [a.node("tanh", [stem]), a.node("sigmoid", [stem]), stem]);
    await checkNetwork(a.finish(sum));
  });
  it("counts twice in a sum with itself", async () => {
    const a = assemble("double");
    const stem = a.node("linear", [a.input("x", [4])], wide);
    await checkNetwork(a.finish(a.node("add", [stem, stem])));
  });
  it("gets every part's gradient where it is joined with itself", async () => {
    const a = assemble("joined");
    const stem = a.node("linear", [a.input("x", [4])], wide);
    await checkNetwork(a.finish(a.node("concat", [stem, a.node("tanh", [stem]), stem])));
  });
  it("may be an input of the network beside one that learns", async () => {
    const a = assemble("inputs");
    const [x, z] = [a.input("x", [3]), a.input("z", [3])];
    const stem = a.node("linear", [x], wide);
    await checkNetwork(a.finish(a.node("linear", [a.node("concat", [z, stem, x])], { outFeatures: 2 })));
  });
});

describe("shared weights", () => {
  it("get the sum of the gradients of their places", async () => {
    const a = assemble("shared");
    const first = a.node("linear", [a.input("x", [3])], { outFeatures: 3 }, { name: "owner" });
    const second = a.node("linear", [a.node("tanh", [first])], { outFeatures: 3 }, { shares: "owner" });
    const gradients = await checkNetwork(a.finish(second));
    expect(Object.keys(gradients)).toEqual(["y", "d/owner.weight", "d/owner.bias"]);
  });
});

it("a parameter that the output does not depend on has gradient 0", async () => {
  const a = assemble("idle");
  const x = a.input("x", [3]);
  a.node("linear", [x], { outFeatures: 2 }, { name: "idle" });
  const used = a.node("linear", [x], { outFeatures: 2 }, { name: "used" });
  const gradients = await checkNetwork(a.finish(used));
  expect(gradients["d/idle.weight"]!.every(value => value === 0)).toBe(true);
  expect(gradients["d/idle.bias"]!.every(value => value === 0)).toBe(true);
  expect(gradients["d/used.weight"]!.some(value => value !== 0)).toBe(true);
});

it("lowers no gradient before the first node that learns", async () => {
  const a = assemble("late");
  const images = a.node("maxPool2d", [a.node("relu", [a.input("x", [1, 4, 4])])], { kernelSize: 2 });
  const graph = a.finish(a.node("linear", [a.node("flatten", [images])], { outFeatures: 2 }));
  const emit = onnxBuilder();
  const pass = forwardPass(emit, graph, new Map([["x", "x"]]), { weight: name => name, training: true, seed: 0 });
  const before = emit.graph("forward", [], []).node.length;
  backwardPass(emit, graph, pass, { gradients: [[graph.outputs[0]!, "dy"]], weight: name => name });
  // The two of linear's own: weight and bias.
  const added = emit.graph("all", [], []).node.slice(before);
  expect(added.map(node => node.opType)).toEqual(["Gemm", "ReduceSum"]);
});

it("an op without a gradient says why, and only where one is needed", () => {
  const sign = op({ ...relu, name: "signForThisTest", backward: none("leave it out") });
  const a = assemble("sign");
  const x = a.node(sign.name, [a.input("x", [2])]);
  const learns = a.node("linear", [x], { outFeatures: 2 });
  const lower = (graph: Parameters<typeof backwardPass>[1]) => {
    const emit = onnxBuilder();
    const pass = forwardPass(emit, graph, new Map([["x", "x"]]), { weight: name => name, training: true, seed: 0 });
    return backwardPass(emit, graph, pass, { gradients: [[graph.outputs[0]!, "dy"]], weight: name => name });
  };
  expect([...lower(a.finish(learns)).keys()]).toEqual(["linear_1.weight", "linear_1.bias"]);
  const behind = a.node(sign.name, [learns], {}, { name: "last" });
  expect(() => lower(a.finish(behind))).toThrow(
    new TrainError("signForThisTest: it has no gradient, got last in a network to train; leave it out"),
  );
});

it("no gradient is lost in places", () => {
  const a = assemble("places");
  const scores = a.node("linear", [a.input("x", [4])], { outFeatures: 3 }, { name: "scores" });
  const graph = a.finish(a.node("embedding", [scores], { count: 5, features: 2 }));
  const emit = onnxBuilder();
  const pass = forwardPass(emit, graph, new Map([["x", "x"]]), { weight: name => name, training: true, seed: 0 });
  const lower = (learns: (name: string) => boolean) =>
    backwardPass(emit, graph, pass, { gradients: [[graph.outputs[0]!, "dy"]], weight: name => name, learns });
  expect(() => lower(() => true)).toThrow(
    new TrainError(
      "embedding: its input holds places, which have no gradient, got scores in need of one; freeze what learns before it",
    ),
  );
  expect([...lower(name => !name.startsWith("scores")).keys()]).toEqual(["embedding_1.weight"]);
});

it("dropout draws anew in a network too, by the seed of its node", async () => {
  const a = assemble("drops");
  const stem = a.node("linear", [a.input("x", [6])], { outFeatures: 60 });
  const graph = a.finish(a.node("concat", [a.node("dropout", [stem]), a.node("dropout", [stem])]));
  const session = await networkSession(graph, 2, false);
  const { y } = await session.run(networkFeeds(graph, 2));
  await session.release();
  const zeros = (from: number) => Array.from(y!.subarray(from, from + 60), value => value === 0);
  expect(zeros(0)).not.toEqual(zeros(60));
});
