/** Arithmetic of sums of channels. */
import type { Demand, Sum } from "./request.js";

/** One term for each variable, or group. */
export function merged(terms: readonly (readonly [number, number])[]): Map<number, number> {
  const sums = new Map<number, number>();
  for (const [one, factor] of terms) sums.set(one, (sums.get(one) ?? 0) + factor);
  return sums;
}

export const total = (sums: readonly Sum[]): Sum => ({
  terms: [...merged(sums.flatMap(({ terms }) => terms))].filter(([, times]) => times !== 0),
  constant: sums.reduce((sum, { constant }) => sum + constant, 0),
});

/** The demand that two sums are the same. */
export const same = (a: Sum, b: Sum, why: string): Demand => {
  const less = { terms: b.terms.map(([group, times]) => [group, -times] as const), constant: -b.constant };
  return { sum: total([a, less]), lower: 0, upper: 0, why };
};
