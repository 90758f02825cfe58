/**
 * Torchvision's own source, as Debian has it, read with the files that it imports from: parameters as it says itself
 * that they are, and outputs as PyTorch's for the same weights.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { pathBeside } from "../../src/cli/python-beside.js";
import { readPyTorchFile, stateDictNames, writePyTorch } from "../../src/formats/pytorch/index.js";
import { encodeSafetensors } from "../../src/formats/safetensors.js";
import { figures } from "../../src/op/index.js";
import "../../src/ops/index.js";
import { float32 } from "../../src/runtime/session.js";
import { parameters } from "../../src/train/index.js";
import { drawnWeights } from "../battery/drawn-weights.js";
import { modelOfEveryNode, runOnce } from "../battery/every-node.js";
import { batchOf } from "../battery/values.js";
import { askPyTorch, receive, type Sent, send, worstError } from "./pytorch.js";

const folder = mkdtempSync(join(tmpdir(), "netpick-torchvision-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Where its models stand, and the parameters of each as published beside its weights, which are of several sizes. */
const script = `
import json, os
from torchvision import models
names = models.list_models(models)
params = {name: [one.meta["num_params"] for one in models.get_model_weights(name)] for name in names}
# In use it has no second classifier.
params["inception_v3"][0] -= sum(p.numel() for p in models.inception.InceptionAux(768, 1000).parameters())
print(json.dumps({"folder": os.path.dirname(models.__file__), "params": params}))
`;
const asked = spawnSync("/usr/bin/python3", ["-W", "ignore", "-c", script], { encoding: "utf8" });
if (asked.status !== 0)
  throw new Error(`peers: torchvision does not answer; is python3-torchvision installed? ${asked.stderr}`);
const torchvision = JSON.parse(asked.stdout) as { folder: string; params: Record<string, readonly number[]> };

function read(name: string, shape: readonly number[]) {
  const file = join(torchvision.folder, `${name}.py`);
  const beside = (module: string, importer: string) => {
    const path = pathBeside(module, importer);
    return path === undefined ? undefined : { file: path, text: readFileSync(path, "utf8") };
  };
  return readPyTorchFile(readFileSync(file, "utf8"), { file, inputs: [shape], beside });
}

it.each([
  ["alexnet", 1],
  ["convnext", 4],
  ["densenet", 4],
  ["efficientnet", 11],
  ["googlenet", 1],
  ["inception", 1],
  ["mnasnet", 4],
  ["mobilenetv2", 1],
  ["mobilenetv3", 2],
  ["resnet", 10],
  ["shufflenetv2", 4],
  ["squeezenet", 2],
  ["vgg", 8],
  ["vision_transformer", 5],
])("%s.py: %i networks with the parameters that torchvision publishes", (name, count) => {
  const { networks, errors } = read(name, [3, 224, 224]);
  expect(errors.map(({ message }) => message)).toEqual([]);
  expect(networks.length).toBe(count);
  for (const graph of networks) {
    expect(torchvision.params[graph.name], graph.name).toContain(figures(graph).params);
  }
});

it("the outputs of some of each kind", async () => {
  const shape = [3, 72, 68];
  const wanted = ["resnet18", "resnext50_32x4d", "mobilenet_v2", "mobilenet_v3_small", "efficientnet_b0"].concat([
    "squeezenet1_1",
    "densenet121",
    "mnasnet0_5",
    "shufflenet_v2_x0_5",
    "convnext_tiny",
  ]);
  const files = ["resnet", "mobilenetv2", "mobilenetv3", "efficientnet", "squeezenet", "densenet", "mnasnet"];
  const all = [...files, "shufflenetv2", "convnext"].flatMap(name => read(name, shape).networks);
  const cases = wanted.map((name, i) => {
    const graph = all.find(one => one.name === name)!;
    return { graph, weights: drawnWeights(graph, 70 + i), x: batchOf(2, shape, 90 + i) };
  });
  const loader = join(folder, "loader.py");
  writeFileSync(loader, writePyTorch(cases[0]!.graph));
  const file = join(folder, "all.py");
  writeFileSync(file, "from torchvision.models import *\n");
  const answers = askPyTorch<Sent[]>(
    cases.map(({ graph, weights, x }, i) => {
      const names = stateDictNames(graph, new Map());
      const tensors = parameters(graph).map(({ name, shape }) => [names.get(name)!, { shape, data: weights[name]! }]);
      const saved = join(folder, `${i}.safetensors`);
      writeFileSync(saved, encodeSafetensors({ metadata: {}, tensors: Object.fromEntries(tensors) }));
      return { file, loader, network: graph.name, weights: saved, x: [send(x, [2, ...shape])] };
    }),
  );
  for (const [i, { graph, weights, x }] of cases.entries()) {
    const input = graph.inputs[0]!.name;
    const found = await runOnce(modelOfEveryNode(graph, weights), { [`in ${input}`]: float32(x, [2, ...shape]) });
    const data = found[`out ${graph.outputs[0]}`]!.data as Float32Array;
    const { units, error } = worstError(data, receive(answers[i]![0]!), 1e-5, 1e-4);
    expect(units, `${graph.name} is off by ${error}`).toBeLessThanOrEqual(1);
  }
});
