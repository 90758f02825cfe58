import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileError, StudyError } from "./error.js";
import { networkPath, removeLeftovers, scoresPath, studyPath, trialPath, writeWhole } from "./files.js";
import { networkOf, studyOf, synthesise } from "./fixtures/synthetic.js";
import { createStudy, isStudy, openStudy, readTrial, writeTrial } from "./store.js";

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "netpick store "));
  folder = join(parent, "it's a study");
});
afterEach(() => rmSync(parent, { recursive: true }));

const small = { networks: 4, items: 20, epochs: 2 };
const COPY = "put back a copy of it, or make the study again in another folder";
const ANEW = "delete it and start again, the trial is trained anew";

it("opens what was written", () => {
  const study = synthesise(folder, { ...small, states: { 1: "diverged", 2: "failed" }, begun: 3 });
  const hashes = new Map(study.trials.map(trial => [trial.name, trial.network]));
  const opened = openStudy(folder, { hashOf: graph => hashes.get((graph as { name: string }).name)! });
  expect(opened.file).toEqual(study);
  expect([...opened.networks.values()].map(network => network.name)).toEqual(study.trials.map(trial => trial.name));
  expect(opened.trials.map(trial => trial.state)).toEqual(["done", "diverged", "failed"]);
  expect(opened.trials[1]!.epochs[0]!.loss).toBeNaN();
});

it("gives equal bytes for equal studies, whatever the order of the keys", () => {
  synthesise(folder, small);
  const [network] = openStudy(folder).networks.values();
  const { hash, ...rest } = network!;
  createStudy(join(parent, "b"), openStudy(folder).file, [{ ...rest, hash }]);
  for (const part of [studyPath, (f: string) => networkPath(f, hash)]) {
    expect(readFileSync(part(join(parent, "b")), "utf8")).toBe(readFileSync(part(folder), "utf8"));
  }
});

it("refuses to make a study over another", () => {
  const study = synthesise(folder, small);
  expect(isStudy(folder)).toBe(true);
  expect(() => createStudy(folder, study, [])).toThrow(
    `study: ${folder} already holds a study; start it again, or choose another folder`,
  );
});

it("refuses to write what it would refuse to read", () => {
  const study = studyOf([networkOf(0, "Basic", "Basic", "none", 7850)]);
  expect(() => createStudy(folder, { ...study, trials: [] }, [])).toThrow("trials");
  expect(isStudy(folder)).toBe(false);
});

describe("a damaged folder ends in one sentence", () => {
  const cases: [string, (folder: string) => void, (folder: string) => string][] = [
    [
      "no study",
      f => rmSync(studyPath(f)),
      f => `study: ${f} is no study, it has no study.json; give a folder that has one`,
    ],
    [
      "a newer format",
      f => writeFileSync(studyPath(f), '{"format":2}'),
      f => `study: ${studyPath(f)} has format 2, this netpick reads format 1; use a newer netpick`,
    ],
    [
      "an older format",
      f => writeFileSync(trialPath(f, "t0001"), '{"format":0}'),
      f => `study: ${trialPath(f, "t0001")} has format 0, this netpick reads format 1; use an older netpick`,
    ],
    [
      "a cut study.json",
      f => writeFileSync(studyPath(f), readFileSync(studyPath(f), "utf8").slice(0, 100)),
      f => `study: ${studyPath(f)} is damaged (it is no JSON); ${COPY}`,
    ],
    [
      "an empty trial",
      f => writeFileSync(trialPath(f, "t0002"), ""),
      f => `study: ${trialPath(f, "t0002")} is damaged (it is empty); ${ANEW}`,
    ],
    [
      "JSON of something else",
      f => writeFileSync(trialPath(f, "t0002"), "[]"),
      f => `study: ${trialPath(f, "t0002")} is damaged (Invalid input: expected object, received array); ${ANEW}`,
    ],
    [
      "a field of another type",
      f => edit(trialPath(f, "t0002"), trial => (trial.epochs[1].accuracy = "high")),
      f =>
        `study: ${trialPath(f, "t0002")} is damaged (epochs.1.accuracy: Invalid input: expected number, received string); ${ANEW}`,
    ],
    [
      "a missing figure",
      f => edit(trialPath(f, "t0002"), trial => delete trial.epochs[0].loss),
      f => `study: ${trialPath(f, "t0002")} is damaged (epochs.0.loss: expected a number or null); ${ANEW}`,
    ],
    [
      "a field nobody knows",
      f => edit(studyPath(f), study => (study.plan.limits.watts = 3)),
      f => `study: ${studyPath(f)} is damaged (plan.limits: Unrecognized key: "watts"); ${COPY}`,
    ],
    [
      "an id that leads out of the folder",
      f => edit(studyPath(f), study => (study.trials[0].id = "../../x")),
      f => `study: ${studyPath(f)} is damaged (trials.0.id: is no id: letters, digits, _ and -); ${COPY}`,
    ],
    [
      "another trial's file",
      f => edit(trialPath(f, "t0002"), trial => (trial.id = "t0001")),
      f => `study: ${trialPath(f, "t0002")} is damaged (expected the trial t0002, got t0001); ${ANEW}`,
    ],
    [
      "epochs out of order",
      f => edit(trialPath(f, "t0002"), trial => trial.epochs.reverse()),
      f => `study: ${trialPath(f, "t0002")} is damaged (epoch 1 is out of order); ${ANEW}`,
    ],
    [
      "another network's file",
      f => edit(networkPath(f, "0000000000000002"), network => (network.hash = "0123456789abcdef")),
      f =>
        `study: ${networkPath(f, "0000000000000002")} is damaged (expected the network 0000000000000002, got 0123456789abcdef); ${COPY}`,
    ],
    [
      "a network that is not there",
      f => rmSync(networkPath(f, "0000000000000002")),
      f => `study: ${networkPath(f, "0000000000000002")} is missing; ${COPY}`,
    ],
    [
      "scores that are not there",
      f => rmSync(scoresPath(f, "t0001")),
      f => `study: ${scoresPath(f, "t0001")} is missing; delete ${trialPath(f, "t0001")} and start again`,
    ],
    [
      "scores that were cut short",
      f => writeFileSync(scoresPath(f, "t0001"), readFileSync(scoresPath(f, "t0001")).subarray(0, 700)),
      f =>
        `study: ${scoresPath(f, "t0001")} is damaged (it is cut short or no Parquet file); delete it and the .json file beside it and start again, the trial is trained anew`,
    ],
  ];
  it.each(cases)("%s", (_, damage, sentence) => {
    synthesise(folder, small);
    damage(folder);
    expect(() => openStudy(folder)).toThrow(new StudyError(sentence(folder)));
  });

  it("a graph that is not the one its hash says", () => {
    synthesise(folder, small);
    const file = networkPath(folder, "0000000000000001");
    expect(() => openStudy(folder, { hashOf: () => "beef" })).toThrow(
      `study: ${file} is damaged (expected the network 0000000000000001, got beef); ${COPY}`,
    );
    const hashOf = () => {
      throw new Error("graph: node a: unknown op");
    };
    expect(() => openStudy(folder, { hashOf })).toThrow(
      `study: ${file} is damaged (its graph is refused: graph: node a: unknown op); ${COPY}`,
    );
  });

  function edit(file: string, change: (value: ReturnType<typeof JSON.parse>) => void) {
    const value = JSON.parse(readFileSync(file, "utf8"));
    change(value);
    writeFileSync(file, JSON.stringify(value));
  }
});

