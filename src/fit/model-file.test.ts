import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { graph, Linear, network } from "../build/index.js";
import { Network } from "../build/network.js";
import type { Examples } from "../data/data-set.js";
import { encodeSafetensors } from "../formats/safetensors.js";
import { nativeSession } from "../runtime/native.js";
import { float32, uint8 } from "../runtime/session.js";
import { articleRecipe, initialWeights } from "../train/index.js";
import { readModel, writeModel } from "./disk.js";
import { allBytes } from "./file-size.js";
import { Model } from "./index.js";
import { encodedModel, type SavedModel } from "./model-file.js";

const folder = mkdtempSync(join(tmpdir(), "netpick-models-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);

const small = network({
  name: "small",
  input: [12],
  layers: { hidden: Linear(16), out: Linear(3) },
  forward: (x, l) => x.pipe(l.hidden).batchNorm().tanh().pipe(l.out),
});
const epoch = {
  ...{ epoch: 1, loss: 0.5, trainSeconds: 1.25 },
  validation: { loss: 0.1, accuracy: 1, classAccuracy: 1, auc: Number.NaN, logLoss: 0.1, calibrationError: 0.2 },
};
const model: SavedModel = {
  network: small as never,
  weights: initialWeights(small.graph, 3),
  recipe: {
    ...articleRecipe,
    loss: { name: "crossEntropy", labelSmoothing: 0.1 },
    normalise: { mean: 0.1, deviation: 1 / 3 },
  },
  history: [epoch],
  inputTypes: ["float32"],
};

describe.each([".safetensors", ".onnx"])("a model in a %s file", ending => {
  const file = path(`small${ending}`);
  test("comes back: network, weights to the bit, recipe, history", () => {
    writeModel(file, model);
    const read = readModel(file);
    expect(read).toEqual(model);
    expect(String(read.network)).toBe(String(small));
    expect(read.network.inputs).toEqual([12]);
    expect(read.network.outputs).toEqual([3]);
    expect(readdirSync(folder).filter(name => name.endsWith(".tmp"))).toEqual([]);
  });

  test("keeps the names of several inputs and outputs, and weights of any bits", () => {
    const two = graph({ video: [4], audio: [3] }, ({ video, audio }) => {
      const joined = video.concat(audio);
      return { label: joined.linear(2), level: joined.linear(1) };
    });
    const weights = initialWeights(two.graph, 1);
    const odd = Float32Array.of(-0, 1e-42, Number.POSITIVE_INFINITY, Number.NaN, 3.4e38, 1, 2);
    const strange = { ...weights, "level.weight": odd };
    expect(Object.keys(weights)).toContain("level.weight");
    const losses = ["crossEntropy", { name: "meanSquaredError", weight: 2 }] as const;
    const recipe = { ...articleRecipe, loss: losses };
    writeModel(file, { ...model, network: two as never, weights: strange, recipe, inputTypes: ["uint8", "float32"] });
    const read = readModel(file);
    expect(read.network.inputs).toEqual({ video: [4], audio: [3] });
    expect(read.network.outputs).toEqual({ label: [2], level: [1] });
    expect(read.inputTypes).toEqual(["uint8", "float32"]);
    expect(read.recipe).toEqual(recipe);
    const bits = (data: Float32Array): number[] => [...new Uint32Array(data.buffer, data.byteOffset, data.length)];
    expect(bits(read.weights["level.weight"]!)).toEqual(bits(odd));
  });

  test("is refused when it is cut anywhere, or a byte of its text is another", () => {
    writeModel(file, model);
    const whole = readFileSync(file);
    const cut = path(`cut${ending}`);
    for (let length = 0; length < whole.length; length += 97) {
      writeFileSync(cut, whole.subarray(0, length));
      expect(() => readModel(cut)).toThrow(/^load: .*cut\.(onnx|safetensors): .+, got .+; .+/);
    }
    // Whatever a damaged text becomes, it is read or refused in a sentence, and nothing else happens.
    const at = whole.indexOf("nodes");
    for (let i = -40; i < 400; i += 7) {
      const spoilt = Buffer.from(whole);
      spoilt[at + i] = 0x7d;
      writeFileSync(cut, spoilt);
      try {
        readModel(cut);
      } catch (error) {
        expect((error as Error).name).toBe("ModelError");
      }
    }
  });
});

test("an ONNX model takes the samples that it was trained on, and gives log-probabilities", async () => {
  const line = graph({ x: [2] }, ({ x }) => x.linear(2), { name: "line" });
  const weights = { "y.weight": Float32Array.of(1, 2, 3, 4), "y.bias": Float32Array.of(10, 20) };
  const named = Object.keys(initialWeights(line.graph, 1));
  const own = Object.fromEntries(named.map((name, i) => [name, Object.values(weights)[i]!]));
  const recipe = { ...articleRecipe, loss: "crossEntropy" as const, normalise: { mean: 0.5, deviation: 0.25 } };
  const file = path("line.onnx");
  const scores = async (type: "uint8" | "float32") => {
    writeModel(file, { network: line as never, weights: own, recipe, history: [], inputTypes: [type] });
    const session = await nativeSession(readFileSync(file));
    const x = type === "uint8" ? uint8(Uint8Array.of(0, 255), [1, 2]) : float32(Float32Array.of(0, 1), [1, 2]);
    const outputs = await session.run({ x });
    await session.release();
    return Object.values(outputs)[0]!.data as Float32Array;
  };
  // 0 is -2 and 255 is 2 to the network: scores 12 and 22.
  const total = Math.log(Math.exp(12) + Math.exp(22));
  for (const type of ["uint8", "float32"] as const) {
    const [first, second] = await scores(type);
    expect(first).toBeCloseTo(12 - total, 5);
    expect(second).toBeCloseTo(22 - total, 5);
  }
});

describe("refused in a sentence", () => {
  const metadata = (changed: Record<string, unknown> = {}): Record<string, string> => ({
    netpick: "1",
    graph: JSON.stringify(small.graph),
    form: JSON.stringify({ oneInput: true, oneOutput: true, outputNames: ["out"], inputTypes: ["float32"] }),
    recipe: JSON.stringify(model.recipe),
    history: "[]",
    ...Object.fromEntries(Object.entries(changed).map(([key, value]) => [key, JSON.stringify(value)])),
  });
  const tensors = Object.fromEntries(
    Object.entries(model.weights).map(([name, data]) => [
      name,
      { shape: name === "hidden.weight" ? [16, 12] : name === "out.weight" ? [3, 16] : [data.length], data },
    ]),
  );
  const other = { ...small.graph, nodes: small.graph.nodes.map(node => ({ ...node, op: `${node.op}s` })) };
  const wider = { ...small.graph, inputs: [{ name: "x", shape: [13] }] };
  const { "out.bias": _, ...fewer } = tensors;
  const file = path("wrong.safetensors");

  test.each([
    [{ metadata: {}, tensors }, "it must hold a network of netpick, got weights alone; save a model with model.save"],
    [
      { metadata: { ...metadata(), netpick: "2" }, tensors },
      "it has format 2, this netpick reads 1; use a newer netpick",
    ],
    [
      { metadata: metadata({ graph: other }), tensors },
      'linears: there is no such op, got "linears"; did you mean linear',
    ],
    [
      { metadata: metadata({ graph: { name: "x" } }), tensors },
      "graph: inputs is not as expected, got nothing; give an array",
    ],
    [
      { metadata: metadata({ graph: wider }), tensors },
      "hidden.weight of small must be [16, 13], got [16, 12]; the file is damaged or of another program",
    ],
    [
      { metadata: metadata(), tensors: fewer },
      "out.bias of small must be [3], got none; the file is damaged or of another program",
    ],
    [
      { metadata: { ...metadata(), recipe: "{" }, tensors },
      "recipe must be JSON, got something else; the file is damaged or of another program",
    ],
    [
      { metadata: metadata({ recipe: { ...model.recipe, normalise: { mean: 0, deviation: 0 } } }), tensors },
      "recipe must be what netpick writes, got normalise.deviation; the file is damaged or of another program",
    ],
    [
      { metadata: metadata({ recipe: { ...model.recipe, loss: "crossEntrpy" } }), tensors },
      "train: there is no such loss, got crossEntrpy; choose",
    ],
    [
      { metadata: metadata({ recipe: { ...model.recipe, loss: { name: "own", graph: 7 } } }), tensors },
      "its parts must fit together, got",
    ],
    [
      {
        metadata: metadata({ form: { oneInput: true, oneOutput: true, outputNames: ["a", "b"], inputTypes: [] } }),
        tensors,
      },
      "form must be what netpick writes, got inputTypes; the file is damaged or of another program",
    ],
    [
      {
        metadata: metadata({
          form: { oneInput: true, oneOutput: true, outputNames: ["a", "b"], inputTypes: ["uint8"] },
        }),
        tensors,
      },
      "the graph's inputs and outputs must be as its form says, got",
    ],
    [
      { metadata: { ...metadata(), graph: `${"[".repeat(200_000)}${"]".repeat(200_000)}` }, tensors },
      "graph must be JSON, got something else; the file is damaged or of another program",
    ],
  ])("a file with other parts (%#)", (parts, sentence) => {
    writeFileSync(file, encodeSafetensors(parts));
    expect(() => readModel(file)).toThrow(`load: ${file}: ${sentence}`);
  });

  test("names, places and kinds of files", () => {
    expect(() => readModel("a.pt")).toThrow(
      "load: a model's file must end in .safetensors or .onnx, got a.pt; choose one",
    );
    expect(() => writeModel("a", model)).toThrow(
      "save: a model's file must end in .safetensors or .onnx, got a; choose one",
    );
    const nowhere = path("nowhere.onnx");
    expect(() => readModel(nowhere)).toThrow(
      `load: cannot read ${nowhere}, got ENOENT; check its name and permissions`,
    );
    mkdirSync(path("folder.onnx"));
    expect(() => readModel(path("folder.onnx"))).toThrow("must be a file, got something else; give one");
    execFileSync("mkfifo", [path("pipe.safetensors")]);
    expect(() => readModel(path("pipe.safetensors"))).toThrow("must be a file, got something else; give one");
    const within = path("small.onnx/a.onnx");
    expect(() => writeModel(within, model)).toThrow(`save: cannot write ${within}, got ENOTDIR; choose another place`);
    writeFileSync(file, "PK\u0003\u0004 and more than eight bytes");
    expect(() => readModel(file)).toThrow("safetensors: the header must lie inside the file");
  });
});

describe("more than 2 GB", () => {
  const wide = new Network(
    graph({ x: [30_000] }, ({ x }) => ({ y: x.linear(18_000, { bias: false }) })).graph,
    ...([[30_000], [18_000], ["y"]] as const),
  );
  // Zeros that are never touched take no memory.
  const weights = { "y.weight": new Float32Array(30_000 * 18_000) };
  const large: SavedModel = { ...model, network: wide, weights };

  test("stand in a safetensors file, in parts that are not copied", () => {
    const [front, values] = encodedModel("a.safetensors", large);
    expect(values!.buffer).toBe(weights["y.weight"].buffer);
    const header = JSON.parse(new TextDecoder().decode(front!.subarray(8)));
    expect(header["y.weight"].data_offsets).toEqual([0, 2_160_000_000]);
  });

  test("are refused where one array or an ONNX model would have to hold them", () => {
    expect(() => allBytes(encodedModel("a.safetensors", large))).toThrow(
      /^toBytes: bytes at once must be below 2 GB, got 216\d{7}; write a file with save$/,
    );
    expect(() => encodedModel("a.onnx", large)).toThrow(
      "save: an ONNX model must be below 2 GB, got 2160000000 bytes; save it as .safetensors",
    );
    const file = path("large.onnx");
    writeFileSync(file, "");
    truncateSync(file, 3e9);
    expect(() => readModel(file)).toThrow(
      `load: ${file}: an ONNX model must be below 2 GB, got 3000000000 bytes; convert it, its weights in a file beside it`,
    );
  });
});

describe("a trained model", () => {
  const samples: Examples<Float32Array, Uint8Array> = {
    inputs: Float32Array.from({ length: 24 * 12 }, (_, i) => Math.sin(i * i)),
    targets: Uint8Array.from({ length: 24 }, (_, i) => i % 3),
  };
  test.each(["a.safetensors", "a.onnx"])("predicts from %s the same, bit for bit", async name => {
    const trained = await small.fit(samples, { epochs: 2, batchSize: 5 });
    await trained.save(path(name));
    const loaded = await Model.load(path(name));
    expect(loaded.recipe).toEqual(trained.recipe);
    expect(loaded.history).toEqual(trained.history);
    expect(loaded.summary()).toBe(trained.summary());
    expect(await loaded.predict(samples.inputs)).toEqual(await trained.predict(samples.inputs));
    expect(await loaded.run(samples.inputs)).toEqual(await trained.run(samples.inputs));
    expect(await loaded.evaluate(samples)).toEqual(await trained.evaluate(samples));
  });

  test("goes on learning from its file", async () => {
    const trained = await small.fit(samples, { epochs: 1 });
    await trained.save(path("b.safetensors"));
    const { weights } = await Model.load(path("b.safetensors"));
    const [here, there] = [trained.weights, weights].map(first => small.fit(samples, { epochs: 1, weights: first }));
    expect((await here!).weights).toEqual((await there!).weights);
  });

  test("with a loss of one's own", async () => {
    const trained = await small.fit(
      { inputs: samples.inputs, targets: new Float32Array(24 * 3) },
      { epochs: 1, loss: (output, target) => output.subtract(target).power(4) },
    );
    await trained.save(path("own.safetensors"));
    const loaded = await Model.load(path("own.safetensors"));
    expect(loaded.recipe).toEqual(trained.recipe);
    expect(await loaded.run(samples.inputs)).toEqual(await trained.run(samples.inputs));
  });

  test("predicts and is judged in batches of any size", async () => {
    const trained = await small.fit(samples, { epochs: 1 });
    const { labels, probabilities } = await trained.predict(samples.inputs);
    const figures = await trained.evaluate(samples);
    for (const batchSize of [1, 7, 24, 1000]) {
      const found = await trained.predict(samples.inputs, { batchSize });
      expect(found.labels).toEqual(labels);
      for (const [i, p] of found.probabilities.entries()) expect(p).toBeCloseTo(probabilities[i]!, 6);
      const { loss, accuracy } = await trained.evaluate(samples, { batchSize });
      expect(loss).toBeCloseTo(figures.loss, 6);
      expect(accuracy).toBe(figures.accuracy);
    }
    await expect(trained.predict(samples.inputs, { batchSize: 0 })).rejects.toThrow(
      "predict: batchSize must be a whole number of at least 1, got 0; give 1 or more",
    );
  });
});
