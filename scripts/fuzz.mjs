// Reads mutated files with every parser: npm run fuzz -- --inputs 100000 --only "PyTorch source" --seed 7. Ends with 1, a
// line and a file for each fault: a crash, more than a second, more than 512 MB, an error that is not ours or names no place.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fuzz } from "./fuzz/run.mjs";

const { values } = parseArgs({
  options: {
    inputs: { type: "string", default: "1000000" },
    only: { type: "string" },
    seed: { type: "string", default: "1" },
    out: { type: "string", default: join(tmpdir(), "netpick-fuzz") },
    parsers: { type: "string", default: new URL("fuzz/parsers.mjs", import.meta.url).href },
  },
});
const { parsers } = await import(values.parsers);
const names = Object.keys(parsers).filter(name => values.only === undefined || name === values.only);
const inputs = Number(values.inputs);
if (names.length === 0 || !Number.isSafeInteger(inputs) || inputs < 1) {
  console.error(`fuzz: give --inputs from 1 and --only one of ${Object.keys(parsers).join(", ")}`);
  process.exit(2);
}

const row = cells => cells.map((cell, i) => (i === 0 ? cell.padEnd(26) : cell.padStart(10))).join("");
console.log(row(["parser", "inputs", "accepted", "refused", "slowest ms", "peak MB"]));
let faults = 0;
for (const [i, name] of names.entries()) {
  const share = Math.floor((inputs * (i + 1)) / names.length) - Math.floor((inputs * i) / names.length);
  const result = await fuzz(values.parsers, name, { inputs: share, seed: Number(values.seed), out: values.out });
  const figures = [result.inputs, result.accepted, result.refused, result.slowest, result.peak];
  console.log(row([name, ...figures.map(figure => figure.toFixed(0))]));
  for (const { input, what, file } of result.faults)
    console.error(`FAILED ${name}, input ${input}: ${what}\n  ${file}`);
  faults += result.faults.length;
}
if (faults > 0) console.error(`fuzz: ${faults} faults, got files to reproduce them in ${values.out}; mend the parsers`);
process.exitCode = faults > 0 ? 1 : 0;
