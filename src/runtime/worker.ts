/** The main module of a child process: runs one task after another with the module that it was started for. */

export type ToWorker = { readonly kind: "run"; readonly task: unknown } | { readonly kind: "cancel" };
export type FromWorker =
  | { readonly kind: "event"; readonly event: unknown }
  | { readonly kind: "done"; readonly result: unknown }
  | { readonly kind: "failed"; readonly message: string };

/** What the module of a pool exports as `run`. */
export type Work<Task, Event, Result> = (
  task: Task,
  context: { readonly emit: (event: Event) => void; readonly signal: AbortSignal },
) => Promise<Result>;

const send = (message: FromWorker): void => {
  if (process.connected) process.send!(message, () => {});
};

async function main(moduleUrl: string): Promise<void> {
  // Without its parent nobody wants the results.
  process.on("disconnect", () => process.exit(0));
  // The terminal sends Ctrl-C to the whole group; the parent decides what it means.
  process.on("SIGINT", () => {});
  let cancel = new AbortController();
  let ready: (work: Work<unknown, unknown, unknown>) => void = () => {};
  const work = new Promise<Work<unknown, unknown, unknown>>(resolve => {
    ready = resolve;
  });
  process.on("message", async (message: ToWorker) => {
    if (message.kind === "cancel") return cancel.abort();
    cancel = new AbortController();
    try {
      const run = await work;
      const result = await run(message.task, { emit: event => send({ kind: "event", event }), signal: cancel.signal });
      send({ kind: "done", result });
    } catch (error) {
      send({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
    }
  });
  const module = (await import(moduleUrl)) as { run: Work<unknown, unknown, unknown> };
  ready(module.run);
}

await main(process.argv[2]!);
