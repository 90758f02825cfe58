// Kills a study again and again and compares what comes out with an undisturbed one, byte for byte.
//     node scripts/kill-study.mjs [rounds] [verb options...]
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

const rounds = Number(process.argv[2] ?? 10);
const options =
  process.argv.length > 3 ? process.argv.slice(3) : ["--networks", "8", "--epochs", "3", "--max-macs", "200000"];
const cli = resolve(import.meta.dirname, "../dist/cli/main.js");
const folder = mkdtempSync(join(tmpdir(), "netpick-kill-"));

const start = name => {
  const child = spawn(process.execPath, [cli, "study", join(folder, name), ...options], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", text => {
    said += text;
  });
  const ended = new Promise(done => child.once("exit", (code, signal) => done({ code, signal, said })));
  return { child, ended };
};

const childrenOf = pid =>
  readdirSync("/proc")
    .filter(name => /^\d+$/.test(name))
    .filter(name => {
      try {
        return Number(readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1).split(" ")[1]) === pid;
      } catch {
        return false;
      }
    })
    .map(Number);

const kill = pid => {
  try {
    process.kill(pid, "SIGKILL");
    return 1;
  } catch {
    return 0;
  }
};

/** What must not differ: every score, and every figure made of scores. */
function results(name) {
  const trials = join(folder, name, "trials");
  return Object.fromEntries(
    readdirSync(trials)
      .sort()
      .map(file => {
        const bytes = readFileSync(join(trials, file));
        if (file.endsWith(".parquet")) return [file, createHash("sha256").update(bytes).digest("hex")];
        const { state, epochs } = JSON.parse(bytes);
        return [file, JSON.stringify([state, epochs.map(({ trainSeconds, testSeconds, ...figures }) => figures)])];
      }),
  );
}

const began = performance.now();
const first = await start("undisturbed").ended;
const length = performance.now() - began;
if (first.code !== 0) throw new Error(first.said);
const expected = results("undisturbed");
console.log(`undisturbed: ${(length / 1000).toFixed(1)} s, ${Object.keys(expected).length} files of results`);

const victims = {
  worker: pid => childrenOf(pid).slice(0, 1),
  parent: pid => [pid],
  both: pid => [pid, ...childrenOf(pid)],
};
let bad = 0;
for (const [mode, choose] of Object.entries(victims)) {
  for (let round = 1; round <= rounds; round++) {
    const name = `${mode}-${round}`;
    const { child, ended } = start(name);
    const at = 200 + Math.random() * (length - 200);
    await wait(at);
    let killed = 0;
    // Before the first process of work is there, there is nothing to kill but the parent.
    for (let more = true; more && killed === 0; await wait(10)) {
      killed = choose(child.pid).reduce((sum, pid) => sum + kill(pid), 0);
      more = child.exitCode === null;
    }
    let { code, said } = await ended;
    let starts = 1;
    for (; code !== 0 && starts < 4; starts++) ({ code, said } = await start(name).ended);
    const got = code === 0 ? results(name) : {};
    const differing = Object.keys({ ...expected, ...got }).filter(file => got[file] !== expected[file]);
    const good = code === 0 && differing.length === 0;
    if (!good) bad++;
    console.log(
      `${mode} ${round}: killed ${killed} after ${(at / 1000).toFixed(1)} s, ${starts} starts: ${good ? "equal" : `DIFFERS ${differing.join(", ")} ${said}`}`,
    );
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}
rmSync(folder, { recursive: true });
console.log(`${3 * rounds - bad} equal, ${bad} different`);
process.exit(bad === 0 ? 0 : 1);
