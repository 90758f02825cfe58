/** What chains of random edits found: each a network in which channels stood at the wrong place, or gave something else. */
import { expect, test } from "vitest";
import { expectMasked, expectUnchanged } from "../../test/battery/masked.js";
import { randomInputs } from "../../test/battery/random-network.js";
import { graph } from "../build/index.js";
import { type Graph, verify } from "../graph/index.js";
import { analyse } from "../op/index.js";
import { initialWeights } from "../train/index.js";
import { type Operation, operate } from "./index.js";

const refusal = (net: Graph, edit: (operation: Operation) => Operation): Promise<string> =>
  edit(operate(net))
    .apply()
    .then(
      () => "done",
      (error: Error) => error.message,
    );

test("widen before a transposed depthwise convolution, which weighs every channel alone", async () => {
  const net = graph({ x: [2, 5, 5] }, ({ x }) => ({
    y: x.conv2d(4, 3).convTranspose2d(4, 2, { groups: 4 }).flatten().linear(3),
  })).graph;
  const weights = initialWeights(net, 1);
  const done = await operate({ graph: net, weights }).widen({ conv2d_1: 3 }).apply();
  await expectUnchanged(net, weights, done, randomInputs(net, 2, 1), "widened");
});

test("the product of two activations: one more that is summed over would change it", async () => {
  const net = graph({ x: [3, 4] }, ({ x }) => ({ y: x.linear(5).matmul(x.linear(5).transpose(0, 1)) })).graph;
  expect(await refusal(net, one => one.resize({ linear_1: 2 }))).toBe(
    "resize linear_1 +2: this cannot all be, got linear_1 is to have more channels than 5; ask for less",
  );
  // Fewer it may have, in both.
  const { graph: less } = await operate(net).resize({ linear_1: -2 }).apply();
  expect(["linear_1", "linear_2"].map(name => analyse(less).shapes.get(name))).toEqual([
    [3, 3],
    [3, 3],
  ]);
});

test("classes in an order that would take those of one layer for those of another", async () => {
  const net = graph({ x: [3] }, ({ x }) => ({ y: x.linear(2).concat(x.linear(2)) })).graph;
  expect(await refusal(net, one => one.classes([2, 1, 3, 0]))).toBe(
    "classes 2, 1, 3, 0: linear_1 makes some of these classes, got places that others make between them; keep those of each layer at its places",
  );
  expect(await refusal(net, one => one.classes([1, 0, 3]))).toBe("done");
});

test("classes of an output that passes on what is another output", async () => {
  const net = graph({ x: [3] }, ({ x }) => {
    const logits = x.linear(4);
    return { logits, shares: logits.softmax() };
  }).graph;
  const shares = net.outputs[1]!;
  expect(await refusal(net, one => one.classes([2, 0], { output: shares }))).toMatch(
    /^classes 2, 0: the classes of shares cannot change/,
  );
});

test("layers of shared weights whose inputs have axes of other numbers", async () => {
  const net = graph({ x: [4] }, ({ x }) => {
    const made = x.linear(6);
    const nodes = made.unflatten(0, [1, 6]).squeeze(0);
    return { y: nodes.linear(3), z: made.unflatten(0, [1, 6]).linear(3) };
  }).graph;
  const shared = {
    ...net,
    nodes: net.nodes.map(node => (node.name === "z" ? { ...node, shares: "y" } : node)),
  };
  const done = await operate(shared).resize({ linear_1: -2 }).apply();
  verify(done.graph);
  expect(
    analyse(done.graph)
      .placed.map(({ weights }) => weights[0]?.shape ?? null)
      .filter(Boolean),
  ).toEqual([
    [4, 4],
    [3, 4],
    [3, 4],
  ]);
});

test("connecting to what a convolution reads in groups", async () => {
  const net = graph({ x: [4, 3, 3] }, ({ x }) => {
    const a = x.relu();
    return { y: a.concat(x).conv2d(4, 1, { groups: 2 }) };
  }).graph;
  expect(await refusal(net, one => one.connect("relu_1", "concat_1"))).toBe(
    "connect relu_1 to concat_1: what reads concat_1 ties its channels in groups, got 4 for 8 places; connect it where they are read one by one",
  );
});

const stacked = (size: number) =>
  graph({ x: [3] }, ({ x }) => ({ y: x.linear(size).stack(x.linear(size)).flatten().linear(2) })).graph;

test("a stack of layers: their channels go together, place by place", async () => {
  const [net, single] = [stacked(4), stacked(1)];
  const weights = initialWeights(net, 1);
  const more = await operate({ graph: net, weights }).widen({ linear_1: 2 }).apply();
  const shapes = analyse(more.graph).shapes;
  expect(["linear_1", "linear_2", "stack_1"].map(name => shapes.get(name))).toEqual([[6], [6], [2, 6]]);
  await expectUnchanged(net, weights, more, randomInputs(net, 2, 1), "widened");
  expect(await refusal(single, one => one.widen({ linear_1: 2 }))).toBe(
    "widen linear_1 +2: its channels are held, got flatten_1 (flatten); widen what stands before it",
  );
});

