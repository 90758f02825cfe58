/** Times whole training steps: batch 25, Adam with AMSGrad, one thread. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

export const batch = 25;
const [repeats, milliseconds] = [5, 150];

/** Builds in these folders, with the rooms that a training step needs. */
export const loadBuilds = folders =>
  Promise.all(
    folders.map(async folder => {
      const room = name => import(pathToFileURL(resolve(folder, name, "index.js")).href);
      await room("ops");
      return {
        ...(await room("op")),
        ...(await room("generate")),
        ...(await room("train")),
        ...(await room("runtime")),
      };
    }),
  );

const bytes = (length, below) => Uint8Array.from({ length }, (_, i) => ((i * 2654435761) >>> 7) % below);
const count = 1000;
const size = shape => shape.reduce((all, dim) => all * dim, 1);

/** Takes training steps of the graph, always from the same weights; returns milliseconds per step. */
async function stepper(build, graph) {
  const optimizer = build.adam({ amsgrad: true });
  const { shape } = graph.inputs[0];
  const samples = bytes(count * size(shape), 256);
  const model = build.trainingModel(graph, {
    sources: [{ type: "uint8", normalise: build.articleRecipe.normalise }],
    targets: [{ type: "uint8", kind: "classes" }],
    ...{ losses: ["crossEntropy"], optimizer, seed: 1 },
  });
  const session = await build.nativeSession(model.bytes, { training: true });
  const weights = build.initialWeights(graph, 1);
  const carried = model.carried.map(({ name, shape }) => [
    name,
    build.float32(weights[name] ?? new Float32Array(size(shape)), shape),
  ]);
  const run = async steps => {
    const rows = BigInt64Array.from({ length: steps * batch }, (_, i) => BigInt((i * 7) % count));
    const numbers = Float32Array.from(Array.from({ length: steps }, (_, i) => optimizer.coefficients(i + 1)).flat());
    const started = performance.now();
    await session.run({
      [build.inputPort(graph, 0)]: { type: "uint8", dims: [count, ...shape], data: samples },
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
export async function leastMilliseconds(builds, graph) {
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
