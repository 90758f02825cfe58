import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deriveSeed, permutation, random } from "./random.js";

const draws = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);
const numbers = (seed: number, count = 20): number[] => {
  const source = random(seed);
  return draws(count, source.float);
};

it("a seed decides every number, and another seed gives others", () => {
  expect(numbers(1)).toEqual(numbers(1));
  expect(numbers(2)).not.toEqual(numbers(1));
  expect(numbers(-1)).not.toEqual(numbers(1));
});

it("floats are in [0, 1), exact in float32, and spread evenly", () => {
  const found = numbers(3, 20_000);
  expect(found.every(value => value >= 0 && value < 1 && Math.fround(value) === value)).toBe(true);
  // 20 equal parts of 1000 on average; chi-square with 19 degrees of freedom is above 50 once in 7000 seeds.
  const counts = Array(20).fill(0);
  for (const value of found) counts[Math.floor(value * 20)]++;
  expect(counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(50);
});

it("whole numbers include both ends, each as often", () => {
  const source = random(4);
  const counts = new Map<number, number>();
  for (const value of draws(7000, () => source.int(-3, 3))) counts.set(value, (counts.get(value) ?? 0) + 1);
  expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-3, -2, -1, 0, 1, 2, 3]);
  // Four deviations of a binomial with p = 1/7.
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(4 * Math.sqrt((1000 * 6) / 7));
  expect(source.int(5, 5)).toBe(5);
});

it("picks every item, and chance p comes true about p of the time", () => {
  const source = random(5);
  expect(new Set(draws(100, () => source.pick(["a", "b", "c"])))).toEqual(new Set(["a", "b", "c"]));
  const share = (p?: number) => draws(4000, () => source.chance(p)).filter(Boolean).length / 4000;
  expect(Math.abs(share() - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / 4000));
  expect(Math.abs(share(0.1) - 0.1)).toBeLessThan(4 * Math.sqrt(0.09 / 4000));
  expect([share(0), share(1)]).toEqual([0, 1]);
});

describe("derived seeds", () => {
  it("are 32-bit, the same for the same parts, and tell parts and their borders apart", () => {
    expect(deriveSeed("weights", 1, "a")).toBe(deriveSeed("weights", 1, "a"));
    const others = [
      deriveSeed("weights", 1, "b"),
      deriveSeed("weights", 2, "a"),
      deriveSeed("weights", 1, "a", ""),
      deriveSeed("weights1", "a"),
      deriveSeed(1, "weights", "a"),
    ];
    expect(new Set([...others, deriveSeed("weights", 1, "a")]).size).toBe(6);
    for (const seed of others) expect(seed).toBe(seed | 0);
  });
  it("are the first four bytes of SHA-256", () => {
    // SHA-256 of "abc" begins ba7816bf (FIPS 180-2, appendix B).
    expect(deriveSeed("abc")).toBe(0xba7816bf | 0);
  });
});

describe("permutation", () => {
  it("holds every number once, whatever the seed", () => {
    fc.assert(
      fc.property(fc.nat(200), fc.integer(), (count, seed) => {
        const order = permutation(count, random(seed));
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
      }),
    );
  });
  it("gives each of the 6 orders of 3 about as often", () => {
    const source = random(6);
    const counts = new Map<string, number>();
    for (const order of draws(6000, () => permutation(3, source).join()))
      counts.set(order, (counts.get(order) ?? 0) + 1);
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(4 * Math.sqrt((1000 * 5) / 6));
  });
});
