/** Seeded random numbers (xoroshiro128+). Whatever is random in netpick comes from here, so that a seed decides it. */
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

export interface Random {
  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number;
  /** A number in [0, 1) with 24 random bits: exact in float32. */
  float(): number;
  /** One of the items. */
  pick<T>(items: readonly T[]): T;
  /** True with probability `p` (one half unless told). */
  chance(p?: number): boolean;
}

export function random(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  const float = (): number => (generator.next() >>> 8) * 2 ** -24;
  const int = (low: number, high: number): number => (low === high ? low : uniformInt(generator, low, high));
  return {
    int,
    float,
    pick: items => items[int(0, items.length - 1)]!,
    chance: (p = 0.5) => float() < p,
  };
}

/** A seed of its own for every purpose: the first 32 bits of SHA-256 over the parts. */
export function deriveSeed(...parts: readonly (string | number)[]): number {
  const digest = sha256(utf8ToBytes(parts.join("\u0000")));
  return new DataView(digest.buffer, digest.byteOffset).getInt32(0);
}

/** The numbers 0 to count - 1 in random order (Fisher-Yates). */
export function permutation(count: number, source: Random): Uint32Array {
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const j = source.int(0, i);
    order[i] = order[j]!;
    order[j] = i;
  }
  return order;
}
