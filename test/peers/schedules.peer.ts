/** Learning rates against PyTorch's lr_scheduler. */
import { describe, expect, it } from "vitest";
import { random } from "../../src/random.js";
import { type EpochFigures, type ScheduleSettings, scheduleFactor } from "../../src/train/index.js";
import { askPyTorch, worstError } from "./pytorch.js";

const rate = 0.05;
const [stepsPerEpoch, epochs] = [7, 6];
const steps = stepsPerEpoch * epochs;

/** A schedule and PyTorch's, which counts in `unit`. */
const rows: readonly (readonly [ScheduleSettings, unit: "step" | "epoch", scheduler: string])[] = [
  [{ name: "constant" }, "epoch", "ConstantLR(optimizer, factor=1)"],
  [{ name: "step", stepSize: 2 }, "epoch", "StepLR(optimizer, 2)"],
  [{ name: "step", stepSize: 5, gamma: 0.7, unit: "step" }, "step", "StepLR(optimizer, 5, gamma=0.7)"],
  [{ name: "exponential", gamma: 0.8 }, "epoch", "ExponentialLR(optimizer, 0.8)"],
  [{ name: "exponential", gamma: 0.99, unit: "step" }, "step", "ExponentialLR(optimizer, 0.99)"],
  [{ name: "cosine" }, "epoch", "CosineAnnealingLR(optimizer, 6)"],
  [{ name: "cosine", unit: "step", minFactor: 0.1 }, "step", "CosineAnnealingLR(optimizer, 42, eta_min=0.005)"],
  [{ name: "cosine", length: 60, unit: "step" }, "step", "CosineAnnealingLR(optimizer, 60)"],
  [{ name: "warmUp", length: 5 }, "step", "LinearLR(optimizer, total_iters=5)"],
  [{ name: "warmUp", length: 3, startFactor: 0.1, unit: "epoch" }, "epoch", "LinearLR(optimizer, 0.1, total_iters=3)"],
  [
    { name: "warmUp", length: 10, startFactor: 0.2, schedule: { name: "cosine", unit: "step" } },
    "step",
    "ChainedScheduler([LinearLR(optimizer, 0.2, total_iters=10), CosineAnnealingLR(optimizer, 42)])",
  ],
  [
    { name: "warmUp", length: 2, unit: "epoch", schedule: { name: "step", stepSize: 3, gamma: 0.5 } },
    "epoch",
    "ChainedScheduler([LinearLR(optimizer, total_iters=2), StepLR(optimizer, 3, gamma=0.5)])",
  ],
  [{ name: "oneCycle" }, "step", "OneCycleLR(optimizer, 0.05, total_steps=42, cycle_momentum=False)"],
  [
    { name: "oneCycle", pctStart: 0.5, divFactor: 10, finalDivFactor: 100, annealStrategy: "linear" },
    "step",
    "OneCycleLR(optimizer, 0.05, total_steps=42, pct_start=0.5, div_factor=10, final_div_factor=100, anneal_strategy='linear', cycle_momentum=False)",
  ],
];

/** PyTorch leaves out falls of less than `eps`, 1e-8 unless told; there is no such bound here. */
const plateaus: readonly (readonly [ScheduleSettings, "loss" | "accuracy", scheduler: string])[] = [
  [{ name: "plateau" }, "loss", "ReduceLROnPlateau(optimizer)"],
  [
    { name: "plateau", patience: 0, factor: 0.5 },
    "loss",
    "ReduceLROnPlateau(optimizer, patience=0, factor=0.5, eps=0)",
  ],
  [
    { name: "plateau", patience: 1, cooldown: 2, minFactor: 0.02, threshold: 0.05 },
    "loss",
    "ReduceLROnPlateau(optimizer, patience=1, cooldown=2, min_lr=0.001, threshold=0.05)",
  ],
  [
    { name: "plateau", monitor: "accuracy", patience: 2, threshold: 0.01, thresholdMode: "abs" },
    "accuracy",
    "ReduceLROnPlateau(optimizer, mode='max', patience=2, threshold=0.01, threshold_mode='abs', eps=0)",
  ],
  [
    { name: "plateau", monitor: "accuracy", patience: 1, factor: 0.3, cooldown: 1 },
    "accuracy",
    "ReduceLROnPlateau(optimizer, mode='max', patience=1, factor=0.3, cooldown=1)",
  ],
];
/** A loss that falls with noise, and then no more; an accuracy that does the opposite. */
const history: EpochFigures[] = Array.from({ length: 40 }, (_, i) => {
  const noise = random(i).float();
  return { loss: Math.max(0.2, 2 * 0.8 ** i) + 0.1 * noise, accuracy: Math.min(0.9, 0.1 + 0.08 * i) + 0.05 * noise };
});

const answers = askPyTorch<{ rates: number[] }>([
  ...rows.map(([, unit, scheduler]) => ({
    ...{ rate, scheduler },
    arguments: Array((unit === "step" ? steps : epochs) - 1).fill([]),
  })),
  ...plateaus.map(([, figure, scheduler]) => ({
    ...{ rate, scheduler },
    arguments: history.map(figures => [figures[figure]]),
  })),
]);

function expectRates(found: readonly number[], expected: readonly number[]): void {
  const { units, error } = worstError(found, expected, 1e-14, 1e-10);
  expect(units, `off by ${error}`).toBeLessThanOrEqual(1);
}

describe("learning rates are PyTorch's", () => {
  it.each(rows.map(([settings, unit, scheduler], i) => ({ settings, unit, scheduler, i })))("$scheduler", row => {
    const found = Array.from({ length: row.unit === "step" ? steps : epochs }, (_, i) => {
      const step = row.unit === "step" ? i : i * stepsPerEpoch;
      return rate * scheduleFactor(row.settings, { step, stepsPerEpoch, epochs, history: [] });
    });
    expectRates(found, answers[row.i]!.rates);
  });
  it.each(plateaus.map(([settings, , scheduler], i) => ({ settings, scheduler, i })))("$scheduler", row => {
    const found = Array.from(
      { length: history.length + 1 },
      (_, done) =>
        rate * scheduleFactor(row.settings, { step: 0, stepsPerEpoch, epochs, history: history.slice(0, done) }),
    );
    const { rates } = answers[rows.length + row.i]!;
    expect(new Set(rates).size).toBeGreaterThan(1);
    expectRates(found, rates);
  });
});
