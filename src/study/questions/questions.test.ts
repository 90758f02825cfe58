import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { networkOf, studyOf, synthesise, trialOf } from "../fixtures/synthetic.js";
import type { NetworkFile } from "../format.js";
import { isDone, leaderboard } from "../leaderboard.js";
import { readScores } from "../scores.js";
import { createStudy, openStudy, type Study, writeTrial } from "../store.js";
import { ask, questions } from "./index.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "netpick questions "));
});
afterEach(() => rmSync(folder, { recursive: true }));

const question = (number: number) => questions.filter(q => q.number === number);
const answerTo = async (number: number, study = openStudy(folder)) => (await ask(study, question(number)))[0]!;

/** A study of two classes and five items from the probabilities of class 0 that its networks give, epoch by epoch. */
function handmade(networks: [NetworkFile, number[][]][]): Study {
  const labels = Uint8Array.of(0, 0, 0, 1, 1);
  const file = studyOf(
    networks.map(([network]) => network),
    { classes: 2, items: 5, epochs: networks[0]![1].length },
  );
  createStudy(
    folder,
    file,
    networks.map(([network]) => network),
  );
  networks.forEach(([, epochs], i) => {
    const scores = epochs.map(ps => Float32Array.from(ps.flatMap(p => [Math.log(p), Math.log(1 - p)])));
    writeTrial(folder, trialOf(folder, file.trials[i]!, labels, 2, scores));
  });
  return openStudy(folder);
}

const BASIC = networkOf(0, "Basic", "Basic", "none", 100);
const BIG = networkOf(1, "Big", "Conv2d", "relu", 1000);
const SMALL = networkOf(2, "Small", "Linear", "tanh", 200);
const MIDDLE = networkOf(3, "Middle", "Linear", "tanh", 201);

/** Basic is right at items 0, 1 and 3, Small at 0, 2 and 3, Middle at the first three, Big at all but the last; */
const FOUR: [NetworkFile, number[][]][] = [
  [
    BASIC,
    [
      [0.9, 0.3, 0.3, 0.6, 0.6],
      [0.9, 0.7, 0.4, 0.15, 0.6],
    ],
  ],
  [
    BIG,
    [
      [0.9, 0.9, 0.9, 0.1, 0.6],
      [0.9, 0.9, 0.9, 0.1, 0.55],
    ],
  ],
  [
    SMALL,
    [
      [0.3, 0.3, 0.3, 0.6, 0.6],
      [0.8, 0.4, 0.8, 0.3, 0.7],
    ],
  ],
  [
    MIDDLE,
    [
      [0.9, 0.9, 0.9, 0.9, 0.9],
      [0.9, 0.9, 0.9, 0.9, 0.9],
    ],
  ],
];

describe("question 1", () => {
  it("counts by hand", async () => {
    handmade(FOUR);
    const answer = await answerTo(1);
    // First epoch: 1/5, 4/5, 0 and 3/5; second: 3/5, 4/5, 3/5 and 3/5.
    expect(answer.tables[0]!.rows).toEqual([
      [1, 4, 1, 0, 0, 0, 0, expect.closeTo(0.4, 12), 0.8],
      [2, 4, 1, 0, 0, 0, 0, 0.6, 0.8],
    ]);
    expect(answer.sentences).toEqual([
      "All 4 networks are trained.",
      "1 network is good: at least 80.00 % in every epoch.",
      "No network is gold: at least 98.00 % in the last epoch.",
    ]);
  });

  it("names the gold networks", async () => {
    handmade([
      [
        BIG,
        [
          [0.4, 0.9, 0.9, 0.1, 0.6],
          [0.9, 0.9, 0.9, 0.1, 0.4],
        ],
      ],
    ]);
    expect((await answerTo(1)).sentences).toEqual([
      "The one network is trained.",
      "No networks are good: at least 80.00 % in every epoch.",
      "1 network is gold, at least 98.00 % in the last epoch: Big.",
    ]);
  });

  it("counts what the trials' files say, over a drawn study", async () => {
    synthesise(folder, { networks: 30, items: 100, states: { 3: "diverged", 4: "failed", 5: "running" }, begun: 28 });
    const study = openStudy(folder);
    const answer = await answerTo(1);
    const at = (epoch: number) => study.trials.flatMap(trial => trial.epochs[epoch]?.accuracy ?? []);
    expect(answer.tables[0]!.rows.map(row => row.slice(0, 7))).toEqual(
      [0, 1, 2, 3].map(epoch => [
        epoch + 1,
        at(epoch).length,
        ...[0.8, 0.9, 0.95, 0.99, 1].map(level => at(epoch).filter(a => a >= level).length),
      ]),
    );
    expect(answer.sentences[0]).toBe(
      "25 of 30 networks are trained; 1 diverged, 1 failed, 1 still in training, 2 not begun.",
    );
  });
});

