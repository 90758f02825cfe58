import fc from "fast-check";
import { expect, test } from "vitest";
import { planCells, shareOut } from "./table.js";

test.each([
  [10, [1, 1, 1], [4, 3, 3]],
  [3, [5, 3, 1], [2, 1, 0]],
  [0, [5, 3], [0, 0]],
  [7, [0, 0], [0, 0]],
])("%i among weights %j", (total, weights, shares) => expect(shareOut(total, weights)).toEqual(shares));

test("shares add up, and none is off by one or more", () => {
  const weights = fc
    .array(fc.nat(100), { minLength: 1, maxLength: 40 })
    .filter(list => list.some(weight => weight > 0));
  fc.assert(
    fc.property(fc.nat(100_000), weights, (total, list) => {
      const sum = list.reduce((all, weight) => all + weight, 0);
      const shares = shareOut(total, list);
      expect(shares.reduce((all, share) => all + share, 0)).toBe(total);
      shares.forEach((share, i) => {
        expect(Math.abs(share - (total * list[i]!) / sum)).toBeLessThan(1);
      });
    }),
  );
});

test("what is left out has no cell, and the others share its networks", () => {
  const cells = planCells(100, new Set(["Linear", "ResNetStyle"]), false);
  expect(cells.some(cell => cell.computation === "Linear" || cell.computation === "ResNetStyle")).toBe(false);
  expect(cells.reduce((sum, cell) => sum + cell.count, 0)).toBe(100);
});
