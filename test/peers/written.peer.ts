/** Networks written as PyTorch source, with their weights beside them, run by PyTorch: outputs as netpick's. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readLayerLists } from "../../src/formats/layer-list.js";
import { stateDictNames, writePyTorch } from "../../src/formats/pytorch/index.js";
import { identifier } from "../../src/formats/pytorch/names.js";
import { encodeSafetensors } from "../../src/formats/safetensors.js";
import type { Graph } from "../../src/graph/index.js";
import { analyse, type Op, type Site } from "../../src/op/index.js";
import "../../src/ops/index.js";
import { deriveSeed, random } from "../../src/random.js";
import { float32 } from "../../src/runtime/session.js";
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

function question({ graph, weights, feeds }: Case, i: number, explicit: boolean): object {
  const written = join(folder, `n${i}.py`);
  writeFileSync(written, writePyTorch(graph, { explicit }));
  const names = stateDictNames(graph);
  const tensors = parameters(graph).map(({ name, shape }) => [names.get(name)!, { shape, data: weights[name]! }]);
  writeFileSync(
    join(folder, `n${i}.safetensors`),
    encodeSafetensors({ metadata: {}, tensors: Object.fromEntries(tensors) }),
  );
  const x = graph.inputs.map(({ name, shape }) => send(feeds[name]!, [batch, ...shape]));
  return { written, class: identifier(graph.name), learns: tensors.length > 0, x };
}

it.each([
  ["the published networks", published],
  ["200 random networks over the ops that PyTorch has", drawn],
])("%s", async (_, cases) => {
  const answers = askPyTorch<Sent[]>(cases.map((one, i) => question(one, i, i % 2 === 0)));
  const used = new Set<string>();
  let worst = 0;
  for (const [i, { graph, weights, feeds }] of cases.entries()) {
    const inputs = graph.inputs.map(({ name, shape }) => [`in ${name}`, float32(feeds[name]!, [batch, ...shape])]);
    const found = await runOnce(modelOfEveryNode(graph, weights), Object.fromEntries(inputs));
    for (const [k, output] of graph.outputs.entries()) {
      const data = found[`out ${output}`]!.data as Float32Array;
      const error = worstError(data, receive(answers[i]![k]!), absolute, relative);
      expect(
        error.units,
        `${graph.name}: ${output} is off by ${error.error}\n${writePyTorch(graph)}`,
      ).toBeLessThanOrEqual(1);
      worst = Math.max(worst, error.units);
    }
    for (const { node } of analyse(graph).placed) used.add(node.op);
  }
  console.log(`${cases.length} networks of ${used.size} ops, largest error ${worst.toFixed(3)} of the tolerance`);
});
