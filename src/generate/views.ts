/** Shapes in which a network may see the samples: the same elements with more or fewer axes. */
import { product, type Rank, type Shape } from "../shape/index.js";

export type Views = "published" | "any";

/** All elements in one axis. */
export const flatView = (input: Shape): Shape => [product(input)];

/**
 * Shapes [channels, ...spatial] for a convolution of that rank. `published` gives one: for 784 pixels the article's,
 * for others what the same rule gives. `any` gives every split into that many factors.
 */
export function convViews(input: Shape, rank: Rank, views: Views): readonly Shape[] {
  const published = publishedView(input, rank);
  if (views === "published") return [published];
  const splits =
    rank === 3
      ? factorizations(product(input), 3).map((spatial): Shape => [1, ...spatial])
      : factorizations(product(input), rank + 1);
  const any = splits.filter(view => view.slice(1).every(size => size > 1));
  return any.length > 0 ? any : [published];
}

/** The image itself where it has the axes, else the split that the article's are examples of. */
export function publishedView(input: Shape, rank: Rank): Shape {
  const size = product(input);
  if (rank === 2) return input.length === 3 ? input : [1, ...mostEven(factorizations(size, 2))];
  // [16, 49]: more positions than channels, and else as even as can be.
  if (rank === 1)
    return mostEven(factorizations(size, 2).filter(([channels, length]) => size === 1 || channels! < length!));
  // [1, 16, 7, 7]: square slices as large as can be, and no fewer slices than a slice is high.
  const slices = factorizations(size, 3).filter(([depth, height, width]) => height === width && depth! >= height!);
  const square = mostEven(slices);
  return [1, ...(square.at(-1)! > 1 ? square : mostEven(factorizations(size, 3)))];
}

/** The split whose largest and smallest factor differ least; of equals the one with the most in front. */
const mostEven = (splits: readonly Shape[]): Shape =>
  splits.reduce((best, split) => {
    const [a, b] = [spread(split), spread(best)];
    return a < b || (a === b && split[0]! > best[0]!) ? split : best;
  });

const spread = (split: Shape): number => Math.max(...split) / Math.min(...split);

/** Every ordered split of `size` into `count` factors. */
export function factorizations(size: number, count: number): Shape[] {
  if (count === 1) return [[size]];
  return divisors(size).flatMap(first => factorizations(size / first, count - 1).map(rest => [first, ...rest]));
}

function divisors(size: number): number[] {
  const small: number[] = [];
  const large: number[] = [];
  for (let d = 1; d * d <= size; d++) {
    if (size % d !== 0) continue;
    small.push(d);
    if (d * d !== size) large.unshift(size / d);
  }
  return [...small, ...large];
}
