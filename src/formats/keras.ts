/**
 * Graphs as Keras 3: a function that builds a functional model. All tensors stay channels first, which JAX and PyTorch run
 * anywhere and TensorFlow on a GPU; so flattening keeps its order.
 */
import type { Graph } from "../graph/index.js";
import { called, tuple } from "../op/index.js";
import { spelled } from "./spelled.js";

/** Keras 3 source of a graph; an op that Keras does not have is a SpellingError. First weights are Keras's own. */
export function writeKeras(graph: Graph): string {
  const { names, nodes, declared } = spelled(graph, "keras", "Keras");
  /** A value stands beside the layer of its name. */
  const value = (name: string): string => `${name}_out`;
  const calls = nodes.map(({ name, owner, inputs, spelling }) => {
    const given = inputs.map(value);
    if (!("layer" in spelling)) return `${value(name)} = ${spelling.expression(given)}`;
    return `${value(name)} = ${called(spelling, owner, given)}`;
  });
  const inputs = graph.inputs.map(({ name, shape }) => [value(names.get(name)!), name, shape] as const);
  const list = (items: readonly string[]): string => (items.length === 1 ? items[0]! : `[${items.join(", ")}]`);
  const outputs = graph.outputs.map(name => value(names.get(name)!));
  return [
    "# Tensors are channels first: TensorFlow runs that on a GPU only, JAX and PyTorch (KERAS_BACKEND) anywhere.",
    "import keras",
    "from keras import layers, ops",
    "",
    "",
    "def build():",
    ...inputs.map(
      ([input, name, shape]) => `    ${input} = keras.Input(${tuple(shape)}, name=${JSON.stringify(name)})`,
    ),
    ...declared.map(({ name, spelling }) => `    ${name} = ${"layer" in spelling ? spelling.layer : ""}`),
    ...calls.map(line => `    ${line}`),
    `    return keras.Model(${list(inputs.map(([input]) => input))}, ${list(outputs)})`,
    "",
  ].join("\n");
}
