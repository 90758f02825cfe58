/** Runs a study: plans it or finds it, trains what is not trained yet in child processes, and can be broken off anywhere. */
import type { LoadOptions } from "../data/index.js";
import { graphFromJson, hash } from "../graph/index.js";
import { resolve } from "../op/index.js";
import "../ops/index.js";
import { createPool, type Pool, WorkerDied } from "../runtime/pool.js";
import { removeLeftovers } from "./files.js";
import type { TrialFile } from "./format.js";
import { lockStudy } from "./lock.js";
import { checkSame, planStudy, type StudyOptions } from "./plan.js";
import { createStudy, isStudy, openStudy, readStudy, readTrial, type Study, writeTrial } from "./store.js";
import type { TrialEvent, TrialTask } from "./trial-work.js";

export type StudyEvent =
  /** The study stands on the disk; `trials` are still to be trained. */
  | { readonly kind: "begin"; readonly study: Study; readonly trials: readonly string[] }
  | { readonly kind: "trial"; readonly id: string; readonly event: TrialEvent }
  /** A process died and the trial starts again from its last epoch. */
  | { readonly kind: "retry"; readonly id: string; readonly attempt: number; readonly why: string }
  | { readonly kind: "end"; readonly id: string; readonly trial: TrialFile };

export interface RunOptions extends LoadOptions {
  /** Child processes at once: one per core unless told. */
  readonly processes?: number;
  readonly onEvent?: (event: StudyEvent) => void;
}

/** The content hash of a graph as it stands in a file. */
export const hashOf = (graph: unknown): string => hash(resolve(graphFromJson(graph)));

/** The study in `folder`, trained to its end. Rejects with the signal's reason when broken off; start again to go on. */
export async function runStudy(folder: string, given: StudyOptions, options: RunOptions = {}): Promise<Study> {
  const { signal, onEvent = () => {} } = options;
  const lock = await lockStudy(folder);
  const pool = createPool<TrialTask, TrialEvent, TrialFile>({
    module: new URL("./trial-work.js", import.meta.url).href,
    ...(options.processes !== undefined && { size: options.processes }),
  });
  try {
    removeLeftovers(folder);
    if (isStudy(folder)) checkSame(folder, readStudy(folder), given);
    else {
      const { file, networks } = await planStudy("netpicking", given, options);
      createStudy(folder, file, networks);
    }
    const study = openStudy(folder, { hashOf });
    const trials = unfinished(study);
    onEvent({ kind: "begin", study, trials });
    await trainAll(pool, folder, trials, options);
    signal?.throwIfAborted();
    return openStudy(folder, { hashOf });
  } finally {
    await pool.close();
    // A worker that died while it wrote left a temporary file behind; now none writes any more.
    removeLeftovers(folder);
    lock.release();
  }
}

/** Ids of trials without an end, the most work first, so that no process works long alone at the end. */
function unfinished({ file, networks, trials }: Study): string[] {
  const begun = new Map(trials.map(trial => [trial.id, trial]));
  const ended = (id: string): boolean => (begun.get(id)?.state ?? "running") !== "running";
  const work = (id: string, network: string): number =>
    networks.get(network)!.figures.macs * (file.recipe.epochs - (begun.get(id)?.epochs.length ?? 0));
  return file.trials
    .filter(({ id }) => !ended(id))
    .sort((a, b) => work(b.id, b.network) - work(a.id, a.network))
    .map(({ id }) => id);
}

async function trainAll(
  pool: Pool<TrialTask, TrialEvent, TrialFile>,
  folder: string,
  trials: readonly string[],
  options: RunOptions,
): Promise<void> {
  const { onEvent = () => {} } = options;
  // The first error ends all the others: a full disk is full for every trial.
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const trainOne = async (id: string): Promise<void> => {
    const trial = await pool
      .run(
        { folder, id },
        {
          signal,
          onEvent: event => onEvent({ kind: "trial", id, event }),
          onRetry: (attempt, why) => onEvent({ kind: "retry", id, attempt, why }),
        },
      )
      .catch(error => {
        if (error instanceof WorkerDied) return recordFailure(folder, id, error.message);
        stop.abort(error);
        throw error;
      });
    onEvent({ kind: "end", id, trial });
  };
  await Promise.all(trials.map(trainOne));
}

function recordFailure(folder: string, id: string, error: string): TrialFile {
  const trial: TrialFile = { ...readTrial(folder, id)!, state: "failed", error };
  writeTrial(folder, trial);
  return trial;
}
