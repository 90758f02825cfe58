/** Whole networks with every node for an output: what inferred shapes are held against. */
import { expect } from "vitest";
import { modelBytes, onnxBuilder } from "../../src/formats/onnx/index.js";
import { type Graph, graphFromJson } from "../../src/graph/index.js";
import { analyse } from "../../src/op/index.js";
import { nativeSession } from "../../src/runtime/native.js";
import { float32, type Tensors } from "../../src/runtime/session.js";
import { forwardPass, parameters, type Weights } from "../../src/train/index.js";
import type { Arrays } from "./op-model.js";

/** The forward pass with an output `out NODE` for every node, its sizes left to the runtime. */
export function modelOfEveryNode(graph: Graph, weights: Weights, training = false): Uint8Array {
  const emit = onnxBuilder();
  const values = new Map(parameters(graph).map(({ name, shape }) => [name, emit.tensor(name, shape, weights[name]!)]));
  const pass = forwardPass(emit, graph, new Map(graph.inputs.map(({ name }) => [name, `in ${name}`])), {
    weight: name => values.get(name)!,
    training,
    seed: 0,
  });
  const { shapes } = analyse(graph);
  const dims = (name: string): string[] => ["batch", ...shapes.get(name)!.map((_, i) => `${name} ${i}`)];
  for (const { name } of graph.nodes) emit.rename(pass.forms.get(name), `out ${name}`);
  return modelBytes(
    emit.graph(
      graph.name,
      graph.inputs.map(({ name, shape }) => ({ name: `in ${name}`, type: "float32", dims: ["batch", ...shape] })),
      graph.nodes.map(({ name }) => ({ name: `out ${name}`, type: "float32", dims: dims(name) })),
    ),
  );
}

export async function runOnce(model: Uint8Array, feeds: Tensors, open = nativeSession): Promise<Tensors> {
  const session = await open(model);
  const results = await session.run(feeds);
  await session.release();
  return results;
}

/** Runs the network on batches of its inputs; every node's result must have the shape that is inferred for it. */
export async function checkShapes(
  graph: Graph,
  weights: Weights,
  feeds: Arrays,
  batch: number,
  training = false,
): Promise<Tensors> {
  const tensors = graph.inputs.map(
    ({ name, shape }) => [`in ${name}`, float32(feeds[name]!, [batch, ...shape])] as const,
  );
  const every = await runOnce(modelOfEveryNode(graph, weights, training), Object.fromEntries(tensors));
  // Inferred anew: `analyse` remembers what the generator knew.
  const { shapes } = analyse(graphFromJson(structuredClone(graph)));
  const wrong = graph.nodes.filter(({ name }) => {
    const { dims } = every[`out ${name}`]!;
    return dims.join() !== [batch, ...shapes.get(name)!].join();
  });
  expect(
    wrong.map(node => ({ node, inferred: shapes.get(node.name), found: every[`out ${node.name}`]!.dims })),
  ).toEqual([]);
  return every;
}
