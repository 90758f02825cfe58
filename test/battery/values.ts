/** Numbers to prove ops with: seeded, and laid out so that differences can be taken safely. */
import { type Random, random } from "../../src/random.js";
import { product, type Shape } from "../../src/shape/index.js";
import type { Placed } from "./op-model.js";

/**
 * `smooth`: from -1.5 to 1.5. `small`: from -0.5 to 0.5, where exponentials of products bend little. `offZero`: at least 0.2 away from 0, where some activations have a kink. `distinct`: no
 * two closer than 0.25, so that no step of a difference changes which one is the largest. `positive`: from 0.7 to 3.7,
 * where quotients and roots bend little. `alternating`: of alternating sign and at least 0.2 away from 0, so that no
 * neighbours are nearly equal.
 */
export type Layout = "smooth" | "small" | "offZero" | "distinct" | "positive" | "alternating";

export function values(count: number, source: Random, layout: Layout = "smooth"): Float32Array {
  if (layout === "distinct") {
    const order = Array.from({ length: count }, (_, i) => [source.float(), (i - count / 2) / 4] as const);
    return Float32Array.from(order.sort(([a], [b]) => a - b).map(([, value]) => value));
  }
  const draw = (_: unknown, i: number): number => {
    const value = 3 * source.float() - 1.5;
    if (layout === "alternating") return (Math.abs(value) + 0.2) * (i % 2 === 0 ? 1 : -1);
    if (layout === "positive") return value + 2.2;
    if (layout === "small") return value / 3;
    return layout === "offZero" ? value + (value < 0 ? -0.2 : 0.2) : value;
  };
  return Float32Array.from({ length: count }, draw);
}

/** A batch of samples of that shape. */
export const batchOf = (batch: number, shape: Shape, seed: number, layout?: Layout): Float32Array =>
  values(batch * product(shape), random(seed), layout);

/** A batch for an input of an op: whole numbers in range where it takes places. */
export function inputOf(
  { op, attrs }: Pick<Placed, "op" | "attrs">,
  batch: number,
  shape: Shape,
  seed: number,
  layout?: Layout,
): Float32Array {
  const count = op.indices?.(attrs);
  if (count === undefined) return batchOf(batch, shape, seed, layout);
  const source = random(seed);
  return Float32Array.from({ length: batch * product(shape) }, () => source.int(0, count - 1));
}
