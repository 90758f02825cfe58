import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runOnce } from "../../test/battery/every-node.js";
import { type GraphBuilder, onnxBuilder, type Port } from "../formats/onnx/index.js";
import { encodeModel, type OnnxGraph } from "../formats/onnx/schema.js";
import { float32, uint8 } from "../runtime/session.js";
import { adam } from "../train/index.js";
import { Model } from "./index.js";

const folder = mkdtempSync(join(tmpdir(), "netpick-foreign-"));
afterAll(() => rmSync(folder, { recursive: true }));

const numbers = (count: number, step = 1): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(3 * step * i + 1));

/** A file of another program. */
function written(
  name: string,
  inputs: readonly Port[],
  build: (emit: GraphBuilder) => string,
  change = (g: OnnxGraph) => g,
) {
  const emit = onnxBuilder("/");
  emit.rename(build(emit), "answer");
  const graph = emit.graph("main_graph", inputs, [{ name: "answer", type: "float32", dims: ["n", "any"] }]);
  const opsetImport = [{ domain: "", version: 17 }];
  const bytes = encodeModel({ irVersion: 8, producerName: "another program", opsetImport, graph: change(graph) });
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return { file, bytes };
}
const port = (type: Port["type"], ...dims: Port["dims"]): Port => ({ name: "x", type, dims });

/** A convolution, a linear layer and, if wished, a softmax: three classes of pictures [1, 6, 6]. */
const classifier =
  (last?: "Softmax", source = "x") =>
  (emit: GraphBuilder): string => {
    const given = source === "x" ? "x" : emit.op("Cast", ["x"], { to: 1 });
    const conv = emit.op("Conv", [given, emit.tensor("stem.weight", [4, 1, 3, 3], numbers(36))]);
    const flat = emit.op("Flatten", [emit.op("Relu", [conv])]);
    const scores = emit.op("Gemm", [flat, emit.tensor("head.weight", [64, 3], numbers(192, 2))]);
    return last ? emit.op(last, [scores], { axis: 1 }) : scores;
  };
const pictures = numbers(5 * 36, 5);

describe("an ONNX model of another program", () => {
  it("is loaded with its weights: it gives what its file gives, and the probabilities that it ends in", async () => {
    const { file, bytes } = written("softmax.onnx", [port("float32", "n", 1, 6, 6)], classifier("Softmax"));
    const model = await Model.load(file);
    expect(model.network.inputs).toEqual([1, 6, 6]);
    expect(model.network.outputNames).toEqual(["answer"]);
    expect(Object.keys(model.weights)).toEqual(["stem.weight", "head.weight"]);
    const { answer } = await runOnce(bytes, { x: float32(pictures, [5, 1, 6, 6]) });
    const { probabilities, labels, classes } = await model.predict(pictures);
    expect(classes).toBe(3);
    for (const [i, wanted] of (answer!.data as Float32Array).entries()) expect(probabilities[i]).toBeCloseTo(wanted, 5);
    const best = Array.from({ length: 5 }, (_, i) => {
      const row = [...(answer!.data as Float32Array).subarray(3 * i, 3 * i + 3)];
      return row.indexOf(Math.max(...row));
    });
    expect([...labels]).toEqual(best);
  });

  it("is trained on from its weights, saved, and loaded as it was left", async () => {
    const { file } = written("scores.onnx", [port("float32", "n", 1, 6, 6)], classifier());
    const model = await Model.load(file);
    const data = { inputs: pictures, targets: Uint8Array.of(0, 1, 2, 1, 0) };
    const before = await model.evaluate(data);
    const options = { weights: model.weights, epochs: 30, optimizer: adam({ learningRate: 0.01 }) };
    const tuned = await model.network.fit(data, options);
    expect((await tuned.evaluate(data)).loss).toBeLessThan(before.loss / 2);
    expect(tuned.weights["stem.weight"]).not.toEqual(model.weights["stem.weight"]);
    const saved = join(folder, "tuned.onnx");
    await tuned.save(saved);
    expect((await Model.load(saved)).weights).toEqual(tuned.weights);
  });

  it("that takes bytes is given bytes, as large as they are", async () => {
    const { file, bytes } = written("bytes.onnx", [port("uint8", "n", 1, 6, 6)], classifier(undefined, "cast"));
    const pixels = Uint8Array.from(pictures, value => 128 + 127 * value);
    const { answer } = await runOnce(bytes, { x: uint8(pixels, [5, 1, 6, 6]) });
    const found = await (await Model.load(file)).run(pixels);
    for (const [i, wanted] of (answer!.data as Float32Array).entries()) {
      expect(Math.abs(found.answer![i]! - wanted)).toBeLessThan(1e-4 * (1 + Math.abs(wanted)));
    }
  });

  it("of open sizes is refused until they are told", async () => {
    const { file } = written("open.onnx", [port("float32", "n", "length", 3)], emit => emit.op("Tanh", ["x"]));
    await expect(Model.load(file)).rejects.toThrow(
      `load: ${file}: onnx: only the batch may be open, got [?, ?, 3] for input x; tell the shape of a sample`,
    );
    expect((await Model.load(file, { inputs: { x: [7, 3] } })).network.inputs).toEqual([7, 3]);
  });

  it("whose operators no op is, and that cannot be kept, is refused with the node", async () => {
    const { file } = written("places.onnx", [port("float32", "n", 3)], emit =>
      emit.op("Cast", [emit.op("NonZero", ["x"])], { to: 1 }),
    );
    await expect(Model.load(file)).rejects.toThrow(
      `load: ${file}: onnx: node /NonZero_1 (NonZero) cannot be read, got`,
    );
  });
});

