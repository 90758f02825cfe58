import { describe, expect, test } from "vitest";
import type { DataSet, Split } from "../data/data-set.js";
import type { Graph } from "../graph/index.js";
import { assemble } from "../op/index.js";
import "../ops/index.js";
import { random } from "../random.js";
import { nativeSession } from "../runtime/native.js";
import { articleRecipe, initialWeights, optimizer, type Recipe } from "../train/index.js";
import { measure } from "./metrics.js";
import { splitSamples } from "./samples.js";
import { type Checkpoint, equalParts, type TrainEvent, train } from "./trainer.js";

/** Which half of a 4 x 4 picture is bright: a task that a small network learns in an epoch or two. */
function split(count: number, seed: number): Split {
  const source = random(seed);
  const labels = Uint8Array.from({ length: count }, () => source.int(0, 1));
  const inputs = Uint8Array.from({ length: count * 16 }, (_, i) => {
    const bright = i % 16 < 8 === (labels[Math.floor(i / 16)] === 0);
    return source.int(bright ? 60 : 0, bright ? 255 : 200);
  });
  return { count, inputs, labels };
}
const halves: DataSet = {
  name: "halves",
  hash: "",
  inputShape: [1, 4, 4],
  classes: 2,
  train: split(203, 1),
  test: split(50, 2),
};

/** Everything that carries something from step to step: weights, running statistics, draws. */
function network(dropped = 0.2): Graph {
  const a = assemble("halves");
  let x = a.input("x", [1, 4, 4]);
  x = a.node("conv2d", [x], { outChannels: 4, kernelSize: 3 });
  x = a.node("batchNorm", [x]);
  x = a.node("relu", [x]);
  x = a.node("dropout", [x], { p: dropped });
  x = a.node("flatten", [x]);
  return a.finish(a.node("logSoftmax", [a.node("linear", [x], { outFeatures: 2 })]));
}
const recipe: Recipe = {
  ...articleRecipe,
  epochs: 3,
  batchSize: 25,
  optimizer: { name: "adam", learningRate: 0.01, amsgrad: true },
};

async function run(graph: Graph, changed: Partial<Recipe> = {}, from?: Checkpoint): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  const options = { open: nativeSession, ...(from && { from }) };
  for await (const event of train(graph, { ...recipe, ...changed }, halves, options)) events.push(event);
  return events;
}
const epochs = (events: TrainEvent[]) => events.filter(event => event.kind === "epoch");

