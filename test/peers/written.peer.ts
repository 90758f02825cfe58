/** PyTorch source that netpick wrote, and source that it read, run by PyTorch with the same weights: outputs as netpick's. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { readLayerLists } from "../../src/formats/layer-list.js";
import { readPyTorch, stateDictNames, writePyTorch } from "../../src/formats/pytorch/index.js";
import { identifier } from "../../src/formats/pytorch/names.js";
import { encodeSafetensors } from "../../src/formats/safetensors.js";
import type { Graph } from "../../src/graph/index.js";
import type { Op, Site } from "../../src/op/index.js";
import "../../src/ops/index.js";
import { deriveSeed, random } from "../../src/random.js";
import { float32 } from "../../src/runtime/session.js";
import type { Shape } from "../../src/shape/index.js";
import { initialWeights, parameters, type Weights } from "../../src/train/index.js";
import { modelOfEveryNode, runOnce } from "../battery/every-node.js";
import type { Arrays } from "../battery/op-model.js";
import { randomInputs, randomNetwork } from "../battery/random-network.js";
import { batchOf } from "../battery/values.js";
import { askPyTorch, receive, type Sent, send, worstError } from "./pytorch.js";

const [absolute, relative] = [1e-5, 1e-4];
const batch = 3;
const folder = mkdtempSync(join(tmpdir(), "netpick-written-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Case {
  readonly graph: Graph;
  readonly weights: Weights;
  readonly feeds: Arrays;
}

/** First weights, of the size that networks are made for; what begins at one value for all is drawn from around 1. */
function caseOf(graph: Graph, seed: number): Case {
  const first = initialWeights(graph, seed);
  const weights = parameters(graph).map(({ name, shape, init }, i) => {
    if (init.kind !== "constant") return [name, first[name]!] as const;
    return [name, batchOf(1, shape, seed + i).map(value => Math.abs(value) + 0.5)] as const;
  });
  return { graph, weights: Object.fromEntries(weights), feeds: randomInputs(graph, batch, seed) };
}

const file = new URL("../fixtures/netpicking_networks.json", import.meta.url);
const published = readLayerLists(JSON.parse(readFileSync(file, "utf8"))).map(({ graph }, i) => caseOf(graph, i));

/** What PyTorch has, as it is: without an op that none of its calls is, and without what 1.13 refuses. */
const wants = (op: Op, site: Site<object>): boolean =>
  !("none" in op.pytorch(site)) && (op.weights(site.inputs, site.attrs).length === 0 || site.inputs[0]!.length <= 4);
const drawn = Array.from({ length: 200 }, (_, i) => {
  const graph = randomNetwork(random(deriveSeed("written", String(i))), `n${i}`, { wants, nodes: 30 });
  return caseOf(graph, 1000 + i);
});

/** The weights in a file of their own, under the names of a state dict; none where the network learns nothing. */
function weightsFile({ graph, weights }: Case, i: number, names: ReadonlyMap<string, string>): string | undefined {
  const tensors = parameters(graph).map(({ name, shape }) => [names.get(name)!, { shape, data: weights[name]! }]);
  if (tensors.length === 0) return undefined;
  const file = join(folder, `n${i}.safetensors`);
  writeFileSync(file, encodeSafetensors({ metadata: {}, tensors: Object.fromEntries(tensors) }));
  return file;
}

const sent = ({ graph, feeds }: Case): Sent[] =>
  graph.inputs.map(({ name, shape }) => send(feeds[name]!, [batch, ...shape]));

function written(one: Case, i: number): object {
  const file = join(folder, `n${i}.py`);
  writeFileSync(file, writePyTorch(one.graph, { explicit: i % 2 === 0 }));
  const weights = weightsFile(one, i, stateDictNames(one.graph)) ?? null;
  return { file, loader: file, network: identifier(one.graph.name), weights, x: sent(one) };
}

/** The largest error over all outputs of all networks, in units of the tolerance. */
async function compare(cases: readonly Case[], answers: readonly (readonly Sent[])[]): Promise<number> {
  let worst = 0;
  for (const [i, { graph, weights, feeds }] of cases.entries()) {
    const inputs = graph.inputs.map(({ name, shape }) => [`in ${name}`, float32(feeds[name]!, [batch, ...shape])]);
    const found = await runOnce(modelOfEveryNode(graph, weights), Object.fromEntries(inputs));
    for (const [k, output] of graph.outputs.entries()) {
      const data = found[`out ${output}`]!.data as Float32Array;
      const error = worstError(data, receive(answers[i]![k]!), absolute, relative);
      expect(error.units, `${graph.name}: ${output} is off by ${error.error}`).toBeLessThanOrEqual(1);
      worst = Math.max(worst, error.units);
    }
  }
  return worst;
}

it.each([
  ["the published networks", published],
  ["200 random networks over the ops that PyTorch has", drawn],
])("what is written of %s", async (_, cases) => {
  const worst = await compare(cases, askPyTorch<Sent[]>(cases.map(written)));
  const used = new Set(cases.flatMap(({ graph }) => graph.nodes.map(({ op }) => op)));
  console.log(`${cases.length} networks of ${used.size} ops, largest error ${worst.toFixed(3)} of the tolerance`);
});

/** Files as people write them, the network in them, and the shape of its input. */
const people: readonly (readonly [string, string, Shape])[] = [
  ["lenet", "Net", [1, 28, 28]],
  ["resnet", "resnet18", [3, 40, 36]],
  ["mobilenet", "MobileNetV2", [3, 40, 36]],
  ["squeezenet", "SqueezeNet", [3, 64, 60]],
  ["densenet", "DenseNet", [3, 40, 36]],
  ["googlenet", "GoogLeNet", [3, 40, 36]],
  ["unet", "UNet", [3, 33, 46]],
  ["mnasnet", "MNASNet", [3, 40, 36]],
  ["shufflenet", "shufflenet_v2_x1_0", [3, 40, 36]],
];

it("what is read of files as people write them", async () => {
  const cases = people.map(([file, network, shape], i) => {
    const path = fileURLToPath(new URL(`../fixtures/pytorch/${file}.py`, import.meta.url));
    const graphs = readPyTorch(readFileSync(path, "utf8"), { inputs: [shape] });
    return { path, network, ...caseOf(graphs.find(({ name }) => name === network)!, 50 + i) };
  });
  const loader = join(folder, "loader.py");
  writeFileSync(loader, writePyTorch(cases[0]!.graph));
  const answers = askPyTorch<Sent[]>(
    cases.map((one, i) => {
      const weights = weightsFile(one, 1000 + i, stateDictNames(one.graph, new Map()));
      return { file: one.path, loader, network: one.network, weights, x: sent(one) };
    }),
  );
  const worst = await compare(cases, answers);
  console.log(`${cases.length} files, largest error ${worst.toFixed(3)} of the tolerance`);
});
