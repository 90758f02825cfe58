/** Ways of PyTorch to say what ops mean, in a network each: outputs as PyTorch's of that very source and the same weights. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readPyTorch, stateDictNames, writePyTorch } from "../../src/formats/pytorch/index.js";
import { encodeSafetensors } from "../../src/formats/safetensors.js";
import type { Graph } from "../../src/graph/index.js";
import "../../src/ops/index.js";
import { float32 } from "../../src/runtime/session.js";
import type { Shape } from "../../src/shape/index.js";
import { parameters, type Weights } from "../../src/train/index.js";
import { drawnWeights } from "../battery/drawn-weights.js";
import { modelOfEveryNode, runOnce } from "../battery/every-node.js";
import { batchOf } from "../battery/values.js";
import { askPyTorch, receive, type Sent, send, worstError } from "./pytorch.js";
import { spellings } from "./spellings.js";

const batch = 3;
const folder = mkdtempSync(join(tmpdir(), "netpick-spellings-"));
afterAll(() => rmSync(folder, { recursive: true }));

const sourceOf = (init: string, forward: string): string => `import math
import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        ${init.trim().replaceAll("\n", "\n        ")}

    def forward(self, x):
        ${forward.trim().replaceAll("\n", "\n        ")}
`;

/** The batch behind the steps. */
function turned(x: Float32Array, [steps, ...rest]: Shape): [Float32Array, Shape] {
  const size = x.length / batch / steps!;
  const parts = Array.from({ length: steps! }, (_, step) =>
    Array.from({ length: batch }, (_, n) => [
      ...x.subarray((n * steps! + step) * size, (n * steps! + step + 1) * size),
    ]),
  );
  return [Float32Array.from(parts.flat(2)), [steps!, batch, ...rest]];
}

interface Case {
  readonly name: string;
  readonly graph: Graph;
  readonly weights: Weights;
  readonly x: Float32Array;
  readonly stepsFirst: boolean;
}

it(`${Object.keys(spellings).length} networks have PyTorch's outputs`, async () => {
  const cases = Object.entries(spellings).map(([name, { init, forward, input, first }], i): Case => {
    const file = join(folder, `n${i}.py`);
    writeFileSync(file, sourceOf(init, forward));
    const [graph] = readPyTorch(sourceOf(init, forward), { file: `${name}.py`, inputs: [input] });
    return {
      name,
      graph: graph!,
      weights: drawnWeights(graph!, i),
      x: batchOf(batch, input, 50 + i),
      stepsFirst: first === "steps",
    };
  });
  const loader = join(folder, "loader.py");
  writeFileSync(loader, writePyTorch(cases[0]!.graph));
  const answers = askPyTorch<Sent[]>(
    cases.map(({ graph, weights, x, stepsFirst }, i) => {
      const names = stateDictNames(graph, new Map());
      const tensors = parameters(graph).map(({ name, shape }) => [names.get(name)!, { shape, data: weights[name]! }]);
      const saved = tensors.length === 0 ? null : join(folder, `${i}.safetensors`);
      if (saved) writeFileSync(saved, encodeSafetensors({ metadata: {}, tensors: Object.fromEntries(tensors) }));
      return {
        file: join(folder, `n${i}.py`),
        loader,
        network: "Net",
        weights: saved,
        x: [stepsFirst ? send(...turned(x, graph.inputs[0]!.shape)) : send(x, [batch, ...graph.inputs[0]!.shape])],
      };
    }),
  );
  let worst = 0;
  for (const [i, { name, graph, weights, x }] of cases.entries()) {
    const [{ name: input, shape }] = graph.inputs as [{ name: string; shape: Shape }];
    const found = await runOnce(modelOfEveryNode(graph, weights), { [`in ${input}`]: float32(x, [batch, ...shape]) });
    expect(answers[i]!.length, name).toBe(graph.outputs.length);
    for (const [k, output] of graph.outputs.entries()) {
      const data = found[`out ${output}`]!.data as Float32Array;
      const { units, error } = worstError(data, receive(answers[i]![k]!), 1e-5, 1e-4);
      expect(units, `${name}: ${output} is off by ${error}`).toBeLessThanOrEqual(1);
      worst = Math.max(worst, units);
    }
  }
  console.log(`${cases.length} networks, largest error ${worst.toFixed(3)} of the tolerance`);
});
