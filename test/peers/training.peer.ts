/** Fifty steps of training against PyTorch's, from the same weights, batches and settings. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Graph } from "../../src/graph/index.js";
import { analyse } from "../../src/op/index.js";
import { initialWeights, type OptimizerSettings, optimizer, parameters, type Weights } from "../../src/train/index.js";
import { attentive } from "../battery/attentive.js";
import { joined } from "../battery/joined.js";
import { basic, leNet, lineAndVolume, mlp, normed, reader, readers, residual, shared } from "../battery/networks.js";
import { someData, someRows, type Training, train } from "../battery/training.js";
import { askPyTorch, receive, send, spelled, type TrainingAnswer, worstError } from "./pytorch.js";

const [count, steps, batch] = [120, 50, 12];
const adam: OptimizerSettings = { name: "adam", learningRate: 2e-3, amsgrad: true };
const momentum: OptimizerSettings = { name: "sgd", learningRate: 0.02, momentum: 0.9, weightDecay: 1e-3 };

const peers: (Training & { readonly name: string; readonly graph: Graph })[] = [
  { name: "basic", graph: basic, loss: "nll", optimizer: adam },
  { name: "mlp", graph: mlp, loss: "crossEntropy", optimizer: adam },
  { name: "leNet", graph: leNet, loss: "nll", optimizer: adam },
  { name: "lineAndVolume", graph: lineAndVolume, loss: "nll", optimizer: adam },
  { name: "residual", graph: residual(), loss: "crossEntropy", optimizer: adam },
  { name: "shared", graph: shared, loss: "nll", optimizer: adam },
  { name: "normed", graph: normed, loss: "crossEntropy", optimizer: momentum },
  { name: "joined", graph: joined, loss: "crossEntropy", optimizer: momentum },
  { name: "attentive", graph: attentive, loss: "crossEntropy", optimizer: momentum },
  { name: "reader", graph: reader, loss: "crossEntropy", optimizer: adam },
  { name: "reader accumulating", graph: reader, loss: "crossEntropy", optimizer: adam, accumulate: 3 },
  {
    name: "readers",
    graph: readers,
    loss: "crossEntropy",
    optimizer: { name: "sgd", learningRate: 0.1, momentum: 0.9 },
  },
  { name: "leNet with momentum", graph: leNet, loss: "nll", optimizer: momentum },
  { name: "residual with momentum and selu", graph: residual("selu"), loss: "crossEntropy", optimizer: momentum },
  { name: "leNet clipped by norm", graph: leNet, loss: "nll", optimizer: momentum, clip: { norm: 0.3 } },
  {
    name: "mlp clipped both ways",
    graph: mlp,
    loss: "crossEntropy",
    optimizer: momentum,
    clip: { value: 0.02, norm: 0.1 },
  },
  { name: "mlp accumulating", graph: mlp, loss: "crossEntropy", optimizer: adam, clip: { norm: 0.1 }, accumulate: 3 },
  { name: "mlp with plain Adam", graph: mlp, loss: "crossEntropy", optimizer: { name: "adam", learningRate: 1e-2 } },
];

const optimizers: readonly OptimizerSettings[] = [
  { name: "sgd", learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 1e-2 },
  { name: "sgd", learningRate: 0.05, momentum: 0.9, dampening: 0.4 },
  { name: "adam", learningRate: 5e-3, weightDecay: 1e-2 },
  { name: "adamW", learningRate: 5e-3, weightDecay: 0.1, amsgrad: true },
  { name: "nadam", learningRate: 5e-3, momentumDecay: 0.01, weightDecay: 1e-2 },
  { name: "rmsprop", learningRate: 2e-3, weightDecay: 1e-2 },
  { name: "rmsprop", learningRate: 2e-3, eps: 1e-3, momentum: 0.5, centered: true },
  { name: "adagrad", learningRate: 2e-2, learningRateDecay: 0.01, initialAccumulator: 0.1, weightDecay: 1e-2 },
  { name: "lion", learningRate: 1e-3, weightDecay: 0.1 },
];
const weights = [1, 2, 0.5, 3, 1, 0.1, 1, 1, 4, 1];
const tensor = `torch.tensor(${JSON.stringify(weights)})`;
/** Losses as functions of the scores `x` and the labels `y`. */
const losses: readonly (readonly [Training["loss"], string])[] = [
  ["nll", "nll_loss(x, y)"],
  ["crossEntropy", "cross_entropy(x, y)"],
  [{ name: "nll", classWeights: weights }, `nll_loss(x, y, weight=${tensor})`],
  [{ name: "crossEntropy", classWeights: weights }, `cross_entropy(x, y, weight=${tensor})`],
  [{ name: "crossEntropy", labelSmoothing: 0.1 }, "cross_entropy(x, y, label_smoothing=0.1)"],
  [
    { name: "crossEntropy", labelSmoothing: 0.2, classWeights: weights },
    `cross_entropy(x, y, weight=${tensor}, label_smoothing=0.2)`,
  ],
  ["binaryCrossEntropy", "binary_cross_entropy_with_logits(x, one_hot(y, 10).double())"],
  [
    { name: "binaryCrossEntropy", classWeights: weights },
    `binary_cross_entropy_with_logits(x, one_hot(y, 10).double(), weight=${tensor})`,
  ],
  ["hinge", "multi_margin_loss(x, y)"],
  [
    { name: "hinge", p: 2, margin: 0.5, classWeights: weights },
    `multi_margin_loss(x, y, p=2, margin=0.5, weight=${tensor})`,
  ],
];
const spelledLoss = (loss: Training["loss"]): string =>
  losses.find(([known]) => JSON.stringify(known) === JSON.stringify(loss))![1];
