/** What channels do for the loss, against PyTorch's autograd: every node's result times its gradient, sample by sample. */
import { beforeAll, describe, expect, it } from "vitest";
import { Network } from "../../src/build/network.js";
import { channelWorth } from "../../src/fit/channel-worth.js";
import "../../src/fit/index.js";
import { Model } from "../../src/fit/fit.js";
import { recipeOf } from "../../src/fit/recipe-of.js";
import type { Graph } from "../../src/graph/index.js";
import { analyse, findOp } from "../../src/op/index.js";
import { product } from "../../src/shape/index.js";
import { initialWeights, type Weights } from "../../src/train/index.js";
import { attentive } from "../battery/attentive.js";
import { joined } from "../battery/joined.js";
import { leNet, lineAndVolume, mlp, normed, reader, residual, sequence, shared } from "../battery/networks.js";
import { someData } from "../battery/training.js";
import { askPyTorch, networkNodes, receive, type Sent, send, worstError } from "./pytorch.js";

const dropping = sequence(
  "dropping",
  [2, 8, 8],
  ["conv2d", { outChannels: 6, kernelSize: 3 }],
  ["batchNorm"],
  ["selu"],
  ["dropout2d", { p: 0.4 }],
  ["avgPool2d", { kernelSize: 2 }],
  ["flatten"],
  ["alphaDropout", { p: 0.3 }],
  ["linear", { outFeatures: 12 }],
  ["dropout", { p: 0.5 }],
  ["linear", { outFeatures: 10 }],
  ["logSoftmax"],
);
const networks = {
  attentive,
  joined,
  leNet,
  lineAndVolume,
  mlp,
  normed,
  reader,
  residual: residual(),
  shared,
  dropping,
};
/** Not a multiple of what is measured at once. */
const [count, batchSize] = [23, 10];

let answers: Readonly<Record<string, Sent>>[] = [];
const cases = Object.entries(networks).map(([name, graph]) => {
  const network = Network.of(graph);
  const weights = drawn(graph);
  const model = new Model(network, weights, recipeOf(network, { normalise: { mean: 0, deviation: 1 } }), []);
  return { name, graph, weights, model, data: someData(graph, count) };
});
beforeAll(() => {
  answers = askPyTorch(
    cases.map(({ graph, weights, model, data }) => ({
      worth: true,
      nodes: networkNodes(graph, weights),
      input: graph.inputs[0]!.name,
      output: graph.outputs[0],
      samples: send(data.samples, [count, ...graph.inputs[0]!.shape]),
      labels: [...data.labels],
      loss: model.recipe.loss === "nll" ? "nll_loss(x, y)" : "cross_entropy(x, y)",
    })),
  );
});

describe.each(cases.map((one, i) => ({ ...one, i })))("$name", ({ graph, model, data, i }) => {
  it.each(["activation", "taylor"] as const)("%s of every channel is PyTorch's", async by => {
    const { samples: inputs, labels } = data;
    const worth = await channelWorth(model, { count, inputs, labels }, { by, batchSize });
    const answerTo = (by: string, name: string, axis: number) => answers[i]![`${by}/${axis}/${name}`];
    let compared = 0;
    for (const { name } of graph.nodes) {
      const shape = analyse(graph).shapes.get(name)!;
      for (const [axis, size] of shape.entries()) {
        const answer = answerTo(by, name, axis);
        const found = worth({ name, axis });
        // What the loss does not depend on has none, nor what stands before places in a table.
        expect(found === undefined, name).toBe(answer === undefined || readAsPlaces(graph).includes(name));
        if (!answer || !found) continue;
        // What adds up to nothing has the rounding of what is added.
        const added = Math.max(...receive(answerTo("activation", name, axis)!)) * (product(shape) / size);
        const { units, error } = worstError(found, receive(answer), 1e-6 * added, 1e-4);
        expect(units, `${name} along axis ${axis}: off by ${error}`).toBeLessThanOrEqual(1);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(3);
  });
});

/** What is read as places, and all that it is made of. */
function readAsPlaces({ nodes }: Graph): string[] {
  const before = new Set<string>();
  for (const { name, op, inputs } of [...nodes].reverse()) {
    if (findOp(op).indices || before.has(name)) for (const input of inputs) before.add(input);
  }
  return [...before];
}

/** First weights, with statistics and scales that differ from channel to channel. */
function drawn(graph: Graph): Weights {
  return Object.fromEntries(
    Object.entries(initialWeights(graph, 5)).map(([name, values]) => [
      name,
      /running/.test(name) ? values.map((value, i) => value + 0.05 * (i + 1)) : values,
    ]),
  );
}
