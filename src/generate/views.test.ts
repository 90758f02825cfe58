import { describe, expect, test } from "vitest";
import { product } from "../shape/index.js";
import { convViews, factorizations, publishedView } from "./views.js";

describe("published views", () => {
  test.each([
    [
      [1, 28, 28],
      [16, 49],
      [1, 28, 28],
      [1, 16, 7, 7],
    ],
    [[784], [16, 49], [1, 28, 28], [1, 16, 7, 7]],
    [
      [3, 32, 32],
      [48, 64],
      [3, 32, 32],
      [1, 48, 8, 8],
    ],
    [
      [1, 8, 8],
      [4, 16],
      [1, 8, 8],
      [1, 4, 4, 4],
    ],
    [[30], [5, 6], [1, 6, 5], [1, 5, 2, 3]],
    [[13], [1, 13], [1, 13, 1], [1, 13, 1, 1]],
    [[1], [1, 1], [1, 1, 1], [1, 1, 1, 1]],
  ])("of %j", (input, one, two, three) => {
    expect([publishedView(input, 1), publishedView(input, 2), publishedView(input, 3)]).toEqual([one, two, three]);
  });
});

describe("any views", () => {
  test.each([
    [1, 14],
    [2, 61],
    [3, 48],
  ] as const)("of rank %i keep the elements, and no side is 1", (rank, count) => {
    const views = convViews([1, 28, 28], rank, "any");
    expect(views.length).toBe(count);
    expect(new Set(views.map(String)).size).toBe(views.length);
    for (const view of views) {
      expect(view.length).toBe(rank + 1);
      expect(product(view)).toBe(784);
      expect(Math.min(...view.slice(1))).toBeGreaterThan(1);
      if (rank === 3) expect(view[0]).toBe(1);
    }
  });

  test("of what cannot be split are the published one", () => expect(convViews([7], 2, "any")).toEqual([[1, 7, 1]]));

  test("are all splits", () => {
    expect(factorizations(12, 2)).toEqual([
      [1, 12],
      [2, 6],
      [3, 4],
      [4, 3],
      [6, 2],
      [12, 1],
    ]);
    expect(factorizations(784, 3).length).toBe(90);
  });
});
