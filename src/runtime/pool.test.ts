import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { createPool, type Pool, TaskFailed, WorkerDied } from "./pool.js";

const folder = mkdtempSync(join(tmpdir(), "netpick-pool-"));
const module = new URL("../../test/fixtures/pool-work.mjs", import.meta.url).href;
type AnyPool = Pool<object, { said?: unknown; pid?: number }, unknown>;
const pools: AnyPool[] = [];
const pool = (size: number): AnyPool => {
  const made = createPool<object, { said?: unknown; pid?: number }, unknown>({ module, size });
  pools.push(made);
  return made;
};
afterAll(async () => {
  await Promise.all(pools.map(one => one.close()));
  rmSync(folder, { recursive: true });
});

describe("a pool", () => {
  test("gives results and events, typed arrays among them", async () => {
    const seen: unknown[] = [];
    const value = Float32Array.of(1, 2.5);
    const result = await pool(1).run({ do: "echo", value }, { onEvent: event => seen.push(event) });
    expect(result).toMatchObject({ value });
    expect(seen).toEqual([{ said: value }]);
  });

  test("runs no more tasks at once than it has places, and reuses its processes", async () => {
    const two = pool(2);
    const results = await Promise.all(Array.from({ length: 6 }, (_, value) => two.run({ do: "echo", value })));
    expect(results.map(result => (result as { value: number }).value)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(new Set(results.map(result => (result as { pid: number }).pid)).size).toBe(2);
  });

  test("passes on what the work threw, and goes on with the same process", async () => {
    const one = pool(1);
    const before = (await one.run({ do: "echo" })) as { pid: number };
    const failure = one.run({ do: "throw", value: "train: it cannot be; change it" });
    await expect(failure).rejects.toThrow(new TaskFailed("train: it cannot be; change it"));
    expect(((await one.run({ do: "echo" })) as { pid: number }).pid).toBe(before.pid);
  });

  test("tries a task again in a new process when its process died", async () => {
    const retries: unknown[] = [];
    const file = join(folder, "died");
    const result = await pool(1).run({ do: "dieOnce", file }, { onRetry: (...why) => retries.push(why) });
    expect(result).toBe("alive");
    expect(retries).toEqual([[2, "exit code 3"]]);
  });

  test("gives up after three deaths, says why, and lives on", async () => {
    const one = pool(1);
    const retries: number[] = [];
    const failure = one.run({ do: "die" }, { onRetry: attempt => retries.push(attempt) });
    await expect(failure).rejects.toThrow(
      new WorkerDied(
        "runtime: the worker process died 3 times, got SIGKILL; the system ends processes so when memory runs out, use fewer processes or smaller networks",
      ),
    );
    expect(retries).toEqual([2, 3]);
    expect(await one.run({ do: "echo", value: 7 })).toMatchObject({ value: 7 });
  });

  test("cancels work that listens", async () => {
    const one = pool(1);
    const controller = new AbortController();
    const work = one.run(
      { do: "wait", value: 60_000 },
      { signal: controller.signal, onEvent: () => controller.abort() },
    );
    await expect(work).rejects.toMatchObject({ name: "AbortError" });
    expect(await one.run({ do: "echo", value: 1 })).toMatchObject({ value: 1 });
  });

  test("ends a process whose work does not listen", async () => {
    const one = pool(1);
    const controller = new AbortController();
    const started = performance.now();
    const work = one.run(
      { do: "block", value: 60_000 },
      { signal: controller.signal, onEvent: () => controller.abort() },
    );
    await expect(work).rejects.toMatchObject({ name: "AbortError" });
    expect(performance.now() - started).toBeLessThan(30_000);
    expect(await one.run({ do: "echo", value: 1 })).toMatchObject({ value: 1 });
  });

  test("does not start what was cancelled while it waited", async () => {
    const one = pool(1);
    const controller = new AbortController();
    const first = one.run({ do: "wait", value: 300 });
    const second = one.run({ do: "echo", value: 2 }, { signal: controller.signal });
    controller.abort();
    expect(await first).toBe("waited");
    await expect(second).rejects.toMatchObject({ name: "AbortError" });
  });

  test("leaves no process behind when it is closed", async () => {
    const one = pool(1);
    let pid = 0;
    const work = one.run({ do: "wait", value: 60_000 }, { onEvent: event => (pid = event.pid!) }).catch(error => error);
    while (pid === 0) await wait(20);
    await one.close();
    expect(await work).toBeInstanceOf(WorkerDied);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });
});
