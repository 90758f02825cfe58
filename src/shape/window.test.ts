import fc from "fast-check";
import { expect, test } from "vitest";
import { product, sameShape, show } from "./shape.js";
import { needsSpatial, remainder, slide, slideAll, slideAllBeyond, slideBeyond } from "./window.js";

/** Positions at which a whole window fits, counted one by one. */
function counted(size: number, kernel: number, stride: number, padding: number, dilation: number): number {
  let places = 0;
  for (let first = -padding; first + dilation * (kernel - 1) < size + padding; first += stride) places++;
  return places;
}

const sizes = fc.tuple(
  fc.integer({ min: 1, max: 60 }),
  fc.integer({ min: 1, max: 9 }),
  fc.integer({ min: 1, max: 7 }),
  fc.integer({ min: 0, max: 5 }),
  fc.integer({ min: 1, max: 4 }),
);

test("the formula counts the places of a window", () => {
  fc.assert(
    fc.property(sizes, ([size, kernel, stride, padding, dilation]) => {
      const places = counted(size, kernel, stride, padding, dilation);
      expect(Math.max(0, slide(size, kernel, stride, padding, dilation))).toBe(places);
      const window = { kernelSize: [kernel], stride: [stride], padding: [padding], dilation: [dilation] };
      if (places === 0) {
        expect(() => slideAll("pool", 1, [size], window)).toThrow(
          `pool: kernel ${kernel} does not fit, got length ${size}; use a smaller kernel or dilation, or more padding`,
        );
      } else {
        expect(slideAll("pool", 1, [size], window)).toEqual([places]);
        const reached = (places - 1) * stride + dilation * (kernel - 1) + 1;
        expect(remainder(size, 0, window)).toBe(size + 2 * padding - reached);
      }
    }),
  );
});

/** Positions that begin in the input or in the padding before it, one stride after the other until one reaches the end. */
function countedBeyond(size: number, kernel: number, stride: number, padding: number, dilation: number): number {
  const reaches = (first: number): boolean => first + dilation * (kernel - 1) >= size + padding - 1;
  let places = 1;
  for (let first = -padding; !reaches(first) && first + stride < size; first += stride) places++;
  return places;
}

test("windows that may reach beyond the end begin before it", () => {
  fc.assert(
    fc.property(sizes, ([size, kernel, stride, any, dilation]) => {
      const padding = Math.min(any, kernel >> 1);
      const room = size + 2 * padding - dilation * (kernel - 1) - 1;
      const window = { kernelSize: [kernel], stride: [stride], padding: [padding], dilation: [dilation] };
      // PyTorch's rule has no place, too, where the first window reaches a whole stride too far.
      if (room <= -stride) {
        expect(slideBeyond(size, kernel, stride, padding, dilation)).toBeLessThan(1);
        expect(() => slideAllBeyond("pool", 1, [size], window)).toThrow(
          `pool: kernel ${kernel} does not fit, got length ${size};`,
        );
      } else {
        expect(slideAllBeyond("pool", 1, [size], window)).toEqual([
          countedBeyond(size, kernel, stride, padding, dilation),
        ]);
      }
    }),
  );
});

test.each([
  [1, [3], "op: input must be [channels, length], got [3]; reshape it first"],
  [2, [3, 4, 5, 6], "op: input must be [channels, height, width], got [3, 4, 5, 6]; reshape it first"],
  [3, [], "op: input must be [channels, depth, height, width], got []; reshape it first"],
] as const)("a window over %i axes refuses an input of other rank", (rank, shape, sentence) => {
  expect(() => needsSpatial("op", rank, shape)).toThrow(sentence);
  expect(() => needsSpatial("op", rank, [1, ...Array<number>(rank).fill(2)])).not.toThrow();
});

test("shapes are counted, compared and shown", () => {
  expect([product([]), product([2, 3, 4])]).toEqual([1, 24]);
  expect([sameShape([2, 3], [2, 3]), sameShape([2, 3], [2]), sameShape([], [])]).toEqual([true, false, true]);
  expect([show([20, 24, 24]), show([])]).toEqual(["[20, 24, 24]", "[]"]);
});
