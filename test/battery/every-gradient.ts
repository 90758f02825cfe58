/** Whole networks, while training with the gradients of every weight and every input, to every output. */
import { modelBytes, onnxBuilder, type Port } from "../../src/formats/onnx/index.js";
import type { Graph } from "../../src/graph/index.js";
import { analyse } from "../../src/op/index.js";
import { nativeSession } from "../../src/runtime/native.js";
import { float32 } from "../../src/runtime/session.js";
import type { Shape } from "../../src/shape/index.js";
import { backwardPass, forwardPass, parameters } from "../../src/train/index.js";
import { runOnce } from "./every-node.js";
import type { Arrays } from "./op-model.js";
import { smoothInputs } from "./random-network.js";

/**
 * Feeds are inputs and parameters by name, and `dy/OUTPUT`; gives `y/OUTPUT`, and while training `d/PARAMETER`, `d/INPUT`,
 * `carried/PARAMETER`.
 */
export async function everyGradient(
  graph: Graph,
  batch: number,
  feeds: Arrays,
  training = true,
  { open = nativeSession, known = training }: { open?: typeof nativeSession; known?: boolean } = {},
): Promise<Arrays> {
  const { shapes } = analyse(graph);
  const port = (name: string, shape: Shape): Port => ({ name, type: "float32", dims: shape });
  const samples = (name: string, of: string): Port => port(name, [batch, ...shapes.get(of)!]);
  const learned = parameters(graph);
  const ports = [
    ...graph.inputs.map(({ name }) => samples(name, name)),
    ...learned.map(({ name, shape }) => port(name, shape)),
    ...(training ? graph.outputs.map(name => samples(`dy/${name}`, name)) : []),
  ];
  const emit = onnxBuilder("n/");
  const inputs = new Map(graph.inputs.map(({ name }) => [name, name]));
  const pass = forwardPass(emit, graph, inputs, {
    ...{ weight: name => name, training, seed: 1 },
    // As the trainer does.
    ...(known && { batch }),
  });
  const arriving = {
    gradients: graph.outputs.map(name => [name, `dy/${name}`] as const),
    weight: (name: string) => name,
    inputs: smoothInputs(graph),
  };
  const gradients = training ? backwardPass(emit, graph, pass, arriving) : [];
  const outputs: Port[] = [];
  const give = (value: string, to: Port): void => {
    emit.rename(value, to.name);
    outputs.push(to);
  };
  for (const name of graph.outputs) give(pass.forms.get(name), samples(`y/${name}`, name));
  for (const [name, value] of gradients) {
    const parameter = learned.find(one => one.name === name);
    give(value, parameter ? port(`d/${name}`, parameter.shape) : samples(`d/${name}`, name));
  }
  for (const { name, shape } of learned.filter(one => pass.carried.has(one.name))) {
    give(pass.carried.get(name)!, port(`carried/${name}`, shape));
  }
  const model = modelBytes(emit.graph("network", ports, outputs));
  const fed = ports.map(({ name, dims }) => [name, float32(feeds[name]!, dims as number[])] as const);
  const found = await runOnce(model, Object.fromEntries(fed), open);
  return Object.fromEntries(Object.entries(found).map(([name, { data }]) => [name, data as Float32Array]));
}
