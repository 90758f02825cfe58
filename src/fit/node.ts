/** Under Node: work in child processes, models on the disk. */
import { findOp } from "../op/index.js";
import * as ops from "../ops/index.js";
import { nativeSession } from "../runtime/native.js";
import { createPool, type Pool, TaskFailed } from "../runtime/pool.js";
import { TrainError } from "../train/index.js";
import { beside, fileParts, writeParts } from "./disk.js";
import { runIn, type SubmitOptions } from "./surroundings.js";
import type { FitEvent, FitResult, FitTask } from "./task.js";

let shared: Pool<FitTask, FitEvent, FitResult> | undefined;

/** A program's own ops are known to no other process: networks of them are trained in this one. */
const shipped: ReadonlySet<unknown> = new Set(Object.values(ops));

/** One pool for the whole program; its processes end with it. */
async function submit(task: FitTask, { signal, onEvent }: SubmitOptions): Promise<FitResult> {
  try {
    if (task.graph.nodes.some(({ op }) => !shipped.has(findOp(op)))) {
      const { run } = await import("./fit-work.js");
      return await run(task, { emit: event => onEvent?.(event), signal: signal ?? new AbortController().signal });
    }
    shared ??= createPool({ module: new URL("./fit-work.js", import.meta.url).href });
    return await shared.run(task, { ...(signal && { signal }), ...(onEvent && { onEvent }) });
  } catch (error) {
    throw error instanceof TaskFailed ? new TrainError(error.message) : error;
  }
}

runIn({ open: nativeSession, submit, write: writeParts, read: async file => fileParts(file), beside });
