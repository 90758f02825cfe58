/**
 * What a study costs beside its trainings: the same study with one worker and with more, in folders that are removed.
 * Usage: npm run bench:study -- [options]
 *   --networks N      generated networks; 8 unless told
 *   --file FILE       networks of a file of published ones, in place of generated ones
 *   --only TEXT       of these: whose name or class has this in it
 *   --data SOURCE     a data set by name, or a folder of IDX files; digits unless told
 *   --epochs N        1 unless told
 *   --workers LIST    how many at once; 1,2 unless told
 *   --json            one object per number of workers
 *
 * Overhead is the workers' time that went neither into steps of training nor into evaluation after epochs: starting
 * processes, loading data, building models, writing files, waiting for the last trial. What the machine gives is how much
 * faster the same trainings and evaluations would be done if they took all workers' time: cores slow one another down.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readLayerLists } from "../dist/formats/layer-list.js";
import { hash } from "../dist/graph/index.js";
import { figures } from "../dist/op/index.js";
import { deriveSeed } from "../dist/random.js";
import { createStudy, FORMAT, runStudy } from "../dist/study/index.js";
import { planStudy } from "../dist/study/plan.js";

const { values: options } = parseArgs({
  options: {
    networks: { type: "string", default: "8" },
    file: { type: "string" },
    only: { type: "string", default: "" },
    data: { type: "string", default: "digits" },
    epochs: { type: "string", default: "1" },
    workers: { type: "string", default: "1,2" },
    json: { type: "boolean", default: false },
  },
});

/** Most memory that a child process had at once, in bytes; 0 where there is no /proc. */
function watchMemory() {
  let most = 0;
  const look = () => {
    for (const pid of list("/proc").filter(name => /^\d+$/.test(name))) {
      const status = text(`/proc/${pid}/status`);
      if (field(status, "PPid") === process.pid) most = Math.max(most, 1024 * field(status, "VmHWM"));
    }
  };
  const timer = setInterval(look, 50);
  return {
    end: () => {
      clearInterval(timer);
      return most;
    },
  };
}
const list = folder => attempt(() => readdirSync(folder)) ?? [];
const text = file => attempt(() => readFileSync(file, "utf8")) ?? "";
const field = (status, name) => Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)?.[1] ?? 0);
function attempt(read) {
  try {
    return read();
  } catch {
    return undefined;
  }
}

async function planned() {
  const asked = { data: options.data, epochs: Number(options.epochs) };
  if (!options.file) return planStudy("bench", { ...asked, networks: Number(options.networks) }, {});
  const { file } = await planStudy("bench", { ...asked, networks: 1 }, {});
  const listed = readLayerLists(JSON.parse(readFileSync(options.file, "utf8"))).filter(
    ({ name, group }) => name.includes(options.only) || group.includes(options.only),
  );
  if (listed.length === 0) throw new Error(`bench: no network of ${options.file} is called ${options.only}`);
  const networks = listed.map(({ name, group, graph }) => ({
    ...{ format: FORMAT, hash: hash(graph), name, computation: group || "Network", activation: "none" },
    ...{ figures: figures(graph), graph },
  }));
  const trials = networks.map(({ name, hash }) => ({ id: name, network: hash, name, seed: deriveSeed(name) }));
  return { networks, file: { ...file, trials } };
}

async function measure(plan, workers) {
  const folder = mkdtempSync(join(tmpdir(), "netpick-bench-"));
  try {
    createStudy(folder, plan.file, plan.networks);
    const memory = watchMemory();
    const began = performance.now();
    const { trials } = await runStudy(folder, {}, { processes: workers });
    const wall = (performance.now() - began) / 1000;
    const sum = name => trials.reduce((all, trial) => all + trial[name], 0);
    const [training, evaluation] = [sum("trainSeconds"), sum("testSeconds")];
    const overhead = (workers * wall) / (training + evaluation) - 1;
    return { workers, wall, training, evaluation, overhead, peakBytes: memory.end() };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const plan = await planned();
const { trials, data, recipe } = plan.file;
const say = line => options.json || console.log(line);
say(
  `${trials.length} networks, ${recipe.epochs} epochs, ${data.name}: ${data.train} samples, ${data.test} to test on\n`,
);
say(
  "workers   wall, s   training, s   evaluation, s   overhead   speed against the first   machine gives   peak of a worker",
);
let first;
for (const workers of options.workers.split(",").map(Number)) {
  const found = await measure(plan, workers);
  first ??= found;
  const busy = run => (run.training + run.evaluation) / run.workers;
  const [speed, given] = [first.wall / found.wall, busy(first) / busy(found)];
  if (options.json) console.log(JSON.stringify({ ...found, speed, given }));
  const cells = [
    String(workers).padStart(7),
    found.wall.toFixed(2).padStart(9),
    found.training.toFixed(2).padStart(13),
    found.evaluation.toFixed(2).padStart(15),
    `${(100 * found.overhead).toFixed(1)} %`.padStart(10),
    speed.toFixed(2).padStart(25),
    given.toFixed(2).padStart(15),
    `${(found.peakBytes / 1e6).toFixed(0)} MB`.padStart(18),
  ];
  say(cells.join(" "));
}
