/**
 * netpick's side of bench:train: one thread, asked line by line on standard input, as torch_worker.py is. The arguments
 * say which build, and "web" for its browser runtime or "profile" for the native one with its profiler on.
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import ort from "onnxruntime-node";

const room = name => import(pathToFileURL(resolve(process.argv[2], name)).href);
await room("ops/index.js");
const train = await room("train/index.js");
const { onnxBuilder, modelBytes } = await room("formats/onnx/index.js");
const { float32, int64, nativeSession } = await room("runtime/index.js");
const openers = { web: async model => (await room("runtime/web.js")).webSession(model), profile: profiledSession };
const open = openers[process.argv[3]] ?? nativeSession;

const size = shape => shape.reduce((all, dim) => all * dim, 1);
const bytes = (length, below) => Uint8Array.from({ length }, (_, i) => ((i * 2654435761) >>> 7) % below);
const seconds = began => (performance.now() - began) / 1000;
const source = { type: "uint8", normalise: train.articleRecipe.normalise };

let task;
async function load({ graph, batch, count, classes, logs }) {
  const began = performance.now();
  for (const one of [task?.session, task?.use]) await one?.release();
  const loss = logs ? "nll" : "crossEntropy";
  const optimizer = train.adam({ learningRate: 2e-3, amsgrad: true });
  const model = train.trainingModel(graph, {
    ...{ sources: [source], targets: [{ type: "uint8", kind: "classes" }], losses: [loss], optimizer, seed: 1, batch },
  });
  const session = await open(model.bytes, { training: true });
  const weights = train.initialWeights(graph, 1);
  const { shape } = graph.inputs[0];
  const samples = bytes(count * size(shape), 256);
  task = {
    ...{ graph, model, session, batch, count, weights, loss, samples, at: 0, done: 0 },
    feeds: {
      [train.inputPort(graph, 0)]: { type: "uint8", dims: [count, ...shape], data: samples },
      [train.targetPort(0)]: { type: "uint8", dims: [count], data: bytes(count, classes) },
    },
    carried: Object.fromEntries(
      model.carried.map(({ name, shape }) => [name, float32(weights[name] ?? new Float32Array(size(shape)), shape)]),
    ),
  };
  await steps(1);
  return { seconds: seconds(began) };
}

async function steps(number) {
  const { model, session, batch, count } = task;
  const rows = BigInt64Array.from({ length: number * batch }, (_, i) => BigInt((task.at + i * 7) % count));
  task.at = (task.at + number * batch) % count;
  const numbers = Array.from({ length: number }, (_, i) => model.coefficientsAt(task.done + i + 1)).flat();
  const found = await session.run({
    ...task.feeds,
    rows: int64(rows, [number, batch]),
    coefficients: float32(Float32Array.from(numbers), [number, model.coefficients]),
    ...task.carried,
  });
  task.done += number;
  task.carried = Object.fromEntries(model.carried.map(({ name }) => [name, found[`next/${name}`]]));
}

/** As the trainer does: calls of about a third of a second. */
async function trainFor(wanted) {
  const began = performance.now();
  let [done, chunk] = [0, 1];
  while (seconds(began) < wanted) {
    const started = performance.now();
    await steps(chunk);
    done += chunk;
    const each = seconds(started) / chunk;
    chunk = Math.max(1, Math.min(4 * chunk, Math.round(Math.min(0.3, wanted - seconds(began)) / each)));
  }
  return { samples: done * task.batch, seconds: seconds(began) };
}

/** As scoring does: 50 samples at once, over and over the same thousand. */
async function evaluateFor(wanted) {
  const { graph, weights, loss, samples, count } = task;
  const options = { weights, sources: [source], losses: [loss], batch: 50 };
  task.use ??= await open(train.inferenceModel(graph, options));
  const { name, shape } = graph.inputs[0];
  const batch = Math.min(50, count);
  const began = performance.now();
  let done = 0;
  while (seconds(began) < wanted) {
    const data = samples.subarray((done % count) * size(shape), ((done % count) + batch) * size(shape));
    await task.use.run({ [name]: { type: "uint8", dims: [batch, ...shape], data } });
    done += batch;
  }
  return { samples: done, seconds: seconds(began) };
}

/** A session whose release writes and reads the runtime's profile: microseconds and calls of each operator. */
async function profiledSession(model) {
  const folder = mkdtempSync(join(tmpdir(), "profile-"));
  const session = await ort.InferenceSession.create(model, {
    ...{
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      graphOptimizationLevel: "disabled",
      enableProfiling: true,
      logSeverityLevel: 3,
      profileFilePrefix: join(folder, "run"),
    },
    extra: { session: { set_denormal_as_zero: "1", intra_op: { allow_spinning: "0" } } },
  });
  const tensors = feeds =>
    Object.fromEntries(
      Object.entries(feeds).map(([name, { type, dims, data }]) => [name, new ort.Tensor(type, data, dims)]),
    );
  const release = async () => {
    session.endProfiling();
    await session.release();
    const events = JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]), "utf8"));
    rmSync(folder, { recursive: true });
    return events;
  };
  return { run: feeds => session.run(tensors(feeds)), release };
}

/** Microseconds and calls of each operator in that many steps. The Loop is the sum of what it runs. */
async function profileFor(number) {
  await steps(number);
  const events = await task.session.release();
  task.session = undefined;
  const operators = {};
  for (const { cat, name, dur, args } of events) {
    if (cat !== "Node" || !name.endsWith("_kernel_time") || args.op_name === "Loop") continue;
    const { microseconds, calls } = operators[args.op_name] ?? { microseconds: 0, calls: 0 };
    operators[args.op_name] = { microseconds: microseconds + dur, calls: calls + 1 };
  }
  return { operators };
}

/** Multiply-accumulates of square matrix products, as samples: what this machine can do at most. */
async function peakFor(wanted, n) {
  const turns = 8;
  const emit = onnxBuilder();
  let value = "a";
  for (let i = 0; i < turns; i++) value = emit.op("MatMul", [value, "b"]);
  emit.rename(value, "y");
  const port = name => ({ name, type: "float32", dims: [n, n] });
  const session = await nativeSession(modelBytes(emit.graph("peak", [port("a"), port("b")], [port("y")])));
  const matrix = float32(new Float32Array(n * n).fill(1e-3), [n, n]);
  await session.run({ a: matrix, b: matrix });
  const began = performance.now();
  let done = 0;
  while (seconds(began) < wanted) {
    await session.run({ a: matrix, b: matrix });
    done += turns * n ** 3;
  }
  const answer = { samples: done, seconds: seconds(began) };
  await session.release();
  return answer;
}

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  const answer = asked.load
    ? await load(asked.load)
    : asked.train
      ? await trainFor(asked.train)
      : asked.evaluate
        ? await evaluateFor(asked.evaluate)
        : asked.profile
          ? await profileFor(asked.profile)
          : await peakFor(asked.peak, asked.size);
  console.log(JSON.stringify(answer));
}
