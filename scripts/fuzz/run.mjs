// Mutated inputs over parsers, each parser in child processes whose memory and time are watched.
import { fork } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deriveSeed, random } from "../../dist/random.js";

/** Megabytes of a child, milliseconds of an input. */
export const mostMemory = 512;
const longest = 1000;
/** Until a child has made its seeds and reads. */
const starting = 60_000;
/** More faults of one parser tell nothing new. */
const mostFaults = 3;

/** How one parser fared with `inputs` inputs: counts, the slowest, the peak of memory, and a reproducer of every fault. */
export async function fuzz(parsersUrl, name, { inputs, seed, out }) {
  const total = { name, inputs: 0, accepted: 0, refused: 0, slowest: 0, peak: 0, faults: [] };
  for (let at = 0; at < inputs && total.faults.length < mostFaults; ) {
    const child = await watched(parsersUrl, name, seed, at, inputs);
    total.accepted += child.accepted;
    total.refused += child.refused;
    total.slowest = Math.max(total.slowest, child.slowest);
    total.peak = Math.max(total.peak, child.peak);
    at = child.next;
    const what = await verdict(parsersUrl, name, seed, child);
    if (what) total.faults.push(await reproducer(parsersUrl, name, seed, child.fault.input, what, out));
  }
  total.inputs = total.accepted + total.refused;
  return total;
}

/** What looks slow or large on a busy machine, or after many others, must be so alone. */
async function verdict(parsersUrl, name, seed, { fault }) {
  if (!fault) return undefined;
  if (!/^(hang|memory)/.test(fault.what)) return fault.what;
  const alone = await watched(parsersUrl, name, seed, fault.input, fault.input + 1, 5 * longest);
  return alone.fault?.what;
}

/** The reading of inputs in one child until the end or the first fault; `next` is the first input that it did not reach. */
function watched(parsersUrl, name, seed, from, to, patience = longest) {
  const folder = mkdtempSync(join(tmpdir(), "netpick-fuzz-"));
  const progress = join(folder, "progress");
  writeFileSync(progress, "".padEnd(12));
  const place = openSync(progress, "r");
  const child = fork(new URL("child.mjs", import.meta.url), [parsersUrl, name, seed, from, to, progress].map(String), {
    execArgv: [`--max-old-space-size=${mostMemory / 2}`],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let last = { accepted: 0, refused: 0, slowest: 0, peak: 0, next: from };
  let cry = "";
  child.stderr.on("data", data => {
    cry = (cry + data).slice(0, 2000);
  });
  const reached = () => {
    const text = Buffer.alloc(12);
    readSync(place, text, 0, 12, 0);
    return text.toString().trim();
  };
  let [seen, since] = ["", performance.now()];
  let slow = false;
  const watch = setInterval(() => {
    const now = reached();
    if (now !== seen) [seen, since] = [now, performance.now()];
    slow = performance.now() - since > (now === "" ? starting : patience);
    if (slow) child.kill("SIGKILL");
  }, 50);
  child.on("message", message => {
    last = message.fault ? { ...message, next: message.fault.input + 1 } : message;
    if (!last.fault && last.peak > mostMemory) {
      last.fault = { input: last.next - 1, what: `memory: ${last.peak.toFixed(0)} MB` };
      child.kill("SIGKILL");
    }
  });
  return new Promise(resolve => {
    child.on("close", (code, signal) => {
      clearInterval(watch);
      const input = Number(reached() || from);
      closeSync(place);
      rmSync(folder, { recursive: true });
      if (!last.fault && last.next < to) {
        const what = slow ? `hang: more than ${patience} ms` : `crash: ${signal ?? `exit code ${code}`}\n${cry}`;
        last = { ...last, fault: { input, what }, next: input + 1 };
      }
      resolve(last);
    });
  });
}

/** A file with the very input. */
async function reproducer(parsersUrl, name, seed, i, what, out) {
  const { parsers } = await import(parsersUrl);
  const { seeds, mutate, ending } = parsers[name];
  const source = random(deriveSeed("fuzz", name, seed, i));
  mkdirSync(out, { recursive: true });
  const file = join(out, `${name.replace(/\W+/g, "-").toLowerCase()}-${seed}-${i}${ending}`);
  writeFileSync(file, mutate(source, source.pick(seeds())));
  return { input: i, what, file };
}
