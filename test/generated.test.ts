/** Generated networks in ONNX Runtime: every node's result has the shape that was inferred for it. */
import { describe, expect, test } from "vitest";
import { modelBytes, onnxBuilder } from "../src/formats/onnx/index.js";
import { netpickingPlan } from "../src/generate/index.js";
import { type Graph, graphFromJson } from "../src/graph/index.js";
import { analyse, figures } from "../src/op/index.js";
import { random } from "../src/random.js";
import { nativeSession } from "../src/runtime/native.js";
import { float32, type Tensors } from "../src/runtime/session.js";
import { product } from "../src/shape/index.js";
import { forwardPass, inferenceModel, initialWeights, parameters, type Weights } from "../src/train/index.js";

/** NETPICK_GENERATED=500 runs that many networks, of each kind of views. */
const count = Number(process.env.NETPICK_GENERATED ?? 30);
const normalise = { mean: 0, deviation: 1 };

/** The forward pass with every node for an output. */
function modelOfEveryNode(graph: Graph, weights: Weights): Uint8Array {
  const emit = onnxBuilder();
  const values = new Map(parameters(graph).map(({ name, shape }) => [name, emit.tensor(name, shape, weights[name]!)]));
  const [input] = graph.inputs;
  const pass = forwardPass(emit, graph, new Map([[input!.name, "samples"]]), {
    weight: name => values.get(name)!,
    training: false,
    seed: 0,
  });
  const dims = (name: string): string[] => [
    "batch",
    ...analyse(graph)
      .shapes.get(name)!
      .map((_, i) => `${name} ${i}`),
  ];
  for (const { name } of graph.nodes) emit.rename(pass.values.get(name)!, `out ${name}`);
  return modelBytes(
    emit.graph(
      graph.name,
      [{ name: "samples", type: "float32", dims: ["batch", ...input!.shape] }],
      graph.nodes.map(({ name }) => ({ name: `out ${name}`, type: "float32" as const, dims: dims(name) })),
    ),
  );
}

async function run(model: Uint8Array, feeds: Tensors): Promise<Tensors> {
  const session = await nativeSession(model);
  const results = await session.run(feeds);
  await session.release();
  return results;
}

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

    const every = await run(modelOfEveryNode(graph, weights), { samples: float32(samples, [batch, ...shape]) });
    const { shapes } = analyse(graphFromJson(structuredClone(graph)));
    for (const { name } of graph.nodes) expect(every[`out ${name}`]!.dims).toEqual([batch, ...shapes.get(name)!]);

    const model = inferenceModel(graph, weights, { type: "float32", normalise });
    const { scores } = await run(model, { samples: float32(samples, [batch, size]) });
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
