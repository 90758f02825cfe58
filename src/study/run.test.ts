import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { writeSmallData } from "../../test/fixtures/small-data.js";
import { loadData } from "../data/index.js";
import { Model } from "../fit/index.js";
import type { StudyOptions } from "./plan.js";
import { type RunOptions, runStudy, type StudyEvent } from "./run.js";
import { openStudy, readTrial, type Study } from "./store.js";

const folder = mkdtempSync(join(tmpdir(), "netpick-run-"));
afterAll(() => rmSync(folder, { recursive: true }));
const data = writeSmallData(join(folder, "data"));
const options: StudyOptions = { data, networks: 5, epochs: 3 };

const run = (name: string, extra: RunOptions = {}, asked = options) =>
  runStudy(join(folder, name), asked, { processes: 2, ...extra });

/** Scores as bytes, and every figure that is made of scores. */
function results(name: string): Record<string, unknown> {
  const trials = join(folder, name, "trials");
  return Object.fromEntries(
    readdirSync(trials).map(file => {
      const bytes = readFileSync(join(trials, file));
      if (file.endsWith(".parquet")) return [file, createHash("sha256").update(bytes).digest("hex")];
      const { state, epochs } = JSON.parse(bytes.toString());
      return [file, [state, epochs.map((epoch: object) => ({ ...epoch, trainSeconds: 0, testSeconds: 0 }))]];
    }),
  );
}

/** Child processes of this one that run trials. */
const workers = (): number[] =>
  readdirSync("/proc")
    .filter(name => /^\d+$/.test(name))
    .filter(name => {
      try {
        const parent = readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1)!.split(" ")[1];
        return parent === String(process.pid) && readFileSync(`/proc/${name}/cmdline`, "utf8").includes("trial-work");
      } catch {
        return false;
      }
    })
    .map(Number);
const killWorkers = (): void => {
  for (const pid of workers()) process.kill(pid, "SIGKILL");
};
const isStep = (event: StudyEvent): boolean => event.kind === "trial" && event.event.kind === "steps";

/** Multiply-accumulates for each sample over the epochs still to come. */
function workLeft({ file, networks, trials }: Study, id: string): number {
  const { network } = file.trials.find(trial => trial.id === id)!;
  const done = trials.find(trial => trial.id === id)?.epochs.length ?? 0;
  return networks.get(network)!.figures.macs * (3 - done);
}

const undisturbed = run("undisturbed").then(study => ({ study, results: results("undisturbed") }));

