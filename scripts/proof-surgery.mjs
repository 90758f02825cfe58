// Proves surgery by chains of random edits: npm run proof:surgery -- --edits 1000 --seed 0
//   --edits N   how many edits (1000); --seed S the number of the first chain (0): the last line says how to go on
//   --seconds N begin no chain after so many
//   --onnx DIR  half of the chains begin with the ONNX models of this folder
//   --chain K   one chain, with every edit told
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createJiti } from "jiti";

const { values } = parseArgs({
  options: {
    edits: { type: "string", default: "1000" },
    seconds: { type: "string", default: "Infinity" },
    seed: { type: "string", default: "0" },
    onnx: { type: "string" },
    chain: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const jiti = createJiti(import.meta.url);
const { emptyTally, proveChain } = await jiti.import("../test/battery/edits/chains.ts");
const { readOnnx } = await jiti.import("../src/formats/onnx/index.ts");

const files = values.onnx
  ? readdirSync(values.onnx)
      .filter(name => name.endsWith(".onnx"))
      .sort()
      .map(name => ({ name, ...readOnnx(readFileSync(join(values.onnx, name))) }))
  : [];
const tally = emptyTally();
const start = performance.now();
let chain = Number(values.chain ?? values.seed);
if (values.chain === undefined) {
  const edits = Number(values.edits);
  const until = start + 1000 * Number(values.seconds);
  while (tally.edits < edits && performance.now() < until) await proveChain(chain++, edits - tally.edits, tally, files);
} else await proveChain(chain, Number.POSITIVE_INFINITY, tally, files, console.log);
if (values.json) console.log(JSON.stringify(tally));
else {
  const table = counts =>
    Object.entries(counts)
      .sort((a, b) => b[1] - a[1])
      .map(([what, times]) => `${String(times).padStart(8)}  ${what}`)
      .join("\n");
  const seconds = (performance.now() - start) / 1000;
  console.log(`${tally.edits} edits in ${seconds.toFixed(0)} s, ${tally.failures.length} failures`);
  console.log(`made\n${table(tally.made)}\nrefused\n${table(tally.refused)}\nproved\n${table(tally.seen)}`);
  console.log(`${Object.keys(tally.ops).length} ops in the networks`);
}
for (const failure of tally.failures) console.log(`FAILED ${failure}`);
if (values.chain === undefined) console.log(`go on with --seed ${chain}`);
process.exitCode = tally.failures.length > 0 ? 1 : 0;
