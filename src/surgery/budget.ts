/** What a network may cost, and by how much one is above that. */
import type { Graph } from "../graph/index.js";
import { figures } from "../op/index.js";
import { BudgetError, SurgeryError } from "./error.js";
import type { Weights } from "./rebuild.js";

/** What a network may cost: below 1, a share of what it costs now; above, the very number. At least one of them. */
export interface Budget {
  /** Trainable parameters. */
  readonly params?: number;
  /** Multiply-accumulates of one sample. */
  readonly macs?: number;
  /** Channels that may be cut, all together. */
  readonly channels?: number;
  /** Most bytes of float32 activations alive at once in a forward pass of one sample. */
  readonly activationBytes?: number;
  /** What a run takes where it is measured. */
  readonly latency?: Latency;
}

/** A time that is measured: at most so many milliseconds, or so large a share of what it is now. */
export interface Latency {
  readonly most?: number;
  readonly share?: number;
  /** Milliseconds that the network takes; `latencyOf` of netpick/fit is one. */
  readonly measure: (network: { readonly graph: Graph; readonly weights: Weights | undefined }) => Promise<number>;
}

/** What is counted, not measured. */
type Counted = Exclude<keyof Budget, "latency">;
export type Cost = Readonly<Record<Counted, number>>;
export type Limit = readonly [what: Counted, most: number];

const names: Readonly<Record<Counted, string>> = {
  params: "params",
  macs: "macs",
  channels: "channels",
  activationBytes: "activation bytes",
};

export function costOf(graph: Graph, channels: number): Cost {
  const { params, macs, peakBytes } = figures(graph);
  return { params, macs, channels, activationBytes: peakBytes };
}

/** What is asked, in words; refuses what cannot be meant. */
export function spelledBudget({ latency, ...counted }: Budget): string {
  const all = Object.entries(counted).map(([what, most]) => {
    if (!Object.hasOwn(names, what)) throw new SurgeryError(`prune: there is no such budget, got ${what}; ${give}`);
    return spelledCount(most, names[what as Counted]);
  });
  if (latency) all.push(spelledLatency(latency));
  if (all.length === 0) throw new SurgeryError(`prune: there is no budget, got none; ${give}`);
  return all.join(" and ");
}

const give = "give params, macs, channels, activationBytes or latency";

function spelledLatency({ most, share }: Latency): string {
  if ((most === undefined) === (share === undefined)) {
    const got = most === undefined ? "neither" : "both";
    throw new SurgeryError(`prune: a latency has most or share, got ${got}; give one of them`);
  }
  if (most !== undefined) return `${above0(most, "ms of latency")} ms of latency`;
  if (share! > 1) {
    throw new SurgeryError(`prune: a share of the latency is at most 1, got ${share}; give milliseconds as most`);
  }
  return spelled(share!, "latency");
}

function spelledCount(most: number, name: string): string {
  // Who asks for 1 channel means one, and not all of them.
  if (most === 1) {
    throw new SurgeryError(
      `prune: a budget of 1 could be all or a single one, got 1 for ${name}; give a share below 1, or a number above it`,
    );
  }
  if (most > 1 && !Number.isInteger(most)) {
    throw new SurgeryError(
      `prune: a budget above 1 is a whole number, got ${most} ${name}; round it, or give a share below 1`,
    );
  }
  return spelled(most, name);
}

const spelled = (most: number, name: string): string =>
  above0(most, name) <= 1 ? `${Math.round(100 * most)} % of ${name}` : `${most} ${name}`;

function above0(most: number, name: string): number {
  if (most > 0) return most;
  throw new SurgeryError(`prune: a budget must be above 0, got ${most} ${name}; give a share or a number`);
}

/** The very numbers, from what it costs now. */
export const limitsOf = ({ latency: _, ...counted }: Budget, now: Cost): Limit[] =>
  Object.entries(counted).map(([key, most]): Limit => {
    const what = key as Counted;
    return [what, most < 1 ? Math.floor(most * now[what]) : most];
  });

/** By how much the costs are above what they may be; at most 0 where all limits are met. */
export const excessOf = (limits: readonly Limit[], cost: Cost): number =>
  // A share of nothing is nothing, and met by nothing.
  Math.max(-1, ...limits.map(([what, most]) => (cost[what] - most) / Math.max(1, most)));

/** What is still above its limit when all is cut that can be. */
export function unreachable(edit: string, limits: readonly Limit[], cost: Cost): BudgetError {
  const over = limits.filter(([what, most]) => cost[what] > most);
  const said = over.map(([what]) => `${cost[what]} ${names[what]}`);
  return smallest(edit, said.join(" and "), over.map(([, most]) => most).join(" and "));
}

export const smallest = (edit: string, reached: string, got: string): BudgetError =>
  new BudgetError(`${edit}: the smallest that can be reached is ${reached}, got ${got}; ask for more`);

/** The first place from which a falling function is at most 0: false position, every second step a halving. */
export async function firstBelow(
  value: (at: number) => number | Promise<number>,
  [above, high]: readonly [number, number],
  [below, low]: readonly [number, number],
): Promise<number> {
  let [from, to, most, least] = [above, below, high, low];
  for (let halves = false; to - from > 1; halves = !halves) {
    const share = halves ? 0.5 : most / (most - least);
    const at = Math.min(to - 1, Math.max(from + 1, Math.round(from + share * (to - from))));
    const found = await value(at);
    if (found > 0) [from, most] = [at, found];
    else [to, least] = [at, found];
  }
  return to;
}
