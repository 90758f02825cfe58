import { describe, expect, it } from "vitest";
import { leNet, residual, shared } from "../../test/battery/networks.js";
import { someData, someRows, type Training, train } from "../../test/battery/training.js";
import type { Graph } from "../graph/index.js";
import { type Layers, learning } from "./learning.js";
import { adam } from "./optimizers.js";
import { initialWeights, parameters } from "./parameters.js";

const training: Training = { loss: "crossEntropy", optimizer: { name: "adam", learningRate: 1e-2, weightDecay: 0.1 } };
const rows = [someRows(40, 8, 10)];

async function run(graph: Graph, layers: Layers, settings: Partial<Training> = {}) {
  const first = initialWeights(graph, 1);
  const { state } = await train(graph, first, someData(graph, 40), rows, { ...training, ...settings, layers });
  const same = parameters(graph)
    .map(({ name }) => name)
    .filter(name => Buffer.from(state[name]!.buffer).equals(Buffer.from(first[name]!.buffer)));
  return { state, same };
}

describe("frozen layers", () => {
  it("keep every bit, whether first, in the middle or last; the others learn", async () => {
    for (const layer of ["conv2d_1", "conv2d_2", "linear_2"]) {
      const { same, state } = await run(leNet, { [layer]: { frozen: true } });
      expect(same).toEqual([`${layer}.weight`, `${layer}.bias`]);
      expect(Object.keys(state).some(name => name.startsWith(`${layer}.weight/`))).toBe(false);
    }
  });
  it("leave the gradients of the others as they are", async () => {
    const sgd: Partial<Training> = { optimizer: { name: "sgd", learningRate: 0.1 } };
    const first = initialWeights(leNet, 1);
    const step = async (layers: Layers) =>
      (await train(leNet, first, someData(leNet, 40), [someRows(40, 1, 10)], { ...training, ...sgd, layers })).state;
    const [free, frozen] = [await step({}), await step({ conv2d_2: { frozen: true } })];
    for (const name of ["conv2d_1.weight", "linear_1.weight", "linear_2.bias"])
      expect(frozen[name]).toEqual(free[name]);
  });
  it("may be a whole block, and one of its layers apart; running statistics go on", async () => {
    const { same } = await run(residual(), { block2: { frozen: true }, "block2.conv2": { frozen: false } });
    const expected = parameters(residual()).filter(
      ({ name, trainable }) => trainable && name.startsWith("block2.") && !name.startsWith("block2.conv2."),
    );
    expect(same).toEqual(expected.map(({ name }) => name));
    expect(expected.length).toBeGreaterThan(5);
  });
  it("keep their running statistics where asked, and are then run as in use", async () => {
    const kept = { block2: { frozen: true, statistics: "kept" } } as const;
    const carried = parameters(residual()).filter(({ name, trainable }) => !trainable && name.startsWith("block2."));
    expect(carried.length).toBeGreaterThan(1);
    const { state } = await run(residual(), kept);
    const first = initialWeights(residual(), 1);
    for (const { name } of carried) expect(state[name], name).toEqual(first[name]);
    const others = parameters(residual()).filter(({ name, trainable }) => !trainable && !name.startsWith("block2."));
    for (const { name } of others) expect(state[name], name).not.toEqual(first[name]);
    // With other statistics before it the same batch has another loss.
    const loss = async (layers: Layers, change: number) => {
      const weights = Object.entries(first).map(([name, value]) =>
        name.startsWith("block2.") && name.endsWith("runningVar")
          ? [name, value.map(one => one + change)]
          : [name, value],
      );
      const data = someData(residual(), 40);
      return (
        await train(residual(), Object.fromEntries(weights), data, [someRows(40, 1, 10)], { ...training, layers })
      ).losses[0];
    };
    expect(await loss(kept, 1)).not.toBe(await loss(kept, 0));
    expect(await loss({}, 1)).toBe(await loss({}, 0));
  });
  it("may be shared", async () => {
    const { same } = await run(shared, { conv2d_2: { frozen: true } }, { loss: "nll" });
    expect(same).toEqual(["conv2d_2.weight"]);
  });
});

describe("learning rates of their own", () => {
  it("0 is as good as frozen, where the optimizer decays by the rate alone", async () => {
    const { same } = await run(leNet, { conv2d_1: { learningRate: 0 } });
    expect(same).toEqual(["conv2d_1.weight", "conv2d_1.bias"]);
  });
  it("give a layer the steps that it would take with that rate in the whole recipe", async () => {
    const first = initialWeights(leNet, 1);
    const step = async (learningRate: number, layers: Layers) => {
      const settings: Training = { ...training, optimizer: { ...training.optimizer, learningRate }, layers };
      return (await train(leNet, first, someData(leNet, 40), [someRows(40, 1, 10)], settings)).state;
    };
    const mixed = await step(1e-2, { conv2d_1: { learningRate: 1e-3 }, linear_1: { learningRate: 1e-3 } });
    const [fast, slow] = [await step(1e-2, {}), await step(1e-3, {})];
    for (const name of Object.keys(mixed)) {
      expect(mixed[name], name).toEqual((/^(conv2d_1|linear_1)\./.test(name) ? slow : fast)[name]);
    }
  });
  it("stand once each", () => {
    const layers = {
      conv2d_1: { learningRate: 0.5 },
      linear_1: { learningRate: 0.5 },
      linear_2: { learningRate: 1e-3 },
    };
    const { optimizers, coefficients } = learning(leNet, adam(), layers);
    expect(optimizers.map(({ settings }) => settings.learningRate)).toEqual([1e-3, 0.5]);
    expect(coefficients(3, 0.5)).toEqual([
      ...adam().coefficients(3, 0.5),
      ...adam({ learningRate: 0.5 }).coefficients(3, 0.5),
    ]);
  });
});

it.each<[Graph, Layers, string]>([
  [leNet, { conv2d1: {} }, "layers: there is no such layer in leNet, got conv2d1; did you mean conv2d_1 or conv2d_2?"],
  [leNet, { relu_1: { frozen: true } }, "layers: relu_1 has nothing to learn, got settings for it; leave it out"],
  [shared, { conv2d_3: {} }, "layers: conv2d_3 shares the weights of conv2d_2, got settings of its own; name conv2d_2"],
  [
    residual(),
    { block2: { statistics: "fixed" as "kept" } },
    'layers: statistics must be kept or renewed, got "fixed" for block2; give one of these',
  ],
  [
    leNet,
    { conv2d_1: { statistics: "kept" } },
    "layers: conv2d_1 has no running statistics, got them kept; name a batch norm or what holds one",
  ],
  [
    leNet,
    Object.fromEntries(["conv2d_1", "conv2d_2", "linear_1", "linear_2"].map(name => [name, { frozen: true }])),
    "layers: something must learn, got every layer of leNet frozen; leave one out",
  ],
])("refuses %#", (graph, layers, sentence) => expect(() => learning(graph, adam(), layers)).toThrow(sentence));
