// Reads mutated inputs from one to another, tells its parent how it went, and stops at the first fault. Input i depends
// on the seed and i alone, so that any one can be made again.
import { openSync, writeSync } from "node:fs";
import { deriveSeed, random } from "../../dist/random.js";

const [parsersUrl, name, seed, from, to, progress] = process.argv.slice(2);
const { parsers } = await import(parsersUrl);
const parser = parsers[name];
const seeds = parser.seeds();
const place = openSync(progress, "r+");

/** Of the processor: what else the machine does is not counted. */
function milliseconds(before) {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const tally = { accepted: 0, refused: 0, slowest: 0, peak: 0 };
let told = performance.now();
for (let i = Number(from); i < Number(to); i++) {
  // The parent sees here which input is read, also when this process is no more.
  writeSync(place, String(i).padEnd(12), 0);
  const source = random(deriveSeed("fuzz", name, seed, i));
  const input = parser.mutate(source, source.pick(seeds));
  const fault = await read(input);
  tally.peak = process.resourceUsage().maxRSS / 1024;
  if (fault) {
    await tell({ fault: { input: i, what: fault } });
    process.exit(0);
  }
  if (performance.now() - told > 200) await tell({ next: i + 1 });
}
await tell({ next: Number(to) });
process.exit(0);

async function read(input) {
  const before = process.cpuUsage();
  let error;
  try {
    await parser.read(input);
    tally.accepted++;
  } catch (thrown) {
    error = thrown;
    tally.refused++;
  }
  const took = milliseconds(before);
  tally.slowest = Math.max(tally.slowest, took);
  if (took > 1000) return `hang: it took ${took.toFixed(0)} ms`;
  const foreign = error === undefined ? undefined : foreignError(error, input);
  return foreign && `foreign error: ${foreign}`;
}

/** An error that is not our own, hides one that is not, or names no place. */
function foreignError(error, input) {
  for (let cause = error?.cause; cause instanceof Error; cause = cause.cause) {
    if (["TypeError", "RangeError", "ReferenceError"].includes(cause.name)) return cause.stack;
  }
  let ours = false;
  try {
    ours = parser.refuses(error, input);
  } catch {
    // Not even its fields are as they should be.
  }
  return ours ? undefined : (error?.stack ?? String(error));
}

function tell(more) {
  told = performance.now();
  return new Promise(resolve => process.send({ ...tally, ...more }, resolve));
}
