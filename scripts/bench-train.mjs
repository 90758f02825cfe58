/**
 * Samples trained per second, against PyTorch eager in the same run: two processes of one thread each at once, netpick's
 * and PyTorch's by turns. Usage: npm run bench:train -- [options]
 *   --networks FILE   a file of published networks; the fixture's 66 unless told
 *   --only TEXT       networks or classes whose name has this in it
 *   --batch N         samples a step; 25 unless told
 *   --seconds S       of every turn; 1 unless told
 *   --turns N         turns of each side; the fastest counts; 3 unless told
 *   --evaluate        the forward pass in use, 1,000 samples at once, in place of training
 *   --start           milliseconds from graph to first step, in place of training
 *   --processes N     at once; 2 unless told
 *   --web             netpick under the browser's runtime, onnxruntime-web, in this Node
 *   --against FOLDER  another build of netpick in place of PyTorch
 *   --json            one object per network
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { readLayerLists } from "../dist/formats/layer-list.js";
import { analyse, figures } from "../dist/op/index.js";

const { values: options } = parseArgs({
  options: {
    networks: { type: "string", default: join(import.meta.dirname, "../test/fixtures/netpicking_networks.json") },
    only: { type: "string", default: "" },
    batch: { type: "string", default: "25" },
    seconds: { type: "string", default: "1" },
    turns: { type: "string", default: "3" },
    evaluate: { type: "boolean", default: false },
    start: { type: "boolean", default: false },
    processes: { type: "string", default: "2" },
    web: { type: "boolean", default: false },
    against: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const [batch, seconds, turns, processes] = ["batch", "seconds", "turns", "processes"].map(name =>
  Number(options[name]),
);
const folder = join(import.meta.dirname, "bench-train");
const count = 1000;

/** Processes that answer line by line. */
function side(command, ...args) {
  const workers = Array.from({ length: processes }, () => {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const ask = async question => {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`bench: ${command} ended; is python3-torch installed?`);
      return JSON.parse(value);
    };
    return { ask, end: () => child.stdin.end() };
  });
  return {
    ask: question => Promise.all(workers.map(({ ask }) => ask(question))),
    end: () => {
      for (const { end } of workers) end();
    },
  };
}
const build = (where, ...runtime) => side(process.execPath, join(folder, "worker.mjs"), where, ...runtime);
const ours = build(join(import.meta.dirname, "../dist"), ...(options.web ? ["web"] : []));
const theirs = options.against ? build(options.against) : side("/usr/bin/python3", join(folder, "torch_worker.py"));

/** Samples per second of one process, in the mean of those at once. */
const rate = answers => answers.reduce((sum, { samples, seconds }) => sum + samples / seconds, 0) / answers.length;

function taskOf({ graph }) {
  const { placed, shapes } = analyse(graph);
  const nodes = placed.map(({ node, op, site }) => {
    const spelling = op.pytorch(site);
    const { name, inputs } = node;
    if ("module" in spelling) return { name, inputs, module: spelling.module, before: spelling.before?.("x[0]") };
    return { name, inputs, expression: spelling.expression(inputs.map((_, i) => `x[${i}]`)) };
  });
  const output = graph.outputs[0];
  return {
    ...{ graph, nodes, batch, count, output, input: graph.inputs[0].name, shape: graph.inputs[0].shape },
    classes: shapes.get(output)[0],
    logs: placed.find(({ node }) => node.name === output).op.logProbabilities ?? false,
  };
}

async function measure(network) {
  const load = { load: taskOf(network) };
  const [started, theirStart] = [await ours.ask(load), await theirs.ask(load)];
  if (options.start) {
    const mean = answers => (1000 * answers.reduce((sum, one) => sum + one.seconds, 0)) / answers.length;
    return { speed: mean(started), their: mean(theirStart) };
  }
  const question = options.evaluate ? { evaluate: seconds } : { train: seconds };
  let [speed, their] = [0, 0];
  for (let turn = 0; turn < turns; turn++) {
    speed = Math.max(speed, rate(await ours.ask(question)));
    their = Math.max(their, rate(await theirs.ask(question)));
  }
  return { speed, their };
}

const networks = readLayerLists(JSON.parse(readFileSync(options.networks, "utf8"))).filter(
  ({ name, group }) => name.includes(options.only) || group.includes(options.only),
);
let peak = 0;
// The largest of some sizes: on a busy machine one alone tells little.
for (const size of [256, 384, 512, 768, 256, 384, 512, 768]) {
  peak = Math.max(peak, (2 * rate(await ours.ask({ peak: 0.3, size }))) / 1e9);
}
const groups = new Map();
const whole = number => Math.round(number).toLocaleString("en");
const peer = options.against ? "other" : "PyTorch";
if (!options.json)
  console.log(`peak of one process ${peak.toFixed(1)} GFLOP/s (square matrix products, ${processes} at once)\n`);
for (const network of networks) {
  const { speed, their } = await measure(network);
  const passes = options.evaluate ? 1 : 3;
  const gflops = (2 * passes * figures(network.graph).macs * speed) / 1e9;
  const ratio = options.start ? their / speed : speed / their;
  const row = {
    name: network.name,
    group: network.group,
    samplesPerSecond: speed,
    pytorchSamplesPerSecond: their,
    ratio,
  };
  groups.set(network.group, [...(groups.get(network.group) ?? []), { ...row, share: gflops / peak }]);
  if (options.json) console.log(JSON.stringify({ ...row, gflops, shareOfPeak: gflops / peak }));
  else {
    const figures = options.start
      ? "ms"
      : `samples/s  ${gflops.toFixed(1).padStart(6)} GFLOP/s ${((100 * gflops) / peak).toFixed(0).padStart(3)} %`;
    console.log(
      `${network.name.padEnd(28)} ${whole(speed).padStart(9)} ${peer} ${whole(their).padStart(9)}  ratio ${ratio.toFixed(2)}  ${figures}`,
    );
  }
}
ours.end();
theirs.end();
if (!options.json) {
  const geometric = rows => Math.exp(rows.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / rows.length);
  console.log("\nclass            networks  geometric mean  least  largest share of peak");
  for (const [group, rows] of groups) {
    const [least, share] = [Math.min(...rows.map(({ ratio }) => ratio)), Math.max(...rows.map(one => one.share))];
    console.log(
      `${group.padEnd(16)} ${String(rows.length).padStart(8)}  ${geometric(rows).toFixed(2).padStart(14)}  ${least.toFixed(2).padStart(5)}  ${(100 * share).toFixed(0).padStart(4)} %`,
    );
  }
  const all = [...groups.values()].flat();
  console.log(
    `all              ${String(all.length).padStart(8)}  ${geometric(all).toFixed(2).padStart(14)}  ${Math.min(
      ...all.map(({ ratio }) => ratio),
    )
      .toFixed(2)
      .padStart(5)}`,
  );
}
