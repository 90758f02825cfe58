/** The proof of the shape rules by many random networks. */
import { describe, expect, test } from "vitest";
import { print } from "../../src/graph/index.js";
import { allOps } from "../../src/op/index.js";
import "../../src/ops/index.js";
import { deriveSeed, random } from "../../src/random.js";
import { initialWeights } from "../../src/train/index.js";
import { checkShapes } from "./every-node.js";
import { randomInputs, randomNetwork } from "./random-network.js";

/** NETPICK_NETWORKS=500 runs that many networks in each mode. */
const all = 5000;
const count = Number(process.env.NETPICK_NETWORKS ?? all);
const perTest = 100;

/** Random networks over all ops in ONNX Runtime: every node's result has the shape that was inferred for it. */
export function proveShapes(mode: "in use" | "while training"): void {
  const uses = new Map([...allOps.keys()].map(name => [name, 0]));
  const batch = 2;

  async function prove(i: number): Promise<void> {
    const graph = randomNetwork(random(deriveSeed("random network", mode, i)), `network ${i}`);
    for (const { op } of graph.nodes) uses.set(op, uses.get(op)! + 1);
    const feeds = randomInputs(graph, batch, i);
    try {
      await checkShapes(graph, initialWeights(graph, i), feeds, batch, mode === "while training");
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${print(graph)}`);
    }
  }

  describe(`random networks ${mode}`, () => {
    const starts = Array.from({ length: Math.ceil(count / perTest) }, (_, i) => i * perTest);
    test.each(starts)("have the shapes that were inferred, from network %i", async first => {
      for (let i = first; i < Math.min(first + perTest, count); i++) await prove(i);
    });
    // A few networks do not reach every op.
    test.runIf(count >= all)("use every op often", () => {
      expect([...uses].filter(([, times]) => times < count / 20)).toEqual([]);
    });
  });
}
