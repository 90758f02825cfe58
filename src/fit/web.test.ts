import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { Linear, network } from "../build/index.js";
import type { Split } from "../data/data-set.js";
import { random } from "../random.js";
import { nativeSession } from "../runtime/native.js";
import { samplesOf } from "./data-of.js";
import { type FitEvent, workWith } from "./task.js";
import { Model } from "./web.js";

const small = network({
  name: "small",
  input: [16],
  layers: { hidden: Linear(12), out: Linear(2) },
  forward: (x, { hidden, out }) => x.pipe(hidden).relu().pipe(out),
});

/** Which half of the numbers is the brighter. */
function halves(count: number, seed: number): Split {
  const source = random(seed);
  const labels = Uint8Array.from({ length: count }, () => source.int(0, 1));
  const inputs = Uint8Array.from({ length: count * 16 }, (_, i) =>
    source.int(0, i % 16 < 8 === (labels[Math.floor(i / 16)] === 0) ? 255 : 128),
  );
  return { count, inputs, labels };
}
const [learned, unseen] = [halves(300, 1), halves(100, 2)];
const options = { epochs: 4, validation: unseen };

test("fit trains in this thread as child processes do, and the model knows what it has learned", async () => {
  const events: FitEvent[] = [];
  for await (const event of small.fit(learned, options)) events.push(event);
  const model = await small.fit(learned, options);
  const native: number[] = [];
  await workWith(nativeSession)(
    {
      ...{ kind: "train", graph: small.graph, recipe: model.recipe, checkpoints: false },
      data: { train: samplesOf(small, learned) },
    },
    {
      signal: new AbortController().signal,
      emit: event => {
        if (event.kind === "epoch") native.push(event.loss);
      },
    },
  );
  const losses = events.filter(event => event.kind === "epoch").map(({ loss }) => loss);
  expect(model.history.map(({ loss }) => loss)).toEqual(losses);
  expect(losses).toHaveLength(4);
  for (const [i, loss] of losses.entries()) expect(Math.abs(loss - native[i]!)).toBeLessThan(1e-5);
  expect(events.some(event => event.kind === "steps")).toBe(true);
  const { accuracy } = await model.evaluate(unseen);
  expect(accuracy).toBe(model.history.at(-1)!.validation!.accuracy);
  expect(accuracy).toBeGreaterThan(0.9);
});

test("what waits has its turn while it trains, and may end it", async () => {
  const controller = new AbortController();
  const training = small.fit(learned, { epochs: 100_000, signal: controller.signal });
  setTimeout(() => controller.abort(), 200);
  await expect(training).rejects.toMatchObject({ name: "AbortError" });
});

test("a stepper steps, and its model predicts", async () => {
  const stepper = small.stepper();
  const batch = { inputs: learned.inputs, targets: learned.labels };
  const first = await stepper.step(batch);
  for (let i = 0; i < 20; i++) await stepper.step(batch);
  expect(await stepper.step(batch)).toBeLessThan(first);
  expect((await stepper.model().predict(unseen.inputs)).labels).toHaveLength(100);
  await stepper.release();
});

test("a model comes and goes as bytes, and is loaded from an address", async () => {
  const model = await small.fit(learned, { epochs: 1 });
  const bytes = model.toBytes();
  expect(Model.fromBytes(bytes).weights).toEqual(model.weights);
  expect(Model.fromBytes(model.toBytes("small.onnx"), "small.onnx").weights).toEqual(model.weights);
  const server = createServer((request, answer) => {
    if (request.url === "/small.safetensors") answer.end(bytes);
    else answer.writeHead(404).end();
  });
  await new Promise<void>(resolve => server.listen(0, "localhost", resolve));
  const here = `http://localhost:${(server.address() as AddressInfo).port}`;
  try {
    const loaded = await Model.load(`${here}/small.safetensors`);
    expect(await loaded.predict(unseen.inputs)).toEqual(await model.predict(unseen.inputs));
    await expect(Model.load(`${here}/other.onnx`)).rejects.toThrow(
      `load: cannot fetch ${here}/other.onnx, got 404 Not Found; check its address`,
    );
  } finally {
    server.close();
  }
  await expect(Model.load(`${here}/small.safetensors`)).rejects.toThrow(
    `load: cannot fetch ${here}/small.safetensors, got fetch failed; check its address`,
  );
  await expect(model.save("small.onnx")).rejects.toThrow(
    'save: a page has no files to write, got small.onnx; offer what model.toBytes("small.onnx") gives for download',
  );
});
