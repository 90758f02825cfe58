/** Generated networks in ONNX Runtime: every node's result has the shape that was inferred for it. */
import { describe, expect, test } from "vitest";
import { netpickingPlan } from "../src/generate/index.js";
import type { Graph } from "../src/graph/index.js";
import { figures } from "../src/op/index.js";
import { random } from "../src/random.js";
import { float32 } from "../src/runtime/session.js";
import { product } from "../src/shape/index.js";
import { inferenceModel, initialWeights, outputPorts, parameters } from "../src/train/index.js";
import { checkShapes, runOnce } from "./battery/every-node.js";

/** NETPICK_GENERATED=500 runs that many networks, of each kind of views. */
const count = Number(process.env.NETPICK_GENERATED ?? 30);

/** Half with no limits but on work, half under tight ones. */
function networks(views: "published" | "any"): { name: string; graph: Graph }[] {
  const limits = { params: 60_000, macs: 1_000_000, memoryElements: 6000 };
  const half = Math.ceil(count / 2);
  return [
    ...netpickingPlan({ n: half, seed: 11, views, limits: { macs: 30_000_000 } }),
    ...netpickingPlan({ n: half, seed: 12, views, limits }),
  ];
}

describe.each(["published", "any"] as const)("networks of %s views", views => {
  test.each(networks(views))("$name", async ({ graph }) => {
    const batch = 2;
    const weights = initialWeights(graph, 1);
    const { shape } = graph.inputs[0]!;
    const size = product(shape);
    const source = random(5);
    const samples = Float32Array.from({ length: batch * size }, source.float);

    const every = await checkShapes(graph, weights, { [graph.inputs[0]!.name]: samples }, batch);

    const model = inferenceModel(graph, { weights });
    const { name } = graph.inputs[0]!;
    const results = await runOnce(model, { [name]: float32(samples, [batch, ...shape]) });
    const scores = results[outputPorts(graph)[0]!];
    expect(scores!.dims).toEqual([batch, 10]);
    const found = scores!.data as Float32Array;
    found.forEach((score, i) => {
      expect(score).toBeCloseTo((every[`out ${graph.outputs[0]}`]!.data as Float32Array)[i]!, 4);
    });
    const total = found.slice(0, 10).reduce((sum, score) => sum + Math.exp(score), 0);
    expect(total).toBeCloseTo(1, 4);
    const stored = Object.values(weights).reduce((sum, values) => sum + values.length, 0);
    const carried = parameters(graph).reduce((sum, p) => sum + (p.trainable ? 0 : weights[p.name]!.length), 0);
    expect(stored - carried).toBe(figures(graph).params);
  });
});
