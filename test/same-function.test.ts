/** Edits that keep the function, on random networks of all ops: no output changes beyond 1e-5. */
import { expect, it } from "vitest";
import { freeze, type Graph } from "../src/graph/index.js";
import { analyse } from "../src/op/index.js";
import "../src/ops/index.js";
import { type Random, random } from "../src/random.js";
import { type Edited, type Operation, operate, SurgeryError } from "../src/surgery/index.js";
import { initialWeights } from "../src/train/index.js";
import { expectUnchanged, mixes } from "./battery/masked.js";
import { randomInputs, randomNetwork } from "./battery/random-network.js";

const networks = 100;

type Edit = (operation: Operation, graph: Graph, random: Random) => Operation;
const layerOf = (graph: Graph, random: Random): string => random.pick(graph.nodes).name;
const edits: Readonly<Record<string, Edit>> = {
  widen: (operation, graph, source) => operation.widen({ [layerOf(graph, source)]: source.int(1, 3) }),
  "widen twice": (operation, graph, source) => {
    const name = layerOf(graph, source);
    return operation.widen({ [name]: 1 }, { seed: 1 }).widen({ [name]: 1 }, { seed: 2 });
  },
  deepen: (operation, graph, source) => operation.deepen(layerOf(graph, source)),
  "deepen bare": (operation, graph, source) =>
    operation.deepen(layerOf(graph, source), { op: "linear", activation: false }),
  grow: operation => operation.grow({ times: 1.5 }),
  kernel: (operation, graph, source) => {
    // Means and maxima of more elements are others.
    const convolutions = graph.nodes.filter(({ op }) => op.startsWith("conv"));
    const node = source.pick(convolutions.length > 0 ? convolutions : graph.nodes.slice(-1));
    const old = (node.attrs.kernelSize ?? []) as number[];
    return operation.kernel(
      node.name,
      old.map(size => size + source.int(0, 3)),
    );
  },
};

for (const [name, edit] of Object.entries(edits)) {
  it(`${name}: ${networks} random networks`, async () => {
    let proved = 0;
    for (let seed = 0; seed < networks; seed++) {
      const source = random(seed);
      const drawn = randomNetwork(source, `network-${seed}`, {
        nodes: 15,
        wants: (op, { inputs, attrs }) => op.weights(inputs, attrs).length > 0 || source.chance(0.3),
      });
      if (!hasNoPlaces(drawn)) continue;
      const graph = withEnds(drawn);
      const weights = initialWeights(graph, seed);
      let done: Edited | undefined;
      // Most layers of most random networks cannot change: some are tried.
      for (let attempts = 0; !done && attempts < 8; attempts++) {
        done = await attempt(edit(operate({ graph, weights }, { seed }), graph, source).apply());
      }
      // Growing adds to what norms divide by.
      if (!done || (name === "grow" && mixes(graph, done.report.lineage))) continue;
      await expectUnchanged(graph, weights, done, randomInputs(graph, 2, seed), `${name} of network ${seed}`);
      proved++;
    }
    expect(proved).toBeGreaterThan(networks / 8);
  }, 300_000);
}

/** A layer behind every input and every output: little else could change. */
function withEnds(graph: Graph): Graph {
  const { shapes } = analyse(graph);
  const hasAxes = (name: string): boolean => shapes.get(name)!.length > 0;
  const linear = (name: string, input: string, outFeatures: number) => ({
    ...{ name, op: "linear", inputs: [input] },
    attrs: { outFeatures, bias: true },
  });
  const [front, head] = [(name: string) => `${name}/front`, (name: string) => `${name}/head`];
  const inputs = new Set(graph.inputs.map(({ name }) => name).filter(hasAxes));
  const read = [...new Set(graph.outputs)].filter(name => hasAxes(name) && !inputs.has(name));
  return freeze({
    ...graph,
    nodes: [
      ...[...inputs].map(name => linear(front(name), name, shapes.get(name)!.at(-1)!)),
      ...graph.nodes.map(node => ({
        ...node,
        inputs: node.inputs.map(name => (inputs.has(name) ? front(name) : name)),
      })),
      ...read.map(name => linear(head(name), name, 2)),
    ],
    outputs: graph.outputs.map(name => (read.includes(name) ? head(name) : name)),
  });
}

/** Whether no input is a number of a place, of which no layer may make another. */
const hasNoPlaces = (graph: Graph): boolean => analyse(graph).placed.every(({ op }) => op.indices === undefined);

const attempt = (done: Promise<Edited>): Promise<Edited | undefined> =>
  done.catch(error => (error instanceof SurgeryError ? undefined : Promise.reject(error)));
