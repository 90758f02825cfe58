import { Buffer } from "node:buffer";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { graph, Linear, network } from "../build/index.js";
import { readOnnx } from "../formats/onnx/index.js";
import { deriveSeed, permutation, random } from "../random.js";
import { adam, sgd } from "../train/index.js";
import "./index.js";

const net = network({
  name: "points",
  input: [2],
  layers: { hidden: Linear(8), out: Linear(3) },
  forward: (x, l) => x.pipe(l.hidden).batchNorm().tanh().pipe(l.out),
});
const count = 23;
const data = {
  inputs: Float32Array.from({ length: 2 * count }, (_, i) => Math.sin(7 * i)),
  targets: Uint8Array.from({ length: count }, (_, i) => i % 3),
};

/** Trains by the file alone, as docs/train.md tells; batches in the order that `fit` draws. */
async function trained(
  bytes: Uint8Array,
  { epochs, batchSize, seed }: { epochs: number; batchSize: number; seed: number },
) {
  const session = await InferenceSession.create(Buffer.from(bytes));
  const isCarried = (name: string): boolean => session.outputNames.includes(`next/${name}`);
  const zeros = session.inputMetadata.flatMap(input => {
    if (!input.isTensor || !isCarried(input.name)) return [];
    const dims = input.shape as number[];
    const size = dims.reduce((a, b) => a * b, 1);
    return [[input.name, new Tensor("float32", new Float32Array(size), dims)] as const];
  });
  let carried: Record<string, Tensor> = Object.fromEntries(zeros);
  let step = 0;
  const losses: number[] = [];
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const order = permutation(count, random(deriveSeed("order", seed, epoch)));
    for (let at = 0; at < count; at += batchSize) {
      const rows = BigInt64Array.from(order.slice(at, at + batchSize), BigInt);
      const found = await session.run({
        "input/x": new Tensor("float32", data.inputs, [count, 2]),
        "target/0": new Tensor("uint8", data.targets, [count]),
        rows: new Tensor("int64", rows, [1, rows.length]),
        step: new Tensor("int64", BigInt64Array.of(BigInt(step++)), []),
        ...carried,
      });
      carried = Object.fromEntries(Object.keys(carried).map(name => [name, found[`next/${name}`] as Tensor]));
      losses.push((found.loss!.data as Float32Array)[0]!);
    }
  }
  const weights = Object.entries(carried).flatMap(([name, { data: values }]) =>
    name.includes("/") ? [] : [[name, values]],
  );
  return { losses, weights: Object.fromEntries(weights) as Record<string, Float32Array> };
}

describe("a training model in a file", () => {
  it.each([
    ["Adam", { optimizer: adam({ learningRate: 0.02, amsgrad: true }) }],
    [
      "SGD with a schedule and a frozen layer",
      {
        ...{ optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }), layers: { hidden: { frozen: true } } },
        schedule: { name: "warmUp", length: 4, schedule: { name: "cosine" } } as const,
      },
    ],
  ])("trains to the very weights of fit: %s", async (_, settings) => {
    const options = { ...settings, epochs: 3, batchSize: 5, seed: 9 };
    const model = await net.fit(data, options);
    const { weights, losses } = await trained(net.trainingOnnx(data, options), options);
    expect(losses).toHaveLength(15);
    expect(weights).toEqual(model.weights);
  });
  it("begins with weights that are given", async () => {
    const weights = { "out.bias": Float32Array.of(1, 2, 3) };
    const options = { weights, layers: { out: { frozen: true } }, epochs: 1, batchSize: 23, seed: 1 };
    const found = await trained(net.trainingOnnx(data, options), options);
    expect(found.weights["out.bias"]).toEqual(weights["out.bias"]);
  });
  it("is no network in use, and knows its learning rates before", () => {
    expect(() => readOnnx(net.trainingOnnx(data))).toThrow("onnx: the model must be one in use, got one that trains");
    expect(() =>
      net.trainingOnnx(data, { schedule: { name: "warmUp", length: 2, schedule: { name: "plateau" } } }),
    ).toThrow(
      "trainingOnnx: a schedule must be known before the training, got warmUp; choose one that goes by steps or epochs",
    );
    expect(() => net.trainingOnnx(data, { validation: 0.1 } as never)).toThrow("validation");
    const two = graph({ a: [1], b: [1] }, ({ a, b }) => ({ y: a.concat(b).linear(1) }));
    expect(() => two.trainingOnnx({ inputs: { a: new Float32Array(2) }, targets: new Float32Array(2) })).toThrow("b");
  });
});
