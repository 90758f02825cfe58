/** Heads of attention that join: whole, in line through the network, and the function kept. */
import { describe, expect, test } from "vitest";
import { expectUnchanged } from "../../test/battery/masked.js";
import { randomInputs } from "../../test/battery/random-network.js";
import { graph } from "../build/index.js";
import type { Graph } from "../graph/index.js";
import { analyse } from "../op/index.js";
import { deriveSeed, random } from "../random.js";
import { initialWeights } from "../train/index.js";
import { operate } from "./index.js";

/** Values of which no two are alike, biases too. */
function drawn(net: Graph) {
  const source = random(deriveSeed("heads", net.name));
  return Object.fromEntries(
    Object.entries(initialWeights(net, 1)).map(([name, values]) => [
      name,
      values.map(one => one + 0.3 * source.float()),
    ]),
  );
}
const shapeOf = (net: Graph, name: string) => analyse(net).shapes.get(name);
const headsOf = (net: Graph, name: string) => net.nodes.find(node => node.name === name)?.attrs.heads;

/** Two heads of three features, in a stream that is added to and read by a layer of its own. */
const stream = graph({ x: [5, 4] }, ({ x }) => {
  const before = x.linear(6);
  const after = before.multiHeadAttention(2).add(before);
  return { y: after.linear(7).relu().linear(6).add(after).linear(3) };
}).graph;
/** Heads of two sizes in one stream: four of two features, two of four. */
const sizes = graph({ x: [5, 4] }, ({ x }) => ({
  y: x.linear(8).multiHeadAttention(4).multiHeadAttention(2, { causal: true }).linear(3),
})).graph;
/** What is attended to comes of another layer, and the stream stands twice beside itself. */
const others = graph({ x: [5, 4], z: [7, 2] }, ({ x, z }) => {
  const keys = z.linear(6);
  const seen = x.linear(6).multiHeadAttention(keys, keys, 3);
  return { y: seen.concat(seen, { axis: 1 }).flatten().linear(3) };
}).graph;

describe("heads join", () => {
  test.each([
    ["a stream", stream, "multiHeadAttention_1", 3, 9, { multiHeadAttention_1: 3 }],
    ["heads of two sizes", sizes, "multiHeadAttention_1", 4, 12, { multiHeadAttention_1: 6, multiHeadAttention_2: 3 }],
    ["keys of another layer", others, "multiHeadAttention_1", 4, 10, { multiHeadAttention_1: 5 }],
  ] as const)("%s: whole, behind the others, and every output stays", async (_, net, name, more, features, heads) => {
    const weights = drawn(net);
    const done = await operate({ graph: net, weights })
      .resize({ [name]: more })
      .apply();
    expect(shapeOf(done.graph, name)).toEqual([5, features]);
    for (const [one, count] of Object.entries(heads)) expect(headsOf(done.graph, one)).toBe(count);
    const old = shapeOf(net, name)![1]!;
    const places = Array.from({ length: features }, (_, i) => (i < old ? i : -1));
    expect([...done.report.lineage.get(name)![1]!]).toEqual(places);
    await expectUnchanged(net, weights, done, randomInputs(net, 2, 3), name);
    // What is new learns from the first step on: its rows are drawn, and only what reads it begins at 0.
    const made = done.weights![`${name}.inProjWeight`]!;
    const [width, first] = [features, old];
    const rows = Array.from({ length: features - first }, (_, i) =>
      made.subarray((first + i) * width, (first + i + 1) * width),
    );
    expect(rows.every(row => row.some(value => value !== 0))).toBe(true);
  });

  test("not in parts: a size between is relaxed to a whole head, or refused", async () => {
    const done = await operate(stream).resize({ multiHeadAttention_1: 2 }).apply();
    expect(shapeOf(done.graph, "multiHeadAttention_1")).toEqual([5, 9]);
    expect(done.report.steps[0]!.relaxed).toEqual(["multiHeadAttention_1"]);
    await expect(operate(stream).resize({ multiHeadAttention_1: 2 }, { fallback: "refuse" }).apply()).rejects.toThrow(
      "resize multiHeadAttention_1 +2: this cannot all be, got multiHeadAttention_1 is to have 8 channels",
    );
  });

  test("and go again: what is left is what there was", async () => {
    const weights = drawn(stream);
    const grown = await operate({ graph: stream, weights }).resize({ multiHeadAttention_1: 6 }).apply();
    expect(headsOf(grown.graph, "multiHeadAttention_1")).toBe(4);
    const back = await operate(grown)
      .align({ without: { multiHeadAttention_1: [6, 9] }, join: 0 })
      .apply();
    expect(back.graph).toEqual(stream);
    expect(back.weights).toEqual(weights);
  });

  test("grow and widen take whole heads, too, and keep the function", async () => {
    const weights = drawn(stream);
    for (const done of [
      await operate({ graph: stream, weights }).grow({ times: 2 }).apply(),
      await operate({ graph: stream, weights }).widen({ multiHeadAttention_1: 3 }).apply(),
    ]) {
      expect(Number(headsOf(done.graph, "multiHeadAttention_1"))).toBeGreaterThan(2);
      await expectUnchanged(stream, weights, done, randomInputs(stream, 2, 5), done.report.steps[0]!.edit);
    }
  });
});

test("what is connected before heads is whole heads, in the middle too, or is refused", async () => {
  const net = graph({ x: [5, 3] }, ({ x }) => {
    const more = x.linear(4);
    return { y: x.linear(8).concat(x.linear(8), { axis: 1 }).multiHeadAttention(4).linear(2), more };
  }).graph;
  const weights = initialWeights(net, 1);
  const done = await operate({ graph: net, weights }).connect("more", "concat_1", { at: 1 }).apply();
  const { op, attrs } = done.graph.nodes.find(({ name }) => name === "multiHeadAttention_1")!;
  expect([op, attrs.heads]).toEqual(["multiHeadAttention", 5]);
  const places = [0, 1, 2, 3, 4, 5, 6, 7, -1, -1, -1, -1, 8, 9, 10, 11, 12, 13, 14, 15];
  expect([...done.report.lineage.get("multiHeadAttention_1")![1]!]).toEqual(places);
  await expectUnchanged(net, weights, done, randomInputs(net, 2, 1), "connected");
  // The first head has channels of both.
  const torn = graph({ x: [5, 3] }, ({ x }) => {
    const more = x.linear(4);
    return { y: x.linear(2).concat(x.linear(6), { axis: 1 }).multiHeadAttention(2).linear(2), more };
  }).graph;
  await expect(operate(torn).connect("more", "concat_1", { at: 1 }).apply()).rejects.toThrow(
    "connect more to concat_1: what reads concat_1 ties its channels in groups, got 2 for 8 places; connect it where they are read one by one",
  );
});
