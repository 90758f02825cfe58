import { describe, expect, test } from "vitest";
import { network } from "../build/index.js";
import type { Split } from "../data/data-set.js";
import { Linear } from "../ops/index.js";
import { random } from "../random.js";
import { type AugmentSettings, adam } from "../train/index.js";
import "./index.js";
import type { FitOptions } from "./fit-options.js";
import type { Checkpoint } from "./trainer.js";

/** Pictures [1, 4, 6] of bytes: which of three columns pairs is bright. */
function pictures(count: number, seed: number): Split {
  const source = random(seed);
  const labels = Uint8Array.from({ length: count }, () => source.int(0, 2));
  const inputs = Uint8Array.from({ length: 24 * count }, (_, i) =>
    source.int(0, Math.floor((i % 6) / 2) === labels[Math.floor(i / 24)] ? 255 : 150),
  );
  return { count, inputs, labels };
}
const [some, others] = [pictures(130, 1), pictures(60, 2)];
/** Every picture turned over, by plain loops. */
const mirrored: Split = {
  ...some,
  inputs: some.inputs.map((_, i) => some.inputs[i - (i % 6) + 5 - (i % 6)]!) as Uint8Array,
};
const small = network({
  name: "small",
  input: [1, 4, 6],
  layers: { hidden: Linear(8), out: Linear(3) },
  forward: (x, l) => x.flatten().pipe(l.hidden).tanh().pipe(l.out),
});
const options: FitOptions = { epochs: 3, optimizer: adam({ learningRate: 0.01 }) };
const all: AugmentSettings[] = [
  { name: "crop", padding: 1 },
  { name: "flip" },
  { name: "erase", p: 0.3 },
  { name: "noise", std: 0.05 },
];

describe("augmentation in fit", () => {
  test("trains on the changed samples, and on nothing else: always mirrored is as mirrored before, bit for bit", async () => {
    const inside = await small.fit(some, { ...options, augment: [{ name: "flip", p: 1 }] });
    const before = await small.fit(mirrored, options);
    expect(inside.weights).toEqual(before.weights);
    expect(inside.weights).not.toEqual((await small.fit(some, options)).weights);
  });

  test("evaluates on samples as they are", async () => {
    const noise: AugmentSettings[] = [{ name: "noise", std: 3 }];
    const model = await small.fit(some, { ...options, epochs: 1, augment: noise, validation: others });
    // A learning rate of 0 by a schedule leaves the first weights: what they give does not depend on what is added.
    const still: FitOptions = {
      ...options,
      epochs: 1,
      validation: others,
      schedule: { name: "warmUp", length: 100, startFactor: 0, unit: "epoch" },
    };
    const [plain, noisy] = [await small.fit(some, still), await small.fit(some, { ...still, augment: noise })];
    expect(noisy.history[0]!.validation).toEqual(plain.history[0]!.validation);
    expect(noisy.history[0]!.loss).not.toBe(plain.history[0]!.loss);
    expect(await model.evaluate(others)).toEqual(model.history[0]!.validation);
  });

  test("is the same for the same seed, other in every epoch, and goes on from a checkpoint bit for bit", async () => {
    const checkpoints: Checkpoint[] = [];
    const asked: FitOptions = { ...options, augment: all, accumulate: 2 };
    const whole = await small.fit(some, {
      ...asked,
      checkpoints: true,
      onEvent: event => event.kind === "epoch" && checkpoints.push(event.checkpoint!),
    });
    expect(whole.recipe.augment).toEqual(all);
    expect((await small.fit(some, asked)).weights).toEqual(whole.weights);
    expect((await small.fit(some, { ...asked, seed: 7 })).weights).not.toEqual(whole.weights);
    for (const from of checkpoints) expect((await small.fit(some, { ...asked, from })).weights).toEqual(whole.weights);
  });

  test("helps: a network that was shown shifted pictures knows them better", async () => {
    // Bright is the left or the right half; moved by one, the columns at the border tell nothing any more.
    const settings = { ...options, epochs: 8, augment: [{ name: "shift", by: [0, 1] }] as AugmentSettings[] };
    const moved: Split = {
      ...others,
      inputs: others.inputs.map((_, i) => (i % 6 === 0 ? 0 : others.inputs[i - 1]!)) as Uint8Array,
    };
    const [with_, without] = [await small.fit(some, settings), await small.fit(some, { ...options, epochs: 8 })];
    expect((await with_.evaluate(moved)).logLoss).toBeLessThan((await without.evaluate(moved)).logLoss);
  });

  test("refuses what cannot be done to these samples", async () => {
    await expect(small.fit(some, { ...options, augment: [{ name: "shift", by: 0 }] })).rejects.toThrow(
      "shift: by must be a whole number of at least 1, or 2 for the axes of [1, 4, 6], got 0; give others",
    );
    await expect(small.fit(some, { ...options, augment: { y: all } })).rejects.toThrow(
      "augment: there is no such input, got y; known are x",
    );
  });
});

describe("the last, smaller batch", () => {
  const asked: FitOptions = { ...options, epochs: 2, batchSize: 50 };
  test("is trained on unless dropLast is asked for", async () => {
    const steps = async (dropLast?: boolean) => {
      const seen: number[] = [];
      const model = await small.fit(some, {
        ...asked,
        ...(dropLast !== undefined && { dropLast }),
        onEvent: event => event.kind === "steps" && event.step === event.steps && seen.push(event.steps),
      });
      return { seen, weights: model.weights };
    };
    const [usual, kept, dropped] = [await steps(), await steps(false), await steps(true)];
    expect(usual.seen).toEqual([3, 3]);
    expect(kept).toEqual(usual);
    expect(dropped.seen).toEqual([2, 2]);
    expect(dropped.weights).not.toEqual(usual.weights);
  });

  test("the loss is the mean over the samples that were trained on", async () => {
    // A learning rate of 0: every step's loss is that of the first weights, and all samples of one kind have one loss.
    const alike: Split = { count: 7, inputs: new Uint8Array(7 * 24).fill(128), labels: new Uint8Array(7) };
    const schedule = { name: "warmUp", length: 100, startFactor: 0, unit: "epoch" } as const;
    const loss = async (dropLast: boolean) =>
      (await small.fit(alike, { ...options, epochs: 1, batchSize: 3, schedule, dropLast })).history[0]!.loss;
    expect(await loss(true)).toBeCloseTo(await loss(false), 6);
  });

  test("nothing to train on is refused", async () => {
    await expect(small.fit(some, { ...asked, batchSize: 131, dropLast: true })).rejects.toThrow(
      "train: dropLast leaves nothing, got 130 samples in steps of 131; use a smaller batch",
    );
  });
});
