import { describe, expect, it } from "vitest";
import { residual, sequence } from "../../test/battery/networks.js";
import { random } from "../random.js";
import { checkInit, drawWeights, type InitSettings } from "./initialisers.js";
import { initialWeights, parameters } from "./parameters.js";

function moments(values: Float32Array) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const power = (k: number) => values.reduce((sum, value) => sum + (value - mean) ** k, 0) / values.length;
  return { mean, variance: power(2), kurtosis: power(4) / power(2) ** 2 };
}

// A kernel of 3 x 5 from 8 channels to 40: fan in 120, fan out 600.
const kernel = [40, 8, 3, 5];
// A normal distribution's part within two deviations: variance 1 - 4 phi(2) / (2 Phi(2) - 1).
const truncated = 1 - (4 * 0.05399096651318806) / 0.9544997361036416;

describe("statistics", () => {
  it.each<[InitSettings, shape: number[], mean: number, variance: number, kurtosis: number, bound?: number]>([
    [{ name: "kaimingNormal" }, kernel, 0, 2 / 120, 3],
    [{ name: "kaimingNormal", mode: "fanOut", gain: 1 }, kernel, 0, 1 / 600, 3],
    [{ name: "kaimingUniform" }, kernel, 0, 2 / 120, 1.8, Math.sqrt(6 / 120)],
    [{ name: "kaimingUniform", gain: 5 / 3 }, [60, 70], 0, 25 / 9 / 70, 1.8, Math.sqrt(25 / 3 / 70)],
    [{ name: "xavierNormal" }, kernel, 0, 2 / 720, 3],
    [{ name: "xavierNormal", gain: 2 }, [50, 100], 0, 8 / 150, 3],
    [{ name: "xavierUniform" }, [50, 100], 0, 2 / 150, 1.8, Math.sqrt(6 / 150)],
    [{ name: "truncatedNormal", std: 0.02 }, [80, 90], 0, truncated * 0.02 ** 2, 2.37, 0.04],
    [{ name: "truncatedNormal", std: 1, mean: 3, a: 1, b: 5 }, [80, 90], 3, truncated, 2.37],
  ])("%o", (settings, shape, mean, variance, kurtosis, bound) => {
    const values = drawWeights(settings, shape, random(11));
    const count = values.length;
    const found = moments(values);
    expect(count).toBe(shape.reduce((product, dim) => product * dim));
    expect(Math.abs(found.mean - mean)).toBeLessThan(4 * Math.sqrt(variance / count));
    // The deviation of a sample's variance is variance * sqrt((kurtosis - 1) / count).
    expect(Math.abs(found.variance / variance - 1)).toBeLessThan(4 * Math.sqrt((kurtosis - 1) / count));
    expect(Math.abs(found.kurtosis - kurtosis)).toBeLessThan(4 * Math.sqrt(24 / count));
    if (bound !== undefined) {
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(largest).toBeLessThanOrEqual(Math.fround(bound));
      expect(largest).toBeGreaterThan(0.98 * bound);
    }
  });
  it("truncated normals keep their own bounds", () => {
    const values = drawWeights({ name: "truncatedNormal", std: 1, a: -0.5, b: 3 }, [40, 50], random(1));
    expect(values.every(value => value >= -0.5 && value <= 3)).toBe(true);
    expect(Math.max(...values)).toBeGreaterThan(2);
  });
  it("constant", () =>
    expect(drawWeights({ name: "constant", value: 0.5 }, [1, 2], random(1))).toEqual(Float32Array.of(0.5, 0.5)));
});

describe("orthogonal", () => {
  it.each([
    [[20, 30], 1],
    [[30, 20], 1],
    [[64, 64], Math.SQRT2],
    [[12, 3, 2, 2], 0.5],
    [[40, 2, 3], 1],
  ])("%o: the shorter side's vectors, to 1e-5", (shape, gain) => {
    const values = drawWeights({ name: "orthogonal", gain }, shape, random(3));
    const [rows, columns] = [shape[0]!, values.length / shape[0]!];
    const at = (vector: number, i: number) =>
      rows <= columns ? values[vector * columns + i]! : values[i * columns + vector]!;
    const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)];
    for (let a = 0; a < count; a++) {
      for (let b = a; b < count; b++) {
        let sum = 0;
        for (let i = 0; i < length; i++) sum += at(a, i) * at(b, i);
        expect(Math.abs(sum - (a === b ? gain ** 2 : 0)), `${a} and ${b}`).toBeLessThan(1e-5);
      }
    }
    expect(Math.abs(moments(values).mean)).toBeLessThan((4 * gain) / Math.sqrt(length * values.length));
  });
});

describe("in a network", () => {
  const settings: InitSettings = { name: "kaimingNormal" };
  it("draws weights, sets biases to 0 and leaves what begins as a constant", () => {
    const usual = initialWeights(residual(), 1);
    const asked = initialWeights(residual(), 1, settings);
    for (const { name, shape, init } of parameters(residual())) {
      if (init.kind === "constant") expect(asked[name], name).toEqual(usual[name]);
      else if (shape.length === 1) expect(asked[name], name).toEqual(new Float32Array(shape[0]!));
      else expect(asked[name], name).not.toEqual(usual[name]);
    }
  });
  it("is decided by the seed, for each parameter alone", () => {
    const layer = ["linear", { outFeatures: 4 }] as const;
    const [short, long] = [sequence("a", [4], layer), sequence("b", [4], layer, layer)];
    for (const name of ["kaimingUniform", "xavierNormal", "orthogonal"] as const) {
      const [one, two, again] = [
        initialWeights(short, 7, { name }),
        initialWeights(long, 7, { name }),
        initialWeights(long, 7, { name }),
      ];
      expect(again).toEqual(two);
      expect(two["linear_1.weight"]).toEqual(one["linear_1.weight"]);
      expect(two["linear_2.weight"]).not.toEqual(one["linear_1.weight"]);
      expect(initialWeights(short, 8, { name })["linear_1.weight"]).not.toEqual(one["linear_1.weight"]);
    }
  });
});

it.each<[object, string]>([
  [
    { name: "lecun" },
    "init: there is no such initialiser, got lecun; choose kaimingNormal, kaimingUniform, xavierNormal, xavierUniform, truncatedNormal, orthogonal or constant",
  ],
  [{ name: "xavierNormal", gain: Number.NaN }, "xavierNormal: gain must be a number, got NaN; give another"],
  [{ name: "truncatedNormal", std: 0 }, "truncatedNormal: std must be above 0, got 0; give another"],
  [
    { name: "truncatedNormal", std: 1, a: 5, b: 6 },
    "truncatedNormal: a must be below b and both near the mean, got 5 and 6; give bounds about 0",
  ],
])("refuses %o", (settings, sentence) => expect(() => checkInit(settings as InitSettings)).toThrow(sentence));