describe("question 2", () => {
  it("compares classes and activations by hand", async () => {
    handmade(FOUR);
    const answer = await answerTo(2);
    expect(answer.tables[0]!.rows).toEqual([
      ["Conv2d", 1, 0.8, 0.8, 0.8, 0.8, 0.8, 0, "Big"],
      ["Basic", 1, 0.6, 0.6, 0.6, 0.6, 0.6, 0, "Basic"],
      ["Linear", 2, 0.6, 0.6, 0.6, 0.6, 0.6, 0, "Small"],
    ]);
    expect(answer.tables[1]!.rows.map(row => row.slice(0, 3))).toEqual([
      ["Conv2d", "relu", 1],
      ["Basic", "none", 1],
      ["Linear", "tanh", 2],
    ]);
    expect(answer.sentences[1]).toBe(
      "The class with the best median is Conv2d, 80.00 % over 1 network; the one with the worst is Linear, 60.00 % over 2 networks.",
    );
  });

  it("takes quartiles between the values, as box plots do", async () => {
    const step = (right: number): number[][] => [[0, 1, 2, 3, 4].map(i => (i < right === i < 3 ? 0.9 : 0.1))];
    handmade([1, 2, 3, 5].map((right, i) => [networkOf(i, `n${i}`, "Linear", "none", 10), step(right)]));
    const [row] = (await answerTo(2)).tables[0]!.rows;
    // 1/5, 2/5, 3/5 and 5/5: quartiles at 3/4, 1 1/2 and 2 1/4 of the way.
    expect(row!.slice(1, 7)).toEqual([4, 0.2, 0.35, 0.5, 0.7, 1].map(x => expect.closeTo(x, 12)));
  });
});

