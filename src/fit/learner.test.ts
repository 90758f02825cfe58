import { describe, expect, test } from "vitest";
import type { DataSet, Split } from "../data/data-set.js";
import type { Graph } from "../graph/index.js";
import { assemble } from "../op/index.js";
import "../ops/index.js";
import { random } from "../random.js";
import { nativeSession } from "../runtime/native.js";
import { articleRecipe, type OptimizerSettings, type Recipe } from "../train/index.js";
import { copied } from "./carried.js";
import { isLarge } from "./learner.js";
import { type Checkpoint, type TrainEvent, train } from "./trainer.js";

/** The loudest of four rows of ten numbers. */
function split(count: number, seed: number): Split {
  const source = random(seed);
  const labels = Uint8Array.from({ length: count }, () => source.int(0, 3));
  const inputs = Uint8Array.from({ length: count * 40 }, (_, i) =>
    source.int(0, Math.floor((i % 40) / 10) === labels[Math.floor(i / 40)] ? 255 : 120),
  );
  return { count, inputs, labels };
}
const rows: DataSet = {
  name: "rows",
  hash: "",
  inputShape: [40],
  classes: 4,
  train: split(83, 1),
  test: split(20, 2),
};

/** One weight of 40,000 numbers, which is updated alone, others side by side; running statistics, draws. */
function network(dropped = 0.3): Graph {
  const a = assemble("rows");
  let x = a.input("x", [40]);
  x = a.node("linear", [x], { outFeatures: 200 });
  x = a.node("batchNorm", [x]);
  x = a.node("relu", [x]);
  x = a.node("linear", [x], { outFeatures: 200 });
  x = a.node("tanh", [x]);
  if (dropped > 0) x = a.node("dropout", [x], { p: dropped });
  return a.finish(a.node("linear", [x], { outFeatures: 4 }));
}
const recipe: Recipe = {
  ...articleRecipe,
  loss: "crossEntropy",
  epochs: 2,
  batchSize: 20,
  optimizer: { name: "adam", learningRate: 0.01, amsgrad: true },
};

async function run(graph: Graph, sparing: boolean, changed: Partial<Recipe> = {}, from?: Checkpoint) {
  const ends: object[] = [];
  let last: Extract<TrainEvent, { kind: "epoch" }> | undefined;
  const options = { open: nativeSession, sparing, ...(from && { from }) };
  for await (const event of train(graph, { ...recipe, ...changed }, rows, options)) {
    if (event.kind !== "epoch") continue;
    const { checkpoint, trainSeconds: _, testSeconds: __, ...figures } = event;
    ends.push({ ...figures, ...checkpoint, tensors: copied(checkpoint.tensors) });
    last = event;
  }
  return { ends, last: last! };
}
const both = async (graph: Graph, changed?: Partial<Recipe>) => {
  const [sparing, looping] = [await run(graph, true, changed), await run(graph, false, changed)];
  expect(looping.ends).toHaveLength(changed?.epochs ?? recipe.epochs);
  return [sparing.ends, looping.ends] as const;
};

describe("gradients and updates apart", () => {
  test.each<OptimizerSettings>([
    { name: "sgd", learningRate: 0.1 },
    { name: "sgd", learningRate: 0.1, momentum: 0.9, nesterov: true, dampening: 0, weightDecay: 1e-3 },
    { name: "sgd", learningRate: 0.1, momentum: 0.9, dampening: 0.1 },
    { name: "adam", learningRate: 0.01, weightDecay: 1e-3 },
    { name: "adam", learningRate: 0.01, amsgrad: true },
    { name: "adamW", learningRate: 0.01 },
    { name: "nadam", learningRate: 0.01 },
    { name: "rmsprop", learningRate: 0.01 },
    { name: "adagrad", learningRate: 0.1 },
    { name: "lion", learningRate: 0.001 },
  ])("take the steps of the training model to the last bit: $name %#", async rule => {
    const [apart, together] = await both(network(0), { optimizer: rule });
    expect(apart).toEqual(together);
  });

  test.each<[string, Partial<Recipe>]>([
    ["draws anew in every epoch", {}],
    ["clips by the length of all gradients", { clip: { norm: 0.1 } }],
    ["accumulates, the last batches too", { accumulate: 2, batchSize: 12 }],
    ["leaves out what is left", { dropLast: true }],
    ["follows a schedule", { schedule: { name: "exponential", gamma: 0.5 } }],
    [
      "trains layers by rates of their own, and leaves frozen ones",
      { layers: { linear_1: { frozen: true }, linear_2: { learningRate: 0.1 } } },
    ],
    ["keeps running statistics", { layers: { batchNorm_1: { statistics: "kept" } } }],
    [
      "keeps the best weights while later epochs go on",
      { epochs: 3, earlyStopping: { monitor: "accuracy", patience: 2, minDelta: 1, restoreBest: true } },
    ],
  ])("%s, as the training model does", async (_, changed) => {
    const [apart, together] = await both(network(), changed);
    expect(apart).toEqual(together);
  });

  test("go on from a checkpoint to the last bit, and leave its tensors as they are", async () => {
    const whole = await run(network(), true);
    const { last } = await run(network(), true, { epochs: 1 });
    const before = copied(last.checkpoint.tensors);
    const rest = await run(network(), true, {}, last.checkpoint);
    expect(rest.ends).toEqual(whole.ends.slice(1));
    expect(last.checkpoint.tensors).toEqual(before);
  });

  test("hold no session while the test items are scored", async () => {
    let [open, most] = [0, 0];
    const counting: typeof nativeSession = async (model, options) => {
      const session = await nativeSession(model, options);
      most = Math.max(most, ++open);
      const release = async () => {
        open--;
        await session.release();
      };
      return { run: feeds => session.run(feeds), release };
    };
    const options = { open: counting, sparing: true };
    const opened: number[] = [];
    for await (const event of train(network(), recipe, rows, options)) if (event.kind === "epoch") opened.push(open);
    // The model of gradients and that of updates; never one for each size of a batch.
    expect([most, ...opened, open]).toEqual([2, 0, 0, 0]);
  });
});

test("networks from two million parameters on are large", () => {
  const wide = (outFeatures: number): Graph => {
    const a = assemble("wide");
    return a.finish(a.node("linear", [a.input("x", [999])], { outFeatures }));
  };
  // 1,000 numbers for each output.
  expect([isLarge(wide(1999)), isLarge(wide(2000))]).toEqual([false, true]);
});
