import { describe, expect, it } from "vitest";
import { checkSchedule, type Progress, type ScheduleSettings, scheduleFactor } from "./schedules.js";
import { checkMonitor, watch } from "./watch.js";

const at = (settings: ScheduleSettings, step: number, more: Partial<Progress> = {}): number =>
  scheduleFactor(settings, { step, stepsPerEpoch: 10, epochs: 4, history: [], ...more });

describe("by hand", () => {
  it("constant is 1", () => expect([0, 39].map(step => at({ name: "constant" }, step))).toEqual([1, 1]));
  it("step falls every so many epochs, or steps", () => {
    const row = [0, 19, 20, 39].map(step => at({ name: "step", stepSize: 2, gamma: 0.5 }, step));
    expect(row).toEqual([1, 1, 0.5, 0.5]);
    expect(at({ name: "step", stepSize: 2, gamma: 0.5, unit: "step" }, 5)).toBe(0.25);
  });
  it("exponential", () => expect(at({ name: "exponential", gamma: 0.5 }, 39)).toBe(0.125));
  it("cosine goes to its end and stays there", () => {
    const row = [0, 20, 40, 50].map(step => at({ name: "cosine", minFactor: 0.2, unit: "step" }, step));
    for (const [i, value] of [1, 0.6, 0.2, 0.2].entries()) expect(row[i]).toBeCloseTo(value, 12);
    expect(at({ name: "cosine" }, 29)).toBeCloseTo(0.5, 12);
    expect(at({ name: "cosine", length: 3 }, 39)).toBe(0);
  });
  it("warm-up ends at the schedule that it multiplies", () => {
    const schedule = { name: "exponential", gamma: 0.5 } as const;
    const row = [0, 2, 4, 10].map(step => at({ name: "warmUp", length: 4, startFactor: 0, schedule }, step));
    expect(row).toEqual([0, 0.5, 1, 0.5]);
  });
  it("one cycle peaks once", () => {
    const cycle = { name: "oneCycle", pctStart: 0.25, divFactor: 10, finalDivFactor: 100 } as const;
    const linear = { ...cycle, annealStrategy: "linear" } as const;
    expect([0, 9].map(step => at(linear, step))).toEqual([0.1, 1]);
    expect(at(linear, 39)).toBeCloseTo(0.001, 12);
    expect(at(linear, 24)).toBeCloseTo((1 + 0.001) / 2, 12);
    expect(at(cycle, 24)).toBeCloseTo((1 + 0.001) / 2, 12);
    // One step in all: nothing to divide by.
    expect(at(cycle, 0, { stepsPerEpoch: 1, epochs: 1 })).toBe(1);
  });
  it("plateau falls after more epochs without betterment than its patience", () => {
    const losses = [1, 0.5, 0.6, 0.5, 0.4, 0.4, 0.4].map(loss => ({ loss }));
    const row = losses.map((_, done) =>
      at({ name: "plateau", patience: 1, factor: 0.5 }, 0, { history: losses.slice(0, done + 1) }),
    );
    expect(row).toEqual([1, 1, 1, 0.5, 0.5, 0.5, 0.25]);
    const least = { name: "plateau", patience: 0, factor: 0.5, minFactor: 0.4 } as const;
    expect(at(least, 0, { history: losses })).toBe(0.4);
  });
});

describe("early stopping", () => {
  const losses = [3, 2, 1.95, 2.5, 2.4].map(loss => ({ loss }));
  it("knows the best epoch, and stops when patience is at an end", () => {
    const seen = losses.map((_, done) => watch({ monitor: "loss", patience: 2 }, losses.slice(0, done + 1)));
    expect(seen.map(({ best }) => best)).toEqual([1, 2, 3, 3, 3]);
    expect(seen.map(({ stop }) => stop)).toEqual([false, false, false, false, true]);
  });
  it("takes a betterment for one only beyond minDelta", () =>
    expect(watch({ monitor: "loss", patience: 3, minDelta: 0.1 }, losses)).toEqual({ best: 2, stop: true }));
  it("knows which figures are better when higher", () => {
    const figures = [0.5, 0.7, 0.6].map(accuracy => ({ loss: 1, accuracy }));
    expect(watch({ monitor: "accuracy", patience: 9 }, figures).best).toBe(2);
  });
});

it.each<[() => unknown, string]>([
  [
    () => checkSchedule({ name: "polynomial" } as never),
    "train: there is no such schedule, got polynomial; choose constant, step, exponential, cosine, warmUp, oneCycle or plateau",
  ],
  [
    () => checkSchedule({ name: "step", stepSize: 0 }),
    "step: stepSize must be a whole number of at least 1, got 0; give another",
  ],
  [() => checkSchedule({ name: "exponential", gamma: 0 }), "exponential: gamma must be above 0, got 0; give another"],
  [() => checkSchedule({ name: "cosine", minFactor: 2 }), "cosine: minFactor must be from 0 to 1, got 2; give another"],
  [
    () => checkSchedule({ name: "warmUp", length: 3, schedule: { name: "step", stepSize: 1.5 } }),
    "step: stepSize must be a whole number of at least 1, got 1.5; give another",
  ],
  [
    () => checkSchedule({ name: "oneCycle", pctStart: -1 }),
    "oneCycle: pctStart must be from 0 to 1, got -1; give another",
  ],
  [
    () => checkSchedule({ name: "plateau", patience: -1 }),
    "plateau: patience must be a whole number of at least 0, got -1; give another",
  ],
  [
    () => checkMonitor("earlyStopping", "f1"),
    "earlyStopping: there is no such figure, got f1; choose loss, validationLoss, logLoss, calibrationError, accuracy, classAccuracy, auc, meanSquaredError, meanAbsoluteError or r2",
  ],
  [
    () => watch({ monitor: "auc", patience: 1 }, [{ loss: 1 }]),
    "earlyStopping: without validation or test data there is only the loss, got auc; give validation",
  ],
])("refuses %#", (ask, sentence) => expect(ask).toThrow(sentence));