describe("writing", () => {
  const cannot = (code: string) =>
    (fileError("write", "F", Object.assign(new Error(code), { code, syscall: "write" })) as Error).message;

  it.each([
    ["ENOSPC", "study: cannot write F, the disk is full; free some space and start again, finished trials are kept"],
    ["EROFS", "study: cannot write F, the file system is read-only; choose another folder"],
    ["EACCES", "study: cannot write F, permission is denied; change its permissions or choose another folder"],
    ["EXYZ", "study: cannot write F, the system answers EXYZ; check the disk and start again"],
  ])("%s", (code, sentence) => expect(cannot(code)).toBe(sentence));

  it("below a file", () => {
    writeFileSync(join(parent, "file"), "");
    const below = join(parent, "file", "study");
    expect(() => createStudy(below, studyOf([networkOf(0, "Basic", "Basic", "none", 7850)]), [])).toThrow(
      `study: cannot write ${below}, a part of its path is a file, not a folder; choose another folder`,
    );
  });

  it("over a folder leaves nothing behind", () => {
    mkdirSync(join(parent, "target", "full"), { recursive: true });
    expect(() => writeWhole(join(parent, "target"), "x")).toThrow(
      `study: cannot write ${join(parent, "target")}, a folder of that name is in the way; move it away or choose another folder`,
    );
    expect(readdirSync(parent)).toEqual(["target"]);
  });

  it("a mistake of netpick's own is thrown as it is", () => {
    const error = new TypeError("x is undefined");
    expect(fileError("write", "F", error)).toBe(error);
  });

  it("a killed run's half-written parts are removed, nothing else", () => {
    synthesise(folder, small);
    const before = readdirSync(join(folder, "trials"));
    writeFileSync(join(folder, "trials", ".t0001.json.4711.tmp"), "{");
    writeFileSync(join(folder, ".study.json.4711.tmp"), "{");
    removeLeftovers(folder);
    expect(readdirSync(join(folder, "trials"))).toEqual(before);
    expect(readdirSync(folder).sort()).toEqual(["derived", "networks", "study.json", "trials", "weights"]);
  });

  it("a trial again replaces it", () => {
    synthesise(folder, small);
    const trial = readTrial(folder, "t0001")!;
    writeTrial(folder, { ...trial, state: "failed", error: "out of memory", attempts: 3 });
    expect(readTrial(folder, "t0001")).toMatchObject({ state: "failed", error: "out of memory", attempts: 3 });
    expect(readTrial(folder, "t9999")).toBeUndefined();
  });
});
