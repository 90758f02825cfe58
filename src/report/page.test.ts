import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { synthesise } from "../study/fixtures/synthetic.js";
import { ask, leaderboard, openStudy, pick, type Study, type TrialFile } from "../study/index.js";
import { textTable } from "../text/table.js";
import { reportPage } from "./page.js";
import { plotSvg } from "./plot.js";
import { leaderboardTable, pickSentences, summary } from "./summary.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "netpick report "));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function page(study: Study) {
  return reportPage(study, await ask(study));
}

describe("the page", () => {
  it("fetches nothing and runs nothing", async () => {
    synthesise(folder, { networks: 40, items: 100, states: { 3: "diverged", 4: "failed" } });
    const html = await page(openStudy(folder));
    expect(html).not.toMatch(/<script|<link|<iframe|@import|\bsrc=|\son[a-z]+=/i);
    const addresses = [...html.matchAll(/https?:\/\/[^\s"'<)]+/g)].map(([address]) => address);
    expect([...new Set(addresses)].sort()).toEqual(["http://www.w3.org/1999/xlink", "http://www.w3.org/2000/svg"]);
    expect(html.match(/<svg/g)).toHaveLength(6);
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("is equal for equal studies", async () => {
    for (const name of ["a", "b"]) synthesise(join(folder, name), { networks: 10, items: 100 });
    expect(await page(openStudy(join(folder, "a")))).toBe(await page(openStudy(join(folder, "b"))));
  });

  it("has each id once, and every reference to one has its target", async () => {
    synthesise(folder, { networks: 10, items: 100 });
    const html = await page(openStudy(folder));
    const ids = [...html.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id!);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, id] of html.matchAll(/url\(#([^)]+)\)/g)) expect(ids).toContain(id);
  });

  it("escapes what is written by others, in text as in plots", async () => {
    synthesise(folder, { networks: 3, items: 20 });
    const study = openStudy(folder);
    const evil = `<img src=x onerror="alert('1')">&amp;`;
    const trials = study.trials.map((trial): TrialFile => ({ ...trial, name: `${evil}${trial.id}` }));
    const networks = new Map([...study.networks].map(([hash, network]) => [hash, { ...network, computation: evil }]));
    const file = { ...study.file, name: evil, data: { ...study.file.data, name: evil } };
    const html = await page({ ...study, file, trials, networks });
    expect(html).not.toContain("<img");
    expect(html).toContain("&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;");
  });

  it("folds the end of a long leaderboard, not the end of a short one", async () => {
    synthesise(folder, { networks: 31, items: 20, epochs: 1 });
    const study = openStudy(folder);
    expect(await reportPage(study, [])).toContain("<summary>6 more</summary>");
    expect(await reportPage({ ...study, trials: study.trials.slice(1) }, [])).not.toContain(" more</summary>");
  });

  it("of a study that has not begun says so", async () => {
    synthesise(folder, { networks: 3, begun: 0 });
    const html = await page(openStudy(folder));
    expect(html).toContain("<p>No trial is done yet, so there is nothing to pick.</p>");
    expect(html).toContain("<p>0 of 3 networks are trained; 3 not begun.</p>");
  });
});

it("a plot is the same text every time", async () => {
  const plot = {
    title: "A line",
    spec: {
      width: 100,
      height: 60,
      data: { values: [1, 3, 2].map((y, x) => ({ x, y })) },
      mark: "line",
      encoding: { x: { field: "x", type: "quantitative" }, y: { field: "y", type: "quantitative" } },
    },
  };
  const svg = await plotSvg(plot);
  expect(await plotSvg(plot)).toBe(svg);
  expect(svg).toMatchSnapshot();
});

it("the brief leaderboard fits a terminal", () => {
  synthesise(folder, { networks: 12, items: 100, states: { 3: "diverged", 4: "failed", 5: "running" } });
  const study = openStudy(folder);
  const text = textTable(leaderboardTable(leaderboard(study), true), 80);
  expect(Math.max(...text.split("\n").map(line => line.length))).toBeLessThanOrEqual(80);
  expect(text).toMatchSnapshot();
});

it("the summary tells the schedule", () => {
  synthesise(folder, { networks: 12, items: 100 });
  const study = openStudy(folder);
  const schedule = { name: "warmUp", length: 9, schedule: { name: "cosine", minFactor: 0.1 } } as const;
  const recipe = { ...study.file.recipe, schedule };
  expect(summary({ ...study, file: { ...study.file, recipe } })[1]).toContain(
    "; schedule warmUp, length 9, schedule cosine, min factor 0.1; loss nll",
  );
});

it("the summary and the picks are plain sentences", () => {
  synthesise(folder, { networks: 12, items: 100 });
  const study = openStudy(folder);
  expect(summary(study)).toEqual([
    "12 networks on synthetic digits: 1,000 training samples, 100 test items, 10 classes.",
    "Each for 4 epochs in batches of 25 with adam, learning rate 0.002, amsgrad true; loss nll, seed 42.",
  ]);
  expect(pickSentences(pick(leaderboard(study), 100))).toMatchSnapshot();
});