describe("question 10", () => {
  it("compares the best with the baseline by hand", async () => {
    handmade(FOUR);
    const answer = await answerTo(10);
    expect(answer.sentences[1]).toBe(
      "Big gets 80.00 % right, 20.00 percentage points more than Basic, with 10 times the parameters and 1.53 times the multiply-accumulates.",
    );
    expect(answer.tables[0]!.rows.slice(0, 4)).toEqual([
      ["accuracy, %", 60, 80, expect.closeTo(4 / 3, 12)],
      ["wrong answers, %", 40, expect.closeTo(20, 12), expect.closeTo(0.5, 12)],
      ["parameters", 100, 1000, 10],
      ["multiply-accumulates", 7840, 12000, 12000 / 7840],
    ]);
  });

  it("an ensemble of small networks, by hand", async () => {
    // Basic and Small, means of class 0: 0.85, 0.55, 0.6, 0.225 and 0.65: all but the last are right. Middle is too large.
    handmade(FOUR);
    const answer = await answerTo(10);
    expect(answer.sentences[2]).toBe(
      "An ensemble of the 2 most accurate networks with at most 2 times the parameters of Basic matches Big: 80.00 %, for 300 parameters and 10,240 multiply-accumulates against 1,000 parameters and 12,000 multiply-accumulates; its members were chosen on the same test items, so this flatters it.",
    );
  });

  it("an ensemble that never matches says so", async () => {
    handmade([FOUR[0]!, FOUR[1]!]);
    expect((await answerTo(10)).sentences[2]).toBe(
      "No ensemble of the 1 network with at most 2 times the parameters of Basic matches Big: the best, of 1, reaches 60.00 %, 20.00 percentage points less.",
    );
  });

  it("a cascade, by hand", async () => {
    handmade(FOUR);
    const answer = await answerTo(10);
    // Basic's confidences: 0.9, 0.7, 0.6, 0.85 and 0.6. From 0.8 on it answers items 0 and 3.
    const row = answer.tables[1]!.rows.find(([threshold]) => threshold === 0.8)!;
    expect(row).toEqual(
      [0.8, 0.4, 0.8, 7840 + 0.6 * 12000, (7840 + 0.6 * 12000) / 12000].map(x => expect.closeTo(x, 9)),
    );
  });

  it("ensemble and cascade equal a plain computation over a drawn study", async () => {
    synthesise(folder, { networks: 40, items: 300 });
    const study = openStudy(folder);
    const answer = await answerTo(10, study);
    const rows = leaderboard(study).filter(isDone);
    const basic = rows.find(row => row.name === "Basic")!;
    const best = rows[0]!;
    const probabilities = async (trial: string) => {
      const file = join(folder, "trials", `${trial}.parquet`);
      const [scores] = await readScores(file, { items: 300, classes: 10 }, 4);
      return Array.from({ length: 300 }, (_, item) => Array.from(scores!.slice(item * 10, item * 10 + 10), Math.exp));
    };
    const label = (item: number) => item % 10;
    const winner = (ps: number[]) => ps.indexOf(Math.max(...ps));
    const share = (right: (item: number) => boolean) =>
      Array.from({ length: 300 }, (_, item) => item).filter(right).length / 300;

    const small = await probabilities(basic.trial);
    const large = await probabilities(best.trial);
    for (const [threshold, answered, accuracy, macs] of answer.tables[1]!.rows) {
      const sure = (item: number) => Math.max(...small[item]!) >= Number(threshold);
      expect(answered).toBeCloseTo(share(sure), 12);
      expect(accuracy).toBeCloseTo(
        share(i => winner(sure(i) ? small[i]! : large[i]!) === label(i)),
        12,
      );
      expect(macs).toBeCloseTo(basic.macs + (1 - share(sure)) * best.macs, 3);
    }

    const members = rows.filter(row => row.params <= 2 * basic.params && row !== best);
    const all = await Promise.all(members.map(row => probabilities(row.trial)));
    const steps = members.map((_, size) =>
      share(
        i =>
          winner(small[i]!.map((_, c) => all.slice(0, size + 1).reduce((sum, ps) => sum + ps[i]![c]!, 0))) === label(i),
      ),
    );
    const needed = steps.findIndex(accuracy => accuracy >= best.accuracy) + 1;
    expect(needed).toBeGreaterThan(1);
    expect(answer.sentences[2]).toContain(`An ensemble of the ${needed} most accurate networks`);
  });

  it("a baseline that gives no answer is never sure", async () => {
    const nothing = [Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN];
    handmade([
      [BASIC, [nothing]],
      [BIG, [[0.9, 0.9, 0.9, 0.1, 0.1]]],
    ]);
    const answer = await answerTo(10);
    expect(answer.tables[1]!.rows[0]!.slice(0, 3)).toEqual([0, 0, 1]);
    expect(answer.sentences[3]).toBe(
      "No cascade of Basic and Big is cheaper than Big alone and at most 0.50 percentage points less accurate.",
    );
  });

  it("without a baseline, or with nothing better than it, a sentence says so", async () => {
    handmade([FOUR[1]!]);
    expect((await answerTo(10)).sentences).toEqual([
      "The one network is trained.",
      "There is no trained network of the class Basic to compare with.",
    ]);
    rmSync(folder, { recursive: true });
    handmade([FOUR[0]!]);
    expect((await answerTo(10)).sentences[1]).toBe("The baseline Basic is itself the most accurate, with 60.00 %.");
  });
});

describe("every question", () => {
  it.each([
    ["one network", { networks: 1 }],
    ["one network that is no baseline", { networks: 1, basic: false }],
    ["no trial begun", { networks: 3, begun: 0 }],
    ["all trials failed", { networks: 2, states: { 0: "failed", 1: "failed" } }],
    ["all trials diverged", { networks: 2, states: { 0: "diverged", 1: "diverged" } }],
    ["the first trial still in training", { networks: 3, states: { 0: "running" }, begun: 1 }],
    ["one epoch", { networks: 3, epochs: 1 }],
    ["two classes", { networks: 3, classes: 2 }],
  ] as const)("has an answer for a study with %s", async (_, options) => {
    synthesise(folder, { items: 20, ...options });
    const answers = await ask(openStudy(folder));
    expect(answers.map(answer => answer.title)).toEqual(questions.map(q => q.title));
    for (const { sentences, tables } of answers) {
      expect(sentences.join(" ")).not.toMatch(/NaN|undefined|Infinity/);
      for (const { columns, rows } of tables) for (const row of rows) expect(row).toHaveLength(columns.length);
    }
  });
});