describe("training", () => {
  test("learns: the loss falls and test items are right", async () => {
    const seen = epochs(await run(network()));
    expect(seen.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(seen[2]!.loss).toBeLessThan(0.6 * seen[0]!.loss);
    expect(measure(seen[2]!.outputs[0]!, halves.test.labels, 2).accuracy).toBeGreaterThan(0.9);
  });

  test("trains on every sample once an epoch, the last, smaller batch too", async () => {
    const steps = (await run(network(), { epochs: 1 })).filter(event => event.kind === "steps");
    expect(steps.at(-1)).toMatchObject({ step: 9, steps: 9 });
  });

  test("gives the same bits for the same seed, and others for another", async () => {
    const [first, again, other] = [await run(network()), await run(network()), await run(network(), { seed: 7 })].map(
      epochs,
    );
    expect(again!.map(({ loss, outputs }) => ({ loss, outputs }))).toEqual(
      first!.map(({ loss, outputs }) => ({ loss, outputs })),
    );
    expect(other![0]!.outputs).not.toEqual(first![0]!.outputs);
  });

  test.each([1, 2])("goes on from the checkpoint of epoch %i as if it had never stopped", async epoch => {
    const whole = epochs(await run(network()));
    const rest = epochs(await run(network(), {}, whole[epoch - 1]!.checkpoint));
    expect(rest.map(({ outputs }) => outputs)).toEqual(whole.slice(epoch).map(({ outputs }) => outputs));
    expect(rest.at(-1)!.checkpoint).toEqual(whole.at(-1)!.checkpoint);
  });

  test("ends as diverged when the loss is no number any more", async () => {
    const events = await run(network(0), { optimizer: optimizer({ name: "sgd", learningRate: 1e30 }).settings });
    expect(events.at(-1)).toMatchObject({ kind: "diverged", epoch: 1 });
  });

  test("a schedule that is constant changes no bit; another does", async () => {
    const [usual, constant, falling] = [
      await run(network()),
      await run(network(), { schedule: { name: "constant" } }),
      await run(network(), { schedule: { name: "exponential", gamma: 0.1 } }),
    ].map(events => epochs(events).map(({ checkpoint }) => checkpoint.tensors));
    expect(constant).toEqual(usual);
    expect(falling![0]).toEqual(usual![0]);
    expect(falling![1]).not.toEqual(usual![1]);
  });
  test("a learning rate of 0 by schedule leaves what is learned as it is", async () => {
    const schedule = { name: "warmUp", length: 100, startFactor: 0, unit: "epoch" } as const;
    const [first] = epochs(await run(network(), { schedule, epochs: 1 }));
    const weights = initialWeights(network(), recipe.seed);
    expect(first!.checkpoint.tensors["conv2d_1.weight"]).toEqual(weights["conv2d_1.weight"]);
  });
  test("a plateau's state survives: a training goes on from a checkpoint with the same learning rate", async () => {
    const schedule = { name: "plateau", monitor: "accuracy", threshold: 10, patience: 0, factor: 0.5 } as const;
    const whole = epochs(await run(network(), { schedule, epochs: 4 }));
    const other = epochs(await run(network(), { epochs: 4 }));
    expect(whole.at(-1)!.checkpoint.tensors).not.toEqual(other.at(-1)!.checkpoint.tensors);
    for (const epoch of [1, 2, 3]) {
      const rest = epochs(await run(network(), { schedule, epochs: 4 }, whole[epoch - 1]!.checkpoint));
      expect(rest.at(-1)!.checkpoint).toEqual(whole.at(-1)!.checkpoint);
    }
  });

  test("accumulates: small batches make the steps of a large one, at the end of an epoch too", async () => {
    const a = assemble("plain");
    const graph = a.finish(a.node("linear", [a.node("flatten", [a.input("x", [1, 4, 4])])], { outFeatures: 2 }));
    const settings = { loss: "crossEntropy", epochs: 2 } as const;
    const whole = await run(graph, { ...settings, batchSize: 40 });
    const parts = await run(graph, { ...settings, batchSize: 10, accumulate: 4 });
    expect(parts.filter(({ kind }) => kind === "steps").at(-1)).toMatchObject({ step: 6, steps: 6 });
    const [large, small] = [whole, parts].map(events => epochs(events).at(-1)!);
    expect(small!.loss).toBeCloseTo(large!.loss, 5);
    for (const [i, score] of large!.outputs[0]!.entries()) expect(small!.outputs[0]![i]).toBeCloseTo(score, 4);
  });
  test.each([
    [40, 10, [4, 10]],
    [3, 10, [1, 3]],
    [21, 10, [3, 7]],
    [23, 10, [23, 1]],
  ])("%d samples in equal batches of at most %d", (count, largest, parts) =>
    expect(equalParts(count, largest)).toEqual(parts),
  );

  test("stops when cancelled", async () => {
    const controller = new AbortController();
    const events = train(network(), recipe, halves, { open: nativeSession, signal: controller.signal });
    await events.next();
    controller.abort();
    await expect(events.next()).rejects.toMatchObject({ name: "AbortError" });
  });

  test("stops early, with the best weights, and the same when it goes on from a checkpoint", async () => {
    const earlyStopping = { monitor: "accuracy", patience: 2, minDelta: 1, restoreBest: true } as const;
    const whole = epochs(await run(network(), { epochs: 9, earlyStopping }));
    // An accuracy cannot rise by more than 1, so the first epoch stays the best.
    expect(whole.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    const { best, tensors } = whole[2]!.checkpoint;
    const first = whole[0]!.checkpoint.tensors;
    expect(best!["linear_1.weight"]).toEqual(first["linear_1.weight"]);
    expect(best!["batchNorm_1.runningMean"]).toEqual(first["batchNorm_1.runningMean"]);
    expect(best!["linear_1.weight"]).not.toEqual(tensors["linear_1.weight"]);
    expect(Object.keys(best!).some(name => name.includes("/"))).toBe(false);
    for (const epoch of [1, 2, 3]) {
      const rest = epochs(await run(network(), { epochs: 9, earlyStopping }, whole[epoch - 1]!.checkpoint));
      expect(rest.map(({ checkpoint }) => checkpoint)).toEqual(whole.slice(epoch).map(({ checkpoint }) => checkpoint));
    }
  });
  test("watches the validation data where there are any", async () => {
    const always: Split = { ...split(40, 9), labels: new Uint8Array(40) };
    const options = { open: nativeSession, validation: splitSamples(always) };
    const seen: TrainEvent[] = [];
    for await (const event of train(network(), { ...recipe, epochs: 1 }, halves, options)) seen.push(event);
    const [{ validation, test, checkpoint }] = epochs(seen) as [Extract<TrainEvent, { kind: "epoch" }>];
    expect(validation!.accuracy).not.toBe(test!.accuracy);
    const validationLoss = validation!.loss;
    expect(checkpoint.history).toEqual([{ ...validation, loss: expect.any(Number), validationLoss }]);
    expect(validationLoss).toBeCloseTo(validation!.logLoss!, 5);
    expect(Number.isNaN(validation!.auc)).toBe(true);
  });
  test("refuses a checkpoint of another network or optimizer", async () => {
    const { checkpoint } = epochs(await run(network(), { epochs: 1 }))[0]!;
    const { "linear_1.weight": _, ...others } = checkpoint.tensors;
    await expect(run(network(), {}, { ...checkpoint, tensors: others })).rejects.toThrow(
      "train: the checkpoint must hold 32 numbers of linear_1.weight, got none; go on with the network and the optimizer that it was made with",
    );
  });

  test.each([
    [
      { ...halves, inputShape: [1, 5, 5] },
      "train: halves takes [1, 4, 4], got samples of [1, 5, 5] in halves; give the network that input",
    ],
    [
      { ...halves, classes: 3 },
      "train: halves must give [3], a score for each class of halves, got [2]; end it with linear(3)",
    ],
    [
      { ...halves, train: { ...halves.train, labels: halves.train.labels.with(5, 9) } },
      "train: labels must be below 2, the number of scores, got 9 for sample 5; give the network a score for every class",
    ],
  ] as [DataSet, string][])("refuses data that does not fit (%#)", async (data, sentence) => {
    await expect(train(network(), recipe, data, { open: nativeSession }).next()).rejects.toThrow(sentence);
  });
});
