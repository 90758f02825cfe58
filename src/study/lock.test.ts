import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { lockStudy } from "./lock.js";

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "netpick lock "));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** A process that waits for a line, takes the lock, says "held" or why not, and stays until it is killed. */
const PROGRAM = `
import { createJiti } from "jiti";
const { lockStudy } = await createJiti(${JSON.stringify(import.meta.url)}).import(${JSON.stringify(pathToFileURL(join(import.meta.dirname, "lock.ts")).href)});
console.log("ready");
process.stdin.once("data", async () => {
  console.log(await lockStudy(${"process.argv[1]"}).then(() => "held", error => error.message));
});
`;

interface Other {
  child: ChildProcess;
  line(): Promise<string>;
}

async function start(): Promise<Other> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", PROGRAM, folder], {
    stdio: ["pipe", "pipe", "inherit"],
    cwd: import.meta.dirname,
  });
  children.push(child);
  const lines: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  child.stdout!.on("data", data => {
    for (const line of String(data).trim().split("\n")) {
      const next = waiting.shift();
      if (next) next(line);
      else lines.push(line);
    }
  });
  const other = {
    child,
    line: () => new Promise<string>(done => (lines.length ? done(lines.shift()!) : waiting.push(done))),
  };
  expect(await other.line()).toBe("ready");
  return other;
}

async function lockIn(other: Other) {
  other.child.stdin!.write("go\n");
  return other.line();
}

const gone = (child: ChildProcess) => new Promise(done => child.once("exit", done));

it("is taken, refused to a second taker, and free again after release", async () => {
  const lock = await lockStudy(folder);
  await expect(lockStudy(folder)).rejects.toThrow(
    `study: ${folder} is in use by process ${process.pid}; wait for it, or stop it first`,
  );
  lock.release();
  expect(readdirSync(folder)).toEqual([]);
  (await lockStudy(folder)).release();
});

it("release leaves another's lock alone", async () => {
  const lock = await lockStudy(folder);
  writeFileSync(join(folder, "lock"), "1 someone else");
  lock.release();
  expect(existsSync(join(folder, "lock"))).toBe(true);
});

it("makes the folder", async () => {
  const lock = await lockStudy(join(folder, "a", "b"));
  expect(existsSync(join(folder, "a", "b", "lock"))).toBe(true);
  lock.release();
});

it("of a living process is respected, of a killed one taken over at once", async () => {
  const other = await start();
  expect(await lockIn(other)).toBe("held");
  await expect(lockStudy(folder)).rejects.toThrow(
    `study: ${folder} is in use by process ${other.child.pid}; wait for it, or stop it first`,
  );
  const exit = gone(other.child);
  other.child.kill("SIGKILL");
  await exit;
  const lock = await lockStudy(folder);
  expect(readFileSync(join(folder, "lock"), "utf8").startsWith(`${process.pid} `)).toBe(true);
  lock.release();
  expect(readdirSync(folder)).toEqual([]);
});

it.each([
  ["a process number used again", () => `${process.pid} another start`, process.platform !== "linux"],
  ["an empty file, as a crash of the machine can leave", () => "", false],
  ["something else", () => "hello", false],
])("of %s is taken over", async (_, content, skipped) => {
  if (skipped) return;
  writeFileSync(join(folder, "lock"), content());
  (await lockStudy(folder)).release();
  expect(readdirSync(folder)).toEqual([]);
});

it("a process killed while it took over a stale lock does not block the next", async () => {
  writeFileSync(join(folder, "lock"), "999999999 stale");
  writeFileSync(join(folder, "lock-of-999999999-a-e"), "999999998 stale");
  const lock = await lockStudy(folder);
  lock.release();
  expect(existsSync(join(folder, "lock"))).toBe(false);
});

it("of many processes that see a stale lock at once, exactly one gets it", async () => {
  const others = await Promise.all(Array.from({ length: 6 }, start));
  writeFileSync(join(folder, "lock"), "999999999 stale");
  const answers = await Promise.all(others.map(lockIn));
  const winners = answers.flatMap((answer, i) => (answer === "held" ? [others[i]!.child.pid] : []));
  expect(winners).toHaveLength(1);
  const refusal = `study: ${folder} is in use by process ${winners[0]}; wait for it, or stop it first`;
  expect(answers.filter(answer => answer !== "held")).toEqual(Array(5).fill(refusal));
});
