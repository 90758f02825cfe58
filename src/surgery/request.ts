/** What is asked of sizes: groups of channels, sums of them, what those must be and should be. */

export interface Group {
  /** Channels that it has. */
  readonly most: number;
  /** Of its channels, falling; without them only sizes matter, and channels are replaced for nothing. */
  readonly utilities?: readonly number[] | undefined;
  /** Most channels that may stay: fewer where some must go. */
  readonly keep: number;
  /** Most channels that may join. */
  readonly join: number;
}

/** Channels of groups, so many times each, and some that never change. */
export interface Sum {
  readonly terms: readonly (readonly [group: number, times: number])[];
  readonly constant: number;
}

/** A size that should change little. */
export interface Size extends Sum {
  /** Whose channels these are. */
  readonly names: readonly string[];
  readonly old: number;
}

/** What a sum of channels must be. */
export interface Demand {
  readonly sum: Sum;
  readonly lower: number;
  readonly upper: number;
  /** It differs from `base` by a multiple of `step`. */
  readonly step?: { readonly base: number; readonly step: number };
  readonly why: string;
}

export interface Target {
  readonly name: string;
  readonly sum: Sum;
  readonly old: number;
  readonly change: number;
  readonly exact: boolean;
  /** What keeps some of its channels as they are. */
  readonly held?: string | undefined;
}

export interface Request {
  readonly groups: readonly Group[];
  readonly sizes: readonly Size[];
  readonly demands: readonly Demand[];
  readonly targets: readonly Target[];
  /** Whether exact targets may be relaxed where they cannot be met. */
  readonly relax: boolean;
  /** Most seconds of the solver, for each attempt. */
  readonly seconds: number;
}