test("rows that two reshapes make of columns, and a third takes together again", async () => {
  const net = graph({ x: [4, 4] }, ({ x }) => ({
    y: x.linear(8).reshape([32, 1]).linear(2).reshape([64, 1]).linear(2).reshape([4, 8, 2, 2]),
  })).graph;
  const weights = initialWeights(net, 1);
  const cut = await operate({ graph: net, weights }, { outputs: "free" }).resize({ linear_1: -3 }).apply();
  expect(analyse(cut.graph).shapes.get("y")).toEqual([4, 5, 2, 2]);
  expect(await expectMasked(net, weights, cut, randomInputs(net, 2, 1), "cut")).toBe(true);
});

test("what is connected along one axis leaves the other as it is, and no channel of it can go", async () => {
  const net = graph({ x: [6, 2] }, ({ x }) => {
    const a = x.tanh();
    return { y: a.concat(x, { axis: 1 }).relu().linear(3) };
  }).graph;
  const strategy = { outputs: "free" } as const;
  const without = { relu_1: [0] };
  for (const edit of [
    operate(net, { ...strategy, without }).connect("x", "concat_1"),
    operate(net, { ...strategy, without }).disconnect("tanh_1", "concat_1"),
  ]) {
    await expect(edit.apply()).rejects.toThrow(
      "without: relu_1 keeps its channel 0, got one that input x holds; leave it, or name another layer",
    );
  }
  const more = await operate(net, strategy).connect("x", "concat_1").apply();
  expect(more.graph.nodes.find(({ name }) => name === "concat_1")?.inputs).toEqual(["tanh_1", "x", "x"]);
  expect(more.report.lineage.get("relu_1")!.map(axis => [...axis])).toEqual([
    [0, 1, 2, 3, 4, 5],
    [0, 1, 2, 3, -1, -1],
  ]);
  const fewer = await operate(net, strategy).disconnect("tanh_1", "concat_1").apply();
  expect(fewer.report.lineage.get("relu_1")!.map(axis => [...axis])).toEqual([
    [0, 1, 2, 3, 4, 5],
    [2, 3],
  ]);
});

test("a layer that is gone, connected to what joins", async () => {
  const net = graph({ x: [6] }, ({ x }) => ({ y: x.concat(x.relu()).linear(2) })).graph;
  expect(await refusal(net, one => one.remove("relu_1").connect("relu_1", "concat_1"))).toBe(
    "connect relu_1 to concat_1: there is no layer of that name, got relu_1; known are x, concat_1, y",
  );
});

test("one layer more on a stack: one place more along its own axis", async () => {
  const net = graph({ x: [3] }, ({ x }) => {
    const more = x.linear(4);
    return { y: x.linear(4).stack(x.linear(4)).flatten().linear(2), more };
  }).graph;
  const weights = initialWeights(net, 1);
  const done = await operate({ graph: net, weights }).connect("more", "stack_1").apply();
  expect(analyse(done.graph).shapes.get("stack_1")).toEqual([3, 4]);
  await expectUnchanged(net, weights, done, randomInputs(net, 2, 1), "connected");
});

test("places that came in pairs, taken in another order", async () => {
  const net = graph({ x: [2, 3] }, ({ x }) => ({
    y: x.linear(4).permute([1, 0]).reshape([8, 1]).gather([3, 2, 2, 1, 4, 5, 4, 5], { axis: 0 }),
  })).graph;
  const weights = initialWeights(net, 1);
  // The first channel's places are 0 and 1, of which 1 is the fourth that is taken.
  const cut = await operate({ graph: net, weights }, { outputs: "free", without: { linear_1: [0] } })
    .align()
    .apply();
  expect(await expectMasked(net, weights, cut, randomInputs(net, 2, 1), "cut")).toBe(true);
});

test("classes of an output that is normalised in groups", async () => {
  const net = graph({ x: [3] }, ({ x }) => ({ y: x.linear(8).groupNorm(2, { affine: false }) })).graph;
  expect(await refusal(net, one => one.classes([2, 5, 1, 6, 7, 4, 3, 0]))).toBe(
    "classes 2, 5, 1, 6, 7, 4, 3, 0: y does not make every class by itself, got 4 channels for 8 classes; choose a layer that does",
  );
});

test("what a parameter reads only to count samples may grow", async () => {
  const net = graph({ x: [3] }, ({ x }) => {
    const made = x.linear(4);
    return { y: made.parameter([4]).add(made).linear(2) };
  }).graph;
  const weights = initialWeights(net, 1);
  const done = await operate({ graph: net, weights }).resize({ linear_1: 2 }).apply();
  expect(analyse(done.graph).shapes.get("parameter_1")).toEqual([6]);
  await expectUnchanged(net, weights, done, randomInputs(net, 2, 1), "grown");
});
