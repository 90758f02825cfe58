import type { Activation, TrialFile } from "./format.js";
import type { Study } from "./store.js";

export interface LeaderboardRow {
  readonly trial: string;
  readonly name: string;
  /** The class of the network, e.g. "Conv2dThenLinear". */
  readonly computation: string;
  readonly activation: Activation;
  readonly state: TrialFile["state"];
  /** After the last epoch so far; undefined for a trial without one. */
  readonly accuracy: number | undefined;
  readonly params: number;
  readonly macs: number;
  /** Activation elements summed over the network, as the article counts "memory". */
  readonly memoryElements: number;
  readonly ops: number;
  readonly trainSeconds: number;
}

/** A row whose trial went through all its epochs. */
export type DoneRow = LeaderboardRow & { readonly state: "done"; readonly accuracy: number };

const STATES: readonly TrialFile["state"][] = ["done", "running", "diverged", "failed"];

/** Finished trials from the most accurate on, then the others by state. Not begun ones are not listed. */
export function leaderboard(study: Study): LeaderboardRow[] {
  const rows = study.trials.map((trial): LeaderboardRow => {
    const { computation, activation, figures } = study.networks.get(trial.network)!;
    return {
      trial: trial.id,
      name: trial.name,
      computation,
      activation,
      state: trial.state,
      accuracy: trial.epochs.at(-1)?.accuracy,
      params: figures.params,
      macs: figures.macs,
      memoryElements: figures.memoryElements,
      ops: figures.ops,
      trainSeconds: trial.trainSeconds,
    };
  });
  return rows.sort((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || byAccuracy(a, b));
}

export const isDone = (row: LeaderboardRow): row is DoneRow => row.state === "done" && row.accuracy !== undefined;

/** The more accurate first; of equals the one with fewer parameters, then by name, then by trial. */
export function byAccuracy(a: LeaderboardRow, b: LeaderboardRow): number {
  return (b.accuracy ?? -1) - (a.accuracy ?? -1) || byParams(a, b);
}

export function byParams(a: LeaderboardRow, b: LeaderboardRow): number {
  return a.params - b.params || compare(a.name, b.name) || compare(a.trial, b.trial);
}

/** By code units: the same order on every machine, whatever its language. */
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