describe("numbers that lie in files beside the model", () => {
  /** The model with its first tensor outside. */
  const outside = (name: string, location: string, told: { offset?: number; length?: number } = {}) => {
    const change = (graph: OnnxGraph): OnnxGraph => {
      const [first, ...rest] = graph.initializer;
      const { rawData, ...tensor } = first!;
      const entries = { location, offset: told.offset ?? 8, length: told.length ?? rawData!.length };
      const externalData = Object.entries(entries).map(([key, value]) => ({ key, value: String(value) }));
      return { ...graph, initializer: [{ ...tensor, externalData, dataLocation: 1 }, ...rest] };
    };
    return written(name, [port("float32", "n", 1, 6, 6)], classifier(), change).file;
  };
  const kernel = numbers(36);
  mkdirSync(join(folder, "parts"));
  writeFileSync(join(folder, "parts", "numbers.bin"), new Uint8Array(Float32Array.of(9, 9, ...kernel).buffer));
  const secret = mkdtempSync(join(tmpdir(), "netpick-elsewhere-"));
  writeFileSync(join(secret, "numbers.bin"), new Uint8Array(400));
  symlinkSync(join(secret, "numbers.bin"), join(folder, "linked.bin"));
  afterAll(() => rmSync(secret, { recursive: true }));

  it("are read from their place", async () => {
    const model = await Model.load(outside("outside.onnx", "parts/numbers.bin"));
    expect(model.weights["stem.weight"]).toEqual(kernel);
  });
  it.each([
    ["/etc/passwd", {}, "numbers must lie in the model's own folder, got /etc/passwd; put the file there"],
    ["parts/../../x", {}, "numbers must lie in the model's own folder, got parts/../../x; put the file there"],
    ["..\\x", {}, "numbers must lie in the model's own folder, got ..\\x; put the file there"],
    ["C:x", {}, "numbers must lie in the model's own folder, got C:x; put the file there"],
    ["linked.bin", {}, "numbers must lie in the model's own folder, got linked.bin elsewhere; copy the file"],
    ["parts/numbers.bin", { offset: 12 }, "parts/numbers.bin must have 156 bytes, got 152; the file is damaged"],
    [
      "parts/numbers.bin",
      { offset: -4 },
      "an offset must be a whole number, got -4 of tensor stem.weight; the file is damaged",
    ],
    [
      "parts/numbers.bin",
      { length: 100 },
      "there must be 144 bytes in parts/numbers.bin, got 100 of tensor stem.weight",
    ],
    ["parts", {}, "parts must be a file, got something else; give the files beside the model"],
    ["missing.bin", {}, "missing.bin, got ENOENT; give the files beside the model"],
  ])("are refused at %s %j", async (location, told, words) => {
    await expect(Model.load(outside("refused.onnx", location, told))).rejects.toThrow(words);
  });
  it("are refused where parts are more than the whole", async () => {
    const emit = onnxBuilder("/");
    const parts = Array.from({ length: 3 }, (_, i) => emit.tensor(`w${i}`, [36], numbers(36)));
    const sum = parts.reduce((value, part) => emit.op("Add", [value, part]), "x");
    const { file } = written(
      "often.onnx",
      [port("float32", "n", 36)],
      () => sum,
      graph => ({
        ...emit.graph("main_graph", [], []),
        ...{ input: graph.input, output: [{ ...graph.output[0]!, name: sum }] },
        initializer: emit.graph("", [], []).initializer.map(({ rawData: _, ...tensor }) => ({
          ...tensor,
          externalData: [{ key: "location", value: "parts/numbers.bin" }],
          dataLocation: 1,
        })),
      }),
    );
    await expect(Model.load(file)).rejects.toThrow(
      "parts/numbers.bin must have 288 bytes, got 152; the file is damaged",
    );
  });
});
