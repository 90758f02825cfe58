/** Every op under the browser's runtime: forward and backward passes of random networks, beside the native runtime. */
import { expect, test } from "vitest";
import { type Graph, print } from "../src/graph/index.js";
import { allOps, analyse, draws } from "../src/op/index.js";
import "../src/ops/index.js";
import { deriveSeed, random } from "../src/random.js";
import { webSession } from "../src/runtime/web.js";
import { initialWeights } from "../src/train/index.js";
import { everyGradient } from "./battery/every-gradient.js";
import { randomInputs, randomNetwork } from "./battery/random-network.js";
import { batchOf } from "./battery/values.js";

const count = 120;
const batch = 2;

function feedsOf(graph: Graph, seed: number) {
  const { shapes } = analyse(graph);
  const arriving = graph.outputs.map((name, i) => [`dy/${name}`, batchOf(batch, shapes.get(name)!, seed + i)]);
  return { ...randomInputs(graph, batch, seed), ...initialWeights(graph, seed), ...Object.fromEntries(arriving) };
}

const largest = (values: Float32Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

test("all ops run, and give what they give natively", async () => {
  const used = new Set<string>();
  for (let i = 0; i < count; i++) {
    const graph = randomNetwork(random(deriveSeed("web", i)), `network ${i}`);
    const feeds = feedsOf(graph, i);
    const found = await everyGradient(graph, batch, feeds, true, { open: webSession });
    for (const { op } of graph.nodes) used.add(op);
    // The runtimes draw other numbers.
    if (analyse(graph).placed.some(({ op, site }) => draws(op, site.attrs))) continue;
    for (const [name, wanted] of Object.entries(await everyGradient(graph, batch, feeds))) {
      const size = largest(wanted.filter(Number.isFinite));
      // What is divided by zero is the same infinity.
      const apart = largest(
        wanted.map((value, k) => (Object.is(value, found[name]![k]) ? 0 : value - found[name]![k]!)),
      );
      // A norm of numbers that are all alike makes 300 of their last bits.
      expect(apart, `${name}\n${print(graph)}`).toBeLessThan(2e-4 + 1e-3 * size);
    }
  }
  expect([...allOps.keys()].filter(op => !used.has(op))).toEqual([]);
}, 120_000);
