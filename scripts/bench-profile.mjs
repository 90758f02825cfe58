/**
 * Where the time of training goes: the runtime's operators by its own profiler, summed by class of network.
 * Usage: npm run bench:profile -- [--only TEXT] [--networks FILE] [--batch N] [--steps N] [--most N]
 *   --only TEXT   networks or classes whose name has this in it; all unless told
 *   --steps N     of each network; 10 unless told
 *   --most N      operators told of each class; 8 unless told
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { readLayerLists } from "../dist/formats/layer-list.js";
import { analyse } from "../dist/op/index.js";

const { values: options } = parseArgs({
  options: {
    networks: { type: "string", default: join(import.meta.dirname, "../test/fixtures/netpicking_networks.json") },
    only: { type: "string", default: "" },
    batch: { type: "string", default: "25" },
    steps: { type: "string", default: "10" },
    most: { type: "string", default: "8" },
  },
});
const [batch, steps, most] = ["batch", "steps", "most"].map(name => Number(options[name]));
const worker = join(import.meta.dirname, "bench-train/worker.mjs");
const child = spawn(process.execPath, [worker, join(import.meta.dirname, "../dist"), "profile"], {
  stdio: ["pipe", "pipe", "inherit"],
});
const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
const ask = async question => {
  child.stdin.write(`${JSON.stringify(question)}\n`);
  return JSON.parse((await lines.next()).value);
};

const groups = new Map();
for (const { name, group, graph } of readLayerLists(JSON.parse(readFileSync(options.networks, "utf8")))) {
  if (!name.includes(options.only) && !group.includes(options.only)) continue;
  const { shapes, placed } = analyse(graph);
  const output = graph.outputs[0];
  const logs = placed.find(({ node }) => node.name === output).op.logProbabilities ?? false;
  await ask({ load: { graph, batch, count: 1000, classes: shapes.get(output)[0], logs } });
  const { operators } = await ask({ profile: steps });
  groups.set(group, [...(groups.get(group) ?? []), operators]);
}
child.stdin.end();

for (const [group, networks] of groups) {
  const sums = new Map();
  for (const [name, { microseconds, calls }] of networks.flatMap(Object.entries)) {
    const [time, number] = sums.get(name) ?? [0, 0];
    sums.set(name, [time + microseconds, number + calls]);
  }
  const all = [...sums.values()].reduce((sum, [time]) => sum + time, 0);
  const each = networks.length * (steps + 1); // the first step, of loading, is in the profile too
  console.log(`${group}: ${(all / each / 1000).toFixed(2)} ms a step of ${batch}, the mean of ${networks.length}`);
  for (const [name, [time, calls]] of [...sums].sort((a, b) => b[1][0] - a[1][0]).slice(0, most)) {
    const share = `${((100 * time) / all).toFixed(1)} %`.padStart(7);
    console.log(`  ${name.padEnd(24)} ${share} ${(calls / each).toFixed(1).padStart(7)} calls a step`);
  }
}
