/** Gradients of whole networks: every trainable parameter against finite differences of the output. */
import { expect } from "vitest";
import { modelBytes, onnxBuilder, type Port } from "../../src/formats/onnx/index.js";
import type { Graph } from "../../src/graph/index.js";
import { analyse } from "../../src/op/index.js";
import { nativeSession } from "../../src/runtime/native.js";
import { float32, type Session, type Tensors } from "../../src/runtime/session.js";
import { backwardPass, forwardPass, parameters } from "../../src/train/index.js";
import { compareGradient } from "./differences.js";
import type { Arrays } from "./op-model.js";
import { batchOf } from "./values.js";

export interface NetworkSession {
  /** Feeds are inputs and parameters by name, and `dy`; gives `y`, and with gradients `d/parameter`. */
  run(feeds: Arrays): Promise<Readonly<Record<string, Float32Array>>>;
  release(): Promise<void>;
}

/** A network while training, alone or with its gradients, for batches of a fixed size. */
export async function networkSession(graph: Graph, batch: number, gradients: boolean): Promise<NetworkSession> {
  const output = analyse(graph).shapes.get(graph.outputs[0]!)!;
  const ports: Port[] = [
    ...graph.inputs.map(({ name, shape }) => ({ name, type: "float32", dims: [batch, ...shape] }) as const),
    ...parameters(graph).map(({ name, shape }) => ({ name, type: "float32", dims: shape }) as const),
    ...(gradients ? [{ name: "dy", type: "float32", dims: [batch, ...output] } as const] : []),
  ];
  const emit = onnxBuilder("n/");
  const inputs = new Map(graph.inputs.map(({ name }) => [name, name]));
  const pass = forwardPass(emit, graph, inputs, { weight: name => name, training: true, seed: 1 });
  const outputs: Port[] = [{ name: "y", type: "float32", dims: [batch, ...output] }];
  emit.rename(pass.forms.get(graph.outputs[0]!), "y");
  if (gradients) {
    const gradients = [[graph.outputs[0]!, "dy"]] as const;
    for (const [name, value] of backwardPass(emit, graph, pass, { gradients, weight: parameter => parameter })) {
      emit.rename(value, `d/${name}`);
      outputs.push({ name: `d/${name}`, type: "float32", dims: parameters(graph).find(p => p.name === name)!.shape });
    }
  }
  const session: Session = await nativeSession(modelBytes(emit.graph("network", ports, outputs)));
  return {
    run: async feeds => {
      const tensors = Object.fromEntries(
        ports.map(({ name, dims }) => [name, float32(feeds[name]!, dims as number[])]),
      );
      const found: Tensors = await session.run(tensors);
      return Object.fromEntries(Object.entries(found).map(([name, { data }]) => [name, data as Float32Array]));
    },
    release: () => session.release(),
  };
}

/** Values for every input and parameter, and for the gradient of the output. */
export function networkFeeds(graph: Graph, batch: number, seed = 1): Arrays {
  const feeds: Record<string, Float32Array> = {
    dy: batchOf(batch, analyse(graph).shapes.get(graph.outputs[0]!)!, seed),
  };
  for (const [i, { name, shape }] of graph.inputs.entries()) feeds[name] = batchOf(batch, shape, seed + 1 + i);
  for (const [i, { name, shape }] of parameters(graph).entries()) feeds[name] = batchOf(1, shape, seed + 50 + i);
  return feeds;
}

export interface NetworkOptions {
  readonly batch?: number;
  /** Activations with a kink stand inside, or many layers: differences are taken over a smaller step. */
  readonly bends?: boolean;
}

/** Gradients by parameter, after each has been compared. */
export async function checkNetwork(
  graph: Graph,
  { batch = 3, bends = false }: NetworkOptions = {},
): Promise<Readonly<Record<string, Float32Array>>> {
  const feeds = networkFeeds(graph, batch);
  const whole = await networkSession(graph, batch, true);
  const gradients = await whole.run(feeds);
  await whole.release();
  const forward = await networkSession(graph, batch, false);
  for (const { name } of parameters(graph).filter(({ trainable }) => trainable)) {
    const moved = async (values: Float32Array) => (await forward.run({ ...feeds, [name]: values })).y!;
    const compared = await compareGradient(moved, feeds[name]!, feeds.dy!, gradients[`d/${name}`]!, bends);
    expect(compared.worst, `${name}, ${compared.where}`).toBeLessThanOrEqual(1);
    expect(compared.kinked, `${name}: directions with a kink`).toBeLessThan(compared.count);
  }
  await forward.release();
  return gradients;
}