for (const [loss, spelling] of losses.slice(2)) {
  const graph = typeof loss === "object" && loss.name === "nll" ? leNet : mlp;
  peers.push({ name: spelling.replace(tensor, "..."), graph, loss, optimizer: adam });
}
/** With every setting spelled out: what is left out is PyTorch's affair there and netpick's here. */
const spelledOut = optimizers.map(({ learningRate: _, ...settings }, i) => {
  const full = optimizer(optimizers[i]!).settings;
  return { name: `mlp with ${Object.entries(settings).flat().join(" ")}`, optimizer: full };
});
for (const one of spelledOut) peers.push({ ...one, graph: mlp, loss: "crossEntropy" });

const rows = someRows(count, steps, batch);
let answers: TrainingAnswer[] = [];
const report: string[] = [];
beforeAll(() => {
  answers = askPyTorch<TrainingAnswer>(peers.map(question));
});
afterAll(() =>
  console.log(["", "network                           losses   weights (largest error)", ...report].join("\n")),
);

describe.each(peers.map((peer, i) => ({ ...peer, i })))("$name", ({ name, graph, i, ...training }) => {
  it("has PyTorch's losses, weights and running statistics after 50 steps", async () => {
    const { losses, state } = await train(graph, initialWeights(graph, 3), someData(graph, count), [rows], training);
    const answer = answers[i]!;
    expect(losses).toHaveLength(steps);
    expect(Math.min(...answer.losses)).toBeLessThan(answer.losses[0]!);
    const loss = worstError(losses, answer.losses, 0, 1e-4);
    let weight = { units: 0, error: 0 };
    for (const parameter of parameters(graph)) {
      const one = worstError(state[parameter.name]!, receive(answer.weights[parameter.name]!), 1e-4, 1e-3);
      expect(one.units, `${parameter.name}: off by ${one.error}`).toBeLessThanOrEqual(1);
      if (one.units > weight.units) weight = one;
    }
    report.push(`${name.padEnd(32)} ${loss.error.toExponential(1)}   ${weight.error.toExponential(1)}`);
    expect(loss.units, `losses: off by ${loss.error}`).toBeLessThanOrEqual(1);
  });
});

function question({ graph, loss, optimizer: settings, clip = {} }: Training & { readonly graph: Graph }): object {
  const data = someData(graph, count);
  const weights: Weights = initialWeights(graph, 3);
  const sent = new Map(parameters(graph).map(({ name, shape }) => [name, send(weights[name]!, shape)]));
  return {
    nodes: analyse(graph).placed.map(({ node, op, site, weights: specs }) => ({
      name: node.name,
      inputs: node.inputs,
      spelling: spelled(op.pytorch(site), node.inputs.length),
      weights: Object.fromEntries(specs.map(({ role }) => [role, sent.get(`${node.name}.${role}`)])),
      shares: node.shares,
    })),
    input: graph.inputs[0]!.name,
    output: graph.outputs[0],
    samples: send(data.samples, [count, ...graph.inputs[0]!.shape]),
    labels: [...data.labels],
    rows,
    loss: spelledLoss(loss),
    optimizer: settings,
    clip,
  };
}
