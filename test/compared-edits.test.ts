/** The comparison behind the proof of surgery: what is no fault of an edit, and what is one. */
import { expect, test } from "vitest";
import { graph } from "../src/build/index.js";
import type { Graph } from "../src/graph/index.js";
import { type Operation, operate } from "../src/surgery/index.js";
import { initialWeights, type Weights } from "../src/train/index.js";
import { type Compared, compare, type Promised, side } from "./battery/edits/aligned.js";

async function compared(
  net: Graph,
  weights: Weights,
  edit: (operation: Operation) => Operation,
  promised?: Promised,
  wrong: (weights: Weights) => Weights = made => made,
): Promise<Compared> {
  const done = await edit(operate({ graph: net, weights })).apply();
  const [before, after] = [side(net, weights), side(done.graph, wrong(done.weights!))];
  try {
    return await compare(before, after, done.report.lineage, 1, promised);
  } finally {
    await Promise.all([before.release(), after.release()]);
  }
}

test("a new channel below 0 has no root, and what reads it nothing to compare", async () => {
  const { graph: net } = graph({ x: [2] }, ({ x }) => ({ y: x.linear(3).power(0.5).linear(4).relu() }));
  const first = initialWeights(net, 1);
  // The three that there are stay above 0; of a bias, a new one begins between -0.7 and 0.7.
  const weights = { ...first, "linear_1.bias": new Float32Array(3).fill(9) };
  const found = await compared(net, weights, one => one.resize({ linear_1: 8 }));
  // Alone all four are; in their places, the linear and the root.
  expect(found).toMatchObject({ alone: 4, inPlace: 2, outputs: false });
});

test("a norm over a single channel and its copies: what is left of rounding is divided by the root of eps", async () => {
  const { graph: net } = graph({ x: [12, 3] }, ({ x }) => ({ y: x.linear(1).layerNorm({ lastAxes: 1 }) }));
  const found = await compared(net, initialWeights(net, 1), one => one.widen({ linear_1: 6 }, { outputs: "free" }), {
    copies: true,
    preserves: true,
  });
  expect(found).toMatchObject({ alone: 2, inPlace: 1 });
});

test("a weight that is another one is told", async () => {
  const { graph: net } = graph({ x: [3] }, ({ x }) => ({ y: x.linear(4).relu().linear(2) }));
  const other = (made: Weights): Weights => ({
    ...made,
    "linear_1.weight": made["linear_1.weight"]!.map((value, i) => (i === 0 ? value + 0.001 : value)),
  });
  const edit = (one: Operation) => one.resize({ linear_1: -1 });
  const weights = initialWeights(net, 1);
  await expect(compared(net, weights, edit, {}, other)).rejects.toThrow(/^linear_1 alone differs by .*e-4 of/);
  expect(await compared(net, weights, edit)).toMatchObject({ alone: 3, inPlace: 3, amplified: 0, outputs: true });
});

test("of equal inputs one that goes and comes again elsewhere: nobody can say which it was", async () => {
  const { graph: net } = graph({ x: [3] }, ({ x }) => ({ y: x.concat(x, x.tanh()).relu() }));
  const again = (one: Operation) =>
    one.together(all => all.disconnect("x", "concat_1").connect("x", "concat_1", { at: 2 }), { outputs: "free" });
  const found = await compared(net, initialWeights(net, 1), again);
  // Alone the tanh and the relu are; of the concat nothing is said.
  expect(found).toMatchObject({ alone: 2, rewired: 0 });
});
