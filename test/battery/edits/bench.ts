/**
 * A network on the bench: every node stands twice, once in its place with a mask behind it, and once alone, reading
 * inputs of its own. Values and weights are given for every run; every node's result comes out of it.
 */
import { modelBytes, onnxBuilder } from "../../../src/formats/onnx/index.js";
import { freeze, type Graph, type Node } from "../../../src/graph/index.js";
import { analyse } from "../../../src/op/index.js";
import { nativeSession } from "../../../src/runtime/native.js";
import { float32 } from "../../../src/runtime/session.js";
import { forwardPass, parameters, type Weights } from "../../../src/train/index.js";
import type { Arrays } from "../op-model.js";

/** Samples of a run. */
export const batch = 2;

/** What a run is given: values by name of graph input, mask by node, and what every node alone reads, in order. */
export interface Given {
  readonly weights: Weights;
  readonly inputs: Arrays;
  readonly masks: Arrays;
  readonly alone: Readonly<Record<string, readonly Float32Array[]>>;
}
export interface Result {
  readonly dims: readonly number[];
  readonly values: Float32Array;
}
export interface Results {
  /** Of every node: in its place, masked, and alone. */
  readonly inPlace: ReadonlyMap<string, Result>;
  readonly masked: ReadonlyMap<string, Result>;
  readonly alone: ReadonlyMap<string, Result>;
}
export interface Bench {
  run(given: Given): Promise<Results>;
  release(): Promise<void>;
}

const [mask, masked, alone] = ["mask of ", "masked ", "alone "];
const own = (node: string, input: number): string => `input ${input} of ${node}`;

export async function benchOf(graph: Graph): Promise<Bench> {
  const both = twofold(graph);
  const names = graph.nodes.map(({ name }) => name);
  const all = [masked, alone, ""].flatMap(kind => names.map(name => `${kind}${name}`));
  const shapes = new Map(parameters(graph).map(({ name, shape }) => [name, shape]));
  const session = await nativeSession(modelOf(both, all));
  const sizes = new Map(both.inputs.map(({ name, shape }) => [name, shape]));
  return {
    run: async given => {
      const values = new Map<string, Float32Array>(Object.entries(given.inputs));
      for (const name of names) values.set(`${mask}${name}`, given.masks[name]!);
      for (const [node, inputs] of Object.entries(given.alone)) {
        inputs.forEach((one, i) => {
          values.set(own(node, i), one);
        });
      }
      const feeds = [...values].map(
        ([name, one]) => [`in ${name}`, float32(one, [batch, ...sizes.get(name)!])] as const,
      );
      const learned = [...shapes].map(
        ([name, shape]) => [`w ${name}`, float32(given.weights[name]!, [...shape])] as const,
      );
      const found = await session.run(Object.fromEntries([...feeds, ...learned]));
      const of = (kind: string): Map<string, Result> =>
        new Map(
          names.map(name => {
            const { dims, data } = found[`out ${kind}${name}`]!;
            return [name, { dims, values: data as Float32Array }];
          }),
        );
      return { inPlace: of(""), masked: of(masked), alone: of(alone) };
    },
    release: () => session.release(),
  };
}

function twofold(graph: Graph): Graph {
  const { shapes, placed } = analyse(graph);
  const isNode = new Set(graph.nodes.map(({ name }) => name));
  const inPlace = graph.nodes.flatMap((node): Node[] => [
    { ...node, inputs: node.inputs.map(name => (isNode.has(name) ? `${masked}${name}` : name)) },
    { name: `${masked}${node.name}`, op: "multiply", inputs: [node.name, `${mask}${node.name}`], attrs: {} },
  ]);
  const apart = placed.map(
    ({ node, weights, owner }): Node => ({
      ...node,
      name: `${alone}${node.name}`,
      inputs: node.inputs.map((_, i) => own(node.name, i)),
      ...(weights.length > 0 ? { shares: owner } : {}),
    }),
  );
  return freeze({
    name: graph.name,
    inputs: [
      ...graph.inputs,
      ...graph.nodes.map(({ name }) => ({ name: `${mask}${name}`, shape: shapes.get(name)! })),
      ...graph.nodes.flatMap(({ name, inputs }) =>
        inputs.map((input, i) => ({ name: own(name, i), shape: shapes.get(input)! })),
      ),
    ],
    nodes: [...inPlace, ...apart],
    outputs: [],
  });
}

/** The forward pass, weights `w NAME` and inputs `in NAME` given; outputs `out NAME`, their sizes left to the runtime. */
function modelOf(graph: Graph, outputs: readonly string[]): Uint8Array {
  const emit = onnxBuilder("/");
  const pass = forwardPass(emit, graph, new Map(graph.inputs.map(({ name }) => [name, `in ${name}`])), {
    weight: name => `w ${name}`,
    training: false,
    seed: 0,
  });
  const { shapes } = analyse(graph);
  for (const name of outputs) emit.rename(pass.forms.get(name), `out ${name}`);
  const port = (name: string, dims: readonly (string | number)[]) => ({ name, type: "float32", dims }) as const;
  return modelBytes(
    emit.graph(
      graph.name,
      [
        ...graph.inputs.map(({ name, shape }) => port(`in ${name}`, ["batch", ...shape])),
        ...parameters(graph).map(({ name, shape }) => port(`w ${name}`, shape)),
      ],
      outputs.map(name => port(`out ${name}`, ["batch", ...shapes.get(name)!.map((_, i) => `${name} ${i}`)])),
    ),
  );
}
