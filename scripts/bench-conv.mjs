/**
 * Samples per second of whole training steps (batch 25, Adam with AMSGrad, one thread), by class of the netpicking plan.
 * Usage: node scripts/bench-conv.mjs [folder ...], each a build (dist unless told); several take turns and are compared.
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const networksPerClass = 6;
const [batch, repeats, milliseconds] = [25, 5, 150];
const folders = process.argv.length > 2 ? process.argv.slice(2) : ["dist"];

const builds = await Promise.all(
  folders.map(async folder => {
    const room = name => import(pathToFileURL(resolve(folder, name, "index.js")).href);
    await room("ops");
    return { ...(await room("generate")), ...(await room("train")), ...(await room("runtime")) };
  }),
);

const bytes = (length, below) => Uint8Array.from({ length }, (_, i) => ((i * 2654435761) >>> 7) % below);
const [count, pixels] = [1000, bytes(1000 * 784, 256)];

/** Takes training steps of the graph, always from the same weights; returns milliseconds per step. */
async function stepper(build, graph) {
  const optimizer = build.adam({ amsgrad: true });
  const { shape } = graph.inputs[0];
  const model = build.trainingModel(graph, {
    sources: [{ type: "uint8", normalise: build.articleRecipe.normalise }],
    targets: [{ type: "uint8", kind: "classes" }],
    ...{ losses: ["crossEntropy"], optimizer, seed: 1 },
  });
  const session = await build.nativeSession(model.bytes);
  const weights = build.initialWeights(graph, 1);
  const size = shape => shape.reduce((all, dim) => all * dim, 1);
  const carried = model.carried.map(({ name, shape }) => [
    name,
    build.float32(weights[name] ?? new Float32Array(size(shape)), shape),
  ]);
  const run = async steps => {
    const rows = BigInt64Array.from({ length: steps * batch }, (_, i) => BigInt((i * 7) % count));
    const numbers = Float32Array.from(Array.from({ length: steps }, (_, i) => optimizer.coefficients(i + 1)).flat());
    const started = performance.now();
    await session.run({
      [build.inputPort(graph, 0)]: { type: "uint8", dims: [count, ...shape], data: pixels },
      [build.targetPort(0)]: { type: "uint8", dims: [count], data: bytes(count, 10) },
      rows: build.int64(rows, [steps, batch]),
      coefficients: build.float32(numbers, [steps, model.coefficients]),
      ...Object.fromEntries(carried),
    });
    return (performance.now() - started) / steps;
  };
  return { run, release: () => session.release() };
}

/** Milliseconds per step of every build: the least of several turns. */
async function measure(graph) {
  const steppers = await Promise.all(builds.map(build => stepper(build, graph)));
  const least = [];
  for (const [i, { run }] of steppers.entries()) least[i] = await run(2);
  const steps = Math.max(1, Math.min(500, Math.round(milliseconds / Math.min(...least))));
  for (let turn = 0; turn < repeats; turn++) {
    for (const [i, { run }] of steppers.entries()) least[i] = Math.min(least[i], await run(steps));
  }
  await Promise.all(steppers.map(({ release }) => release()));
  return least;
}

const plan = builds[0].netpickingPlan({ n: 1001, seed: 42, limits: { macs: 4e6 } });
for (const computation of builds[0].computations.filter(name => /Conv|ResNet/.test(name))) {
  const networks = plan.filter(network => network.computation === computation);
  // Evenly over the class's activations.
  const step = Math.floor(networks.length / networksPerClass);
  const chosen = networks.filter((_, i) => i % step === 0).slice(0, networksPerClass);
  const times = [];
  for (const { graph } of chosen) times.push(await measure(graph));
  const total = folders.map((_, i) => times.reduce((sum, time) => sum + time[i], 0));
  const speeds = total.map(time => `${Math.round((1000 * batch * chosen.length) / time)}`.padStart(8));
  const ratios = times.map(time => (time[0] / time.at(-1)).toFixed(2)).sort((a, b) => a - b);
  const compared = folders.length > 1 ? `  ${(total[0] / total.at(-1)).toFixed(2)}x, each ${ratios.join(" ")}` : "";
  console.log(`${computation.padEnd(16)}${speeds.join("")} samples/s${compared}`);
}
