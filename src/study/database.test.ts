import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openDatabase } from "./database.js";
import { scoresPath } from "./files.js";
import { synthesise } from "./fixtures/synthetic.js";
import { leaderboard } from "./leaderboard.js";
import { openStudy, writeTrial } from "./store.js";

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "netpick database "));
  folder = join(parent, `it's [a] "study" *?`);
});
afterEach(() => rmSync(parent, { recursive: true }));

async function query(sql: string, ...values: (string | number)[]) {
  const database = await openDatabase(openStudy(folder));
  try {
    return await database.query(sql, ...values);
  } finally {
    database.close();
  }
}

it("the tables hold the study, whatever is in the folder's name", async () => {
  synthesise(folder, { networks: 5, items: 50, epochs: 3, states: { 2: "failed", 3: "running" } });
  const study = openStudy(folder);
  const trials = await query("select trial, name, state, params, accuracy, place from trials order by place");
  expect(trials).toEqual(
    leaderboard(study).map((row, i) => ({
      trial: row.trial,
      name: row.name,
      state: row.state,
      params: row.params,
      accuracy: row.accuracy ?? null,
      place: i + 1,
    })),
  );
  expect(trials.map(row => row.state)).toEqual(["done", "done", "done", "running", "failed"]);
});

it("accuracy from the predictions is accuracy in the trials' files", async () => {
  synthesise(folder, { networks: 5, items: 50, epochs: 3, states: { 1: "diverged" } });
  const [row] = await query(`
    select count(*) as rows, max(abs(measured.accuracy - epochs.accuracy)) as difference
    from (select trial, epoch, avg((predicted = label)::int) as accuracy from predictions group by all) as measured
    join epochs using (trial, epoch)`);
  expect(row!.rows).toBe(15);
  expect(row!.difference).toBeLessThan(1e-12);
});

it("an epoch whose record was not written yet is left out", async () => {
  synthesise(folder, { networks: 2, items: 20, epochs: 3 });
  const [, trial] = openStudy(folder).trials;
  writeTrial(folder, { ...trial!, state: "running", epochs: trial!.epochs.slice(0, 1) });
  expect(await query("select trial, max(epoch) as last from predictions group by trial order by trial")).toEqual([
    { trial: "t0000", last: 3 },
    { trial: "t0001", last: 1 },
  ]);
});

it("a study without an epoch has empty tables", async () => {
  synthesise(folder, { networks: 2, begun: 0 });
  expect(await query("select * from predictions")).toEqual([]);
  expect(await query("select count(*) as n from trials")).toEqual([{ n: 0 }]);
});

it("names the damaged file, which DuckDB does not always", async () => {
  synthesise(folder, { networks: 3, items: 500, epochs: 2 });
  const file = scoresPath(folder, "t0001");
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.fill(0xff, 60, bytes.length - 4000));
  await expect(query("select sum(s3) from predictions")).rejects.toThrow(`study: ${file} is damaged (`);
});

it("names a file that holds fewer epochs than it should, when a question stumbles", async () => {
  synthesise(folder, { networks: 2, items: 20, epochs: 2 });
  synthesise(join(parent, "short"), { networks: 2, items: 20, epochs: 1 });
  writeFileSync(scoresPath(folder, "t0001"), readFileSync(scoresPath(join(parent, "short"), "t0001")));
  await expect(query("select nothing from predictions")).rejects.toThrow(
    `study: ${scoresPath(folder, "t0001")} is damaged (it holds fewer epochs than the .json file beside it); delete both files and start again, the trial is trained anew`,
  );
});

it("a mistake in a query of netpick's own is thrown as it is", async () => {
  synthesise(folder, { networks: 2, items: 20, epochs: 1 });
  await expect(query("select nothing from trials")).rejects.toThrow("nothing");
});
