import { describe, expect, it } from "vitest";
import { logSoftmax, normal, random } from "../study/fixtures/synthetic.js";
import { measure, predictions } from "./metrics.js";

const logs = (...rows: number[][]) => Float32Array.from(rows.flat().map(Math.log));

/** 3 classes, 4 items; worked by hand below. */
const scores = logs([0.7, 0.2, 0.1], [0.5, 0.4, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6]);
const labels = Uint8Array.of(0, 1, 1, 2);

describe("by hand", () => {
  const measured = measure(scores, labels, 3);
  it("accuracy: items 0, 2 and 3 are right", () => expect(measured.accuracy).toBe(3 / 4));
  it("class accuracy: 1, 1/2 and 1", () => expect(measured.classAccuracy).toBeCloseTo(2.5 / 3, 12));
  it("auc: all pairs won in every class", () => expect(measured.auc).toBe(1));
  it("log-loss", () =>
    expect(measured.logLoss).toBeCloseTo(-(Math.log(0.7) + Math.log(0.4) + Math.log(0.8) + Math.log(0.6)) / 4, 6));
  it("calibration error: each item is alone in its bin, gaps 0.3, 0.5, 0.2 and 0.4", () =>
    expect(measured.calibrationError).toBeCloseTo((0.3 + 0.5 + 0.2 + 0.4) / 4, 6));
});

it("calibration: items in one bin are averaged before the gap is taken", () => {
  const four = logs([0.74, 0.26], [0.74, 0.26], [0.74, 0.26], [0.74, 0.26]);
  expect(measure(four, Uint8Array.of(0, 0, 0, 1), 2).calibrationError).toBeCloseTo(0.01, 6);
});

it("auc: equal scores count half", () => {
  // Class 1: positives 0.6 and 0.5, negatives 0.5 and 0.3: pairs 1, 1, 1/2 and 1. Class 0 mirrors it.
  const tied = logs([0.4, 0.6], [0.5, 0.5], [0.5, 0.5], [0.7, 0.3]);
  expect(measure(tied, Uint8Array.of(1, 1, 0, 0), 2).auc).toBe(3.5 / 4);
});

it("classes absent from the labels count in no mean", () => {
  const two = logs([0.8, 0.1, 0.1], [0.1, 0.1, 0.8]);
  const measured = measure(two, Uint8Array.of(0, 2), 3);
  expect(measured).toMatchObject({ accuracy: 1, classAccuracy: 1, auc: 1 });
});

it("auc of labels of one class is not a number", () => {
  expect(measure(scores, Uint8Array.of(1, 1, 1, 1), 3).auc).toBeNaN();
});

it("log-loss is clipped at p = 1e-15 and at p = 1", () => {
  const sure = Float32Array.of(Number.NEGATIVE_INFINITY, 0);
  expect(measure(sure, Uint8Array.of(0), 2).logLoss).toBeCloseTo(15 * Math.log(10), 6);
  expect(measure(Float32Array.of(1e-7, -20), Uint8Array.of(0), 2).logLoss).toBe(0);
});

it("an item with NaN has no answer: wrong, confidence 0, at the floor", () => {
  const broken = Float32Array.from([...logs([0.9, 0.1]), Number.NaN, Number.NaN]);
  expect(Array.from(predictions(broken, 2))).toEqual([0, 2]);
  const measured = measure(broken, Uint8Array.of(0, 1), 2);
  expect(measured.accuracy).toBe(0.5);
  expect(measured.logLoss).toBeCloseTo((-Math.log(0.9) + 15 * Math.log(10)) / 2, 5);
  expect(measured.calibrationError).toBeCloseTo(0.1 / 2, 6);
  expect(measured.auc).toBe(0.5);
});

it("refuses sizes that do not fit", () => {
  expect(() => measure(scores, labels, 10)).toThrow("measure: 4 labels of 10 classes do not fit 12 scores");
});

/** Scores rounded to tenths, so that many are equal. */
function drawn(items: number, classes: number, seed: number) {
  const next = random(seed);
  const drawnLabels = Uint8Array.from({ length: items }, () => Math.floor(next() * classes));
  const rows = Array.from(drawnLabels, label =>
    logSoftmax(Array.from({ length: classes }, (_, c) => (c === label ? 1 : 0) + normal(next))),
  );
  return { labels: drawnLabels, scores: Float32Array.from(rows.flat().map(x => Math.round(x * 10) / 10)) };
}

it("auc equals the count over all pairs", () => {
  const { scores, labels } = drawn(300, 4, 1);
  const areas = [0, 1, 2, 3].map(c => {
    let won = 0;
    let pairs = 0;
    for (let i = 0; i < 300; i++) {
      for (let j = 0; j < 300; j++) {
        if (labels[i] !== c || labels[j] === c) continue;
        const difference = scores[i * 4 + c]! - scores[j * 4 + c]!;
        won += difference > 0 ? 1 : difference === 0 ? 0.5 : 0;
        pairs++;
      }
    }
    return won / pairs;
  });
  expect(measure(scores, labels, 4).auc).toBeCloseTo(areas.reduce((a, b) => a + b) / 4, 12);
});

it("measures 10,000 items of 10 classes in milliseconds", () => {
  const { scores, labels } = drawn(10_000, 10, 2);
  const times = Array.from({ length: 7 }, () => {
    const start = performance.now();
    measure(scores, labels, 10);
    return performance.now() - start;
  });
  expect(Math.min(...times)).toBeLessThan(200);
});
