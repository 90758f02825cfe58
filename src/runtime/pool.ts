/**
 * Work in child processes, because a run of a model blocks its process. A pool keeps a process per place, gives each
 * one task at a time, replaces a process that dies and tries its task again.
 */
import { type ChildProcess, fork } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { FromWorker, ToWorker } from "./worker.js";

export interface PoolOptions {
  /** URL of the module whose `run` does the work; see `Work` in worker.ts. */
  readonly module: string;
  /** Processes at once: one per core unless told. */
  readonly size?: number;
}

export interface TaskOptions<Event> {
  readonly onEvent?: (event: Event) => void;
  /** The worker died, and the task starts again: `attempt` counts from 2. */
  readonly onRetry?: (attempt: number, why: string) => void;
  readonly signal?: AbortSignal;
}

export interface Pool<Task, Event, Result> {
  readonly size: number;
  /** Waits for a free process. Rejects with WorkerDied when its process died thrice, with the signal's reason when cancelled. */
  run(task: Task, options?: TaskOptions<Event>): Promise<Result>;
  /** End the processes; tasks still running are lost. */
  close(): Promise<void>;
}

/** A worker died on every attempt. */
export class WorkerDied extends Error {
  override readonly name = "WorkerDied";
}
/** The work itself threw: what it said, without its stack. */
export class TaskFailed extends Error {
  override readonly name = "TaskFailed";
}

const attempts = 3;
/** How long a cancelled task may take to notice before its process is ended. */
const patience = 3000;

export function createPool<Task, Event, Result>(options: PoolOptions): Pool<Task, Event, Result> {
  const size = options.size ?? availableParallelism();
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  const waiting: ((worker: Worker) => void)[] = [];
  let closed = false;

  function start(): Worker {
    const worker = startWorker(options.module);
    all.add(worker);
    worker.exited.then(() => all.delete(worker));
    return worker;
  }
  function take(): Promise<Worker> {
    const free = idle.pop();
    if (free) return Promise.resolve(free);
    if (all.size < size) return Promise.resolve(start());
    return new Promise(resolve => waiting.push(resolve));
  }
  function giveBack(worker: Worker): void {
    const usable = worker.alive() ? worker : closed ? undefined : waiting.length > 0 ? start() : undefined;
    if (!usable) return;
    const next = waiting.shift();
    if (next) next(usable);
    else idle.push(usable);
  }
  async function attempt(task: Task, { onEvent, signal }: TaskOptions<Event>): Promise<Outcome<Result>> {
    const worker = await take();
    try {
      signal?.throwIfAborted();
      return await worker.run<Task, Event, Result>(task, onEvent, signal);
    } finally {
      giveBack(worker);
    }
  }
  return {
    size,
    run: async (task, taskOptions = {}) => {
      for (let tried = 1; ; tried++) {
        const outcome = await attempt(task, taskOptions);
        if ("result" in outcome) return outcome.result;
        taskOptions.signal?.throwIfAborted();
        if (closed || tried === attempts)
          throw new WorkerDied(`runtime: the worker process died ${tried} times, got ${outcome.died}`);
        taskOptions.onRetry?.(tried + 1, outcome.died);
      }
    },
    close: async () => {
      closed = true;
      await Promise.all([...all].map(worker => worker.end()));
    },
  };
}

type Outcome<Result> = { readonly result: Result } | { readonly died: string };

interface Worker {
  alive(): boolean;
  readonly exited: Promise<unknown>;
  run<Task, Event, Result>(
    task: Task,
    onEvent: ((event: Event) => void) | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Outcome<Result>>;
  end(): Promise<void>;
}

function startWorker(module: string): Worker {
  const child = fork(fileURLToPath(compiled(new URL("./worker.js", import.meta.url).href)), [compiled(module)], {
    serialization: "advanced",
    // Young objects are few here; room for many of them would be 30 MB a process. Large arrays are given back at once.
    execArgv: ["--max-semi-space-size=2", "--optimize-for-size", "--expose-gc"],
    env: { ...process.env, MALLOC_MMAP_THRESHOLD_: "1048576" },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const spoken = lastWords(child);
  const exited = new Promise<string>(resolve => {
    child.once("exit", (code, signal) => resolve(describeExit(code, signal, spoken())));
    child.once("error", error => resolve(error.message));
  });
  let over = false;
  exited.then(() => {
    over = true;
  });
  // A pool that nobody waits for must not keep the program alive; a task does, and so does an end that is waited for.
  let ending = false;
  const hold = (on: boolean): void => {
    const change = on || ending ? "ref" : "unref";
    child[change]();
    child.channel?.[change]();
  };
  hold(false);
  const send = (message: ToWorker): void => {
    if (child.connected) child.send(message, () => {});
  };
  return {
    exited,
    alive: () => !over && child.connected,
    run: async <Task, Event, Result>(
      task: Task,
      onEvent: ((event: Event) => void) | undefined,
      signal: AbortSignal | undefined,
    ): Promise<Outcome<Result>> => {
      hold(true);
      const answers = new EventEmitter();
      const onMessage = (message: FromWorker): void => {
        if (message.kind === "event") onEvent?.(message.event as Event);
        else answers.emit("end", message);
      };
      let timer: NodeJS.Timeout | undefined;
      const cancel = (): void => {
        send({ kind: "cancel" });
        timer = setTimeout(() => child.kill("SIGKILL"), patience);
      };
      child.on("message", onMessage);
      signal?.addEventListener("abort", cancel, { once: true });
      try {
        send({ kind: "run", task });
        const end = await Promise.race([once(answers, "end") as Promise<[FromWorker]>, exited]);
        if (typeof end === "string") return { died: end };
        const [message] = end;
        if (message.kind === "failed") {
          signal?.throwIfAborted();
          throw new TaskFailed(message.message);
        }
        return { result: (message as { result: unknown }).result as Result };
      } finally {
        clearTimeout(timer);
        signal?.removeEventListener("abort", cancel);
        child.off("message", onMessage);
        hold(false);
      }
    },
    end: async () => {
      ending = true;
      hold(true);
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** The last of what a child wrote to its standard error. */
function lastWords(child: ChildProcess): () => string {
  let words = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    words = (words + text).slice(-2000);
  });
  (child.stderr as unknown as { unref?: () => void })?.unref?.();
  return () => words.trim().split("\n").at(-1) ?? "";
}

function describeExit(code: number | null, signal: string | null, words: string): string {
  if (signal === "SIGKILL")
    return "SIGKILL; the system ends processes so when memory runs out, use fewer processes or smaller networks";
  const said = words === "" ? "" : ` (${words})`;
  return signal ? `${signal}${said}` : `exit code ${code}${said}`;
}

/** Child processes run compiled code, also when this module is run from its TypeScript source in tests. */
const compiled = (url: string): string =>
  import.meta.url.endsWith(".ts") ? url.replace("/src/", "/dist/").replace(/\.ts$/, ".js") : url;