describe("a study", () => {
  test("trains every network to the end and keeps every score", async () => {
    const { study } = await undisturbed;
    expect(study.trials.map(({ state, epochs }) => [state, epochs.length])).toEqual(Array(5).fill(["done", 3]));
    expect(study.file.trials.map(({ name }) => name)).toContain("Basic");
    expect(readdirSync(join(folder, "undisturbed", "weights"))).toHaveLength(5);
    const basic = study.trials.find(({ name }) => name === "Basic")!;
    expect(basic.epochs.at(-1)!.accuracy).toBeGreaterThan(0.9);
    expect(readdirSync(join(folder, "undisturbed"))).not.toContain("lock");
  });

  test("leaves models, which give again what their trials say, and can be trained on", async () => {
    const { study } = await undisturbed;
    const { test } = await loadData(data);
    for (const { id, epochs } of study.trials) {
      const model = await Model.load(join(folder, "undisturbed", "weights", `${id}.safetensors`));
      const { accuracy, logLoss } = epochs.at(-1)!;
      expect(await model.evaluate(test)).toMatchObject({ accuracy, logLoss });
      expect(model.history.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
      expect(model.recipe).toMatchObject({ epochs: 3, optimizer: { name: "adam" } });
    }
  });

  test("has nothing to do when it is started again, with its own options or without", async () => {
    await undisturbed;
    for (const asked of [options, {}]) {
      const events: StudyEvent[] = [];
      await run("undisturbed", { onEvent: event => events.push(event) }, asked);
      expect(events).toMatchObject([{ kind: "begin", trials: [] }]);
    }
    expect(results("undisturbed")).toEqual((await undisturbed).results);
  });

  test("goes on after it was broken off, to the same scores", async () => {
    for (let stop = 2; ; stop += 3) {
      const controller = new AbortController();
      let seen = 0;
      const onEvent = (event: StudyEvent): void => {
        if (event.kind === "begin") {
          const left = event.trials.map(id => workLeft(event.study, id));
          expect(left).toEqual([...left].sort((a, b) => b - a));
        }
        if (isStep(event) && ++seen === stop) controller.abort();
      };
      const ended = await run("broken-off", { onEvent, signal: controller.signal }).catch(error => error);
      if (!(ended instanceof Error)) break;
      expect(ended.name).toBe("AbortError");
    }
    expect(results("broken-off")).toEqual((await undisturbed).results);
  });

  test("keeps its schedule, and what the schedule has seen, when it was broken off", async () => {
    const schedule = { name: "plateau", monitor: "auc", patience: 0, threshold: 10, factor: 0.2 } as const;
    const asked = { ...options, networks: 2, schedule };
    const { file } = await run("plateau", {}, asked);
    expect(file.recipe.schedule).toEqual(schedule);
    for (let epochs = 1; ; epochs++) {
      const controller = new AbortController();
      let seen = 0;
      const onEvent = (event: StudyEvent): void => {
        if (event.kind === "trial" && event.event.kind === "epoch" && ++seen === epochs) controller.abort();
      };
      const ended = await run("plateau-off", { onEvent, signal: controller.signal }, asked).catch(error => error);
      if (!(ended instanceof Error)) break;
    }
    expect(results("plateau-off")).toEqual(results("plateau"));
    await run("steady", {}, { ...options, networks: 2 });
    expect(results("steady")).not.toEqual(results("plateau"));
  });

  test("replaces workers that die and ends with the same scores", async () => {
    let steps = 0;
    const retries: StudyEvent[] = [];
    const onEvent = (event: StudyEvent): void => {
      if (event.kind === "retry") retries.push(event);
      if (isStep(event) && ++steps % 7 === 3 && retries.length < 4) killWorkers();
      // As a worker leaves it that dies while it writes.
      if (event.kind === "retry") writeFileSync(join(folder, "deaths/trials/.dead.json.1.tmp"), "{");
    };
    await run("deaths", { onEvent });
    expect(readdirSync(join(folder, "deaths/trials")).filter(name => name.endsWith(".tmp"))).toEqual([]);
    expect(retries.length).toBeGreaterThan(0);
    expect(results("deaths")).toEqual((await undisturbed).results);
  });

  test("records a trial as failed when its worker dies thrice, and goes on with the others", async () => {
    const onEvent = (event: StudyEvent): void => {
      if (isStep(event) && event.kind === "trial" && event.id === "Basic") killWorkers();
    };
    const study = await run("failure", { onEvent, processes: 1 });
    const { state, error } = readTrial(join(folder, "failure"), "Basic")!;
    expect([state, error]).toEqual([
      "failed",
      "runtime: the worker process died 3 times, got SIGKILL; the system ends processes so when memory runs out, use fewer processes or smaller networks",
    ]);
    expect(study.trials.filter(trial => trial.state === "done")).toHaveLength(4);
  });

  test("is run by one process at a time", async () => {
    let second: unknown;
    const onEvent = async (event: StudyEvent): Promise<void> => {
      if (event.kind === "begin") second = await run("twice").catch(error => error);
    };
    await run("twice", { onEvent });
    expect(String(second)).toBe(
      `StudyError: study: ${join(folder, "twice")} is in use by process ${process.pid}; wait for it, or stop it first`,
    );
  });

  test.each([
    [{ epochs: 4 }, "epochs 3, got 4"],
    [{ networks: 6 }, "networks 5, got 6"],
    [{ seed: 1 }, "seed 42, got 1"],
    [{ schedule: { name: "cosine" } }, 'schedule {"name":"constant"}, got {"name":"cosine"}'],
    [{ maxParams: 9999 }, "maxParams not limited, got 9999"],
  ] as [StudyOptions, string][])("refuses other options than it was begun with: %o", async (asked, sentence) => {
    await undisturbed;
    await expect(run("undisturbed", {}, asked)).rejects.toThrow(
      `study: ${join(folder, "undisturbed")} was begun with ${sentence}; leave it out to go on, or choose another folder`,
    );
  });

  test("refuses to go on with other data in the same place", async () => {
    const other = writeSmallData(join(folder, "other-data"));
    const controller = new AbortController();
    const asked = { ...options, data: other };
    const onEvent = (event: StudyEvent): void => void (event.kind === "end" && controller.abort());
    await run("other", { onEvent, signal: controller.signal }, asked).catch(() => {});
    writeSmallData(other, 99);
    await expect(run("other", {}, asked)).rejects.toThrow(
      `study: ${other} does not hold the other-data that the study began with, got other samples; put them back`,
    );
  });

  test("says which option cannot be", async () => {
    await expect(run("none", {}, { ...options, networks: 0 })).rejects.toThrow(
      "study: networks must be a whole number of at least 1, got 0; give 1 or more",
    );
    expect(() => openStudy(join(folder, "none"))).toThrow("is no study");
  });
});
