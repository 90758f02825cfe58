import { describe, expect, it } from "vitest";
import { leNet, residual, sequence } from "../../test/battery/networks.js";
import { someData } from "../../test/battery/training.js";
import type { Graph } from "../graph/index.js";
import { nativeSession } from "../runtime/native.js";
import { float32, uint8 } from "../runtime/session.js";
import { inferenceModel, outputPorts } from "./inference-model.js";
import type { LossName } from "./losses.js";
import { initialWeights, type Weights } from "./parameters.js";

const plain = { mean: 0, deviation: 1 };

async function scores(
  graph: Graph,
  weights: Weights,
  samples: Float32Array | Uint8Array,
  count: number,
  loss?: LossName,
) {
  const type = samples instanceof Uint8Array ? "uint8" : "float32";
  const normalise = type === "uint8" ? { mean: 0.5, deviation: 0.25 } : plain;
  const session = await nativeSession(
    inferenceModel(graph, { weights, sources: [{ type, normalise }], ...(loss && { losses: [loss] }) }),
  );
  const dims = [count, ...graph.inputs[0]!.shape];
  const tensor = samples instanceof Uint8Array ? uint8(samples, dims) : float32(samples, dims);
  const results = await session.run({ [graph.inputs[0]!.name]: tensor });
  const found = results[outputPorts(graph)[0]!];
  await session.release();
  return { dims: found!.dims, data: found!.data as Float32Array };
}
const close = (found: Float32Array, expected: readonly number[]) => {
  expect(found.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 5);
};

const linear = sequence("linear", [2], ["linear", { outFeatures: 2 }]);
const weights = { "linear_1.weight": Float32Array.of(1, 2, 3, 4), "linear_1.bias": Float32Array.of(10, 20) };

describe("by hand", () => {
  it("free scores", async () => {
    const found = await scores(linear, weights, Float32Array.of(1, 1, 0, 1), 2);
    expect(found.dims).toEqual([2, 2]);
    close(found.data, [13, 27, 12, 24]);
  });
  it("log-probabilities for crossEntropy; for nll the network gives them itself", async () => {
    const sample = Float32Array.of(-6, -1);
    // Scores 2 and -2.
    const total = Math.log(Math.exp(2) + Math.exp(-2));
    close((await scores(linear, weights, sample, 1, "crossEntropy")).data, [2 - total, -2 - total]);
    close((await scores(linear, weights, sample, 1, "nll")).data, [2, -2]);
  });
  it("bytes are normalised inside", async () => {
    // 0 is -2 and 255 is 2.
    close((await scores(linear, weights, Uint8Array.of(0, 255), 1)).data, [-2 + 4 + 10, -6 + 8 + 20]);
  });
  it("batch norm takes the running statistics, dropout nothing away", async () => {
    const graph = sequence("use", [2], ["batchNorm", { eps: 0 }], ["dropout", { p: 0.9 }]);
    const statistics = {
      "batchNorm_1.weight": Float32Array.of(1, 2),
      "batchNorm_1.bias": Float32Array.of(0, 5),
      "batchNorm_1.runningMean": Float32Array.of(1, 2),
      "batchNorm_1.runningVar": Float32Array.of(4, 9),
    };
    close((await scores(graph, statistics, Float32Array.of(5, 8), 1)).data, [2, 9]);
  });
});

it.each([leNet, residual()])("$name scores every sample alone, in batches of any size", async graph => {
  const first = initialWeights(graph, 1);
  const { samples } = someData(graph, 5);
  const together = await scores(graph, first, samples, 5);
  expect(together.dims).toEqual([5, 10]);
  const width = samples.length / 5;
  for (let i = 0; i < 5; i++) {
    const alone = await scores(graph, first, samples.slice(i * width, (i + 1) * width), 1);
    close(alone.data, [...together.data.subarray(i * 10, (i + 1) * 10)]);
  }
});

it("of a network that is its input gives the samples back", async () => {
  const graph: Graph = { name: "nothing", inputs: [{ name: "x", shape: [2] }], nodes: [], outputs: ["x"] };
  close((await scores(graph, {}, Float32Array.of(3, 4), 1)).data, [3, 4]);
});

it("keeps names apart from those of what ops emit", async () => {
  // Of a linear, what is emitted would be called /Gemm_1 or /constant_1 and the like.
  for (const name of ["/Gemm_1", "/constant_1", "//Gemm_1", "/loss"]) {
    const [node] = linear.nodes;
    const graph: Graph = {
      ...linear,
      inputs: [{ name, shape: [2] }],
      nodes: [
        { ...node!, inputs: [name] },
        { name: "/constant_2", op: "scale", inputs: [node!.name], attrs: { factor: 2, shift: 1 } },
      ],
      outputs: ["/constant_2"],
    };
    close((await scores(graph, weights, Float32Array.of(1, 1), 1)).data, [27, 55]);
  }
});
