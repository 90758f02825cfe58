import { expect, test } from "vitest";
import { graph } from "../build/index.js";
import { print } from "../graph/index.js";
import { operate } from "./index.js";

const made = graph({ x: [2] }, ({ x }) => ({ y: x.linear(3, { bias: false }).linear(1, { bias: false }) })).graph;
const weights = {
  "linear_1.weight": Float32Array.of(1, 2, 3, 4, 5, 6),
  "y.weight": Float32Array.of(7, 8, 9),
};

test("values are gathered, and what stands beside them too; the given ones stay", async () => {
  const averages = {
    "linear_1.weight": Float32Array.of(10, 20, 30, 40, 50, 60),
    "y.weight": Float32Array.of(70, 80, 90),
  };
  // Of the rows' worths the second is least.
  const strategy = { utility: ({ name }: { name: string }) => (name === "linear_1" ? [2, 1, 3] : undefined) };
  const cut = await operate({ graph: made, weights, beside: { averages } }, strategy).resize({ linear_1: -1 }).apply();
  expect(cut.weights).toEqual({ "linear_1.weight": Float32Array.of(1, 2, 5, 6), "y.weight": Float32Array.of(7, 9) });
  expect(cut.beside.averages).toEqual({
    "linear_1.weight": Float32Array.of(10, 20, 50, 60),
    "y.weight": Float32Array.of(70, 90),
  });
  expect(cut.report.lineage.get("linear_1")).toEqual([Int32Array.of(0, 2)]);
  expect(weights["y.weight"]).toEqual(Float32Array.of(7, 8, 9));
});

test("new outputs begin as in a new layer, new inputs at 0, new averages at 0", async () => {
  const averages = { "linear_1.weight": new Float32Array(6).fill(1), "y.weight": new Float32Array(3).fill(1) };
  const more = await operate({ graph: made, weights, beside: { averages } }, { seed: 3 })
    .resize({ linear_1: 1 })
    .apply();
  const fresh = [...more.weights!["linear_1.weight"]!.subarray(6)];
  // PyTorch's bound of a linear layer of two inputs: 1 / sqrt(2).
  expect(fresh.every(value => value !== 0 && Math.abs(value) <= Math.SQRT1_2)).toBe(true);
  expect(more.weights!["y.weight"]).toEqual(Float32Array.of(7, 8, 9, 0));
  expect(more.beside.averages!["linear_1.weight"]).toEqual(Float32Array.of(1, 1, 1, 1, 1, 1, 0, 0));
  const again = await operate({ graph: made, weights }, { seed: 3 }).resize({ linear_1: 1 }).apply();
  expect(again.weights).toEqual(more.weights);
});

test("inserting and then removing gives the original back", async () => {
  const added = { name: "new", op: "linear", attrs: { outFeatures: 3 } };
  const back = await operate({ graph: made, weights }).insert("linear_1", added).remove("new").apply();
  expect(print(back.graph)).toBe(print(made));
  expect(back.weights).toEqual(weights);
});

test("a layer of another size is inserted for some of those that read", async () => {
  const two = graph({ x: [2] }, ({ x }) => {
    const a = x.linear(3);
    return { y: a.linear(1), z: a.relu() };
  }).graph;
  const added = { name: "new", op: "linear", attrs: { outFeatures: 5, bias: false }, readers: ["y"] };
  const { graph: done } = await operate(two).insert("linear_1", added).apply();
  expect(print(done)).toMatchInlineSnapshot(`
    "network network
    x = input [2]
    linear_1 = linear(x) outFeatures=3 bias=true
    z = relu(linear_1) inPlace=false
    new = linear(linear_1) outFeatures=5 bias=false
    y = linear(new) outFeatures=1 bias=true
    return y, z"
  `);
});

test("connecting and then disconnecting gives the original back", async () => {
  const joined = graph({ x: [2] }, ({ x }) => {
    const [a, b] = [x.linear(3, { bias: false }), x.linear(2, { bias: false })];
    return { y: a.concat(a).linear(1, { bias: false }), z: b.relu() };
  }).graph;
  const values = {
    "linear_1.weight": new Float32Array(6).fill(1),
    "linear_2.weight": new Float32Array(4).fill(2),
    "y.weight": Float32Array.of(1, 2, 3, 4, 5, 6),
  };
  const there = await operate({ graph: joined, weights: values }).connect("linear_2", "concat_1", { at: 1 }).apply();
  expect(there.weights!["y.weight"]).toEqual(Float32Array.of(1, 2, 3, 0, 0, 4, 5, 6));
  const back = await operate(there).disconnect("linear_2", "concat_1").apply();
  expect(back.weights).toEqual(values);
  const print2 = (one: typeof joined) => print(one).split("\n").sort();
  expect(print2(back.graph)).toEqual(print2(joined));
});

test("an edit that is refused undoes those before it", async () => {
  const edits = operate({ graph: made, weights }).resize({ linear_1: -1 }).resize({ y: 1 });
  await expect(edits.apply()).rejects.toThrow("though output y keeps its own");
  expect(print(made)).toContain("outFeatures=3");
});

test("what a replaced layer has of the first network is told through the edits before", async () => {
  const { report } = await operate({ graph: made, weights })
    .resize({ linear_1: 2 })
    .replace("linear_1", { op: "linear", attrs: { outFeatures: 5, bias: true } })
    .apply();
  // Three of old, two that the resizing added.
  expect(report.lineage.get("linear_1")).toEqual([Int32Array.of(0, 1, 2, -1, -1)]);
});
