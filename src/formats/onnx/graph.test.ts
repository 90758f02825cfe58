import { describe, expect, it } from "vitest";
import { randomInputs, randomNetwork } from "../../../test/battery/random-network.js";
import { print } from "../../graph/index.js";
import "../../ops/index.js";
import { deriveSeed, random } from "../../random.js";
import { nativeSession } from "../../runtime/native.js";
import { float32 } from "../../runtime/session.js";
import { inferenceModel, initialWeights, writeOnnx } from "../../train/index.js";
import { type GraphBuilder, modelBytes, onnxBuilder, type Port } from "./builder.js";
import { readOnnx } from "./graph.js";
import { encodeModel, withMetadata } from "./schema.js";

/** Bytes of a model with one input `x` and the output that is built. */
function model(dims: Port["dims"], build: (emit: GraphBuilder) => string, type: Port["type"] = "float32") {
  const emit = onnxBuilder("/");
  const last = build(emit);
  return modelBytes(
    emit.graph("read", [{ name: "x", type, dims }], [{ name: last, type: "float32", dims: ["batch", "any"] }]),
  );
}
const numbers = (emit: GraphBuilder, name: string, ...dims: number[]) =>
  emit.tensor(
    name,
    dims,
    Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => i / 10 - 0.5),
  );

describe("readOnnx", () => {
  it("names nodes after their weights, and takes the weights over in netpick's layout", () => {
    const bytes = model(["batch", 3, 6, 6], emit => {
      const conv = emit.op("Conv", ["x", numbers(emit, "stem.conv.weight", 4, 3, 3, 3)], { pads: [1, 1, 1, 1] });
      const pooled = emit.op("Flatten", [emit.op("GlobalAveragePool", [emit.op("Relu", [conv])])]);
      // [inFeatures, outFeatures] here, [outFeatures, inFeatures] in netpick.
      return emit.op("Gemm", [pooled, numbers(emit, "fc.weight", 4, 2), numbers(emit, "fc.bias", 2)]);
    });
    const { graph, weights, report } = readOnnx(bytes);
    expect(print(graph)).toBe(
      [
        "network read",
        "x = input [3, 6, 6]",
        "stem.conv = conv2d(x) outChannels=4 kernelSize=[3, 3] stride=[1, 1] padding=[1, 1] dilation=[1, 1] groups=1 bias=false",
        "Relu_2 = relu(stem.conv) inPlace=false",
        "Flatten_4 = globalAvgPool(Relu_2)",
        "fc = linear(Flatten_4) outFeatures=2 bias=true",
        "return fc",
      ].join("\n"),
    );
    expect(Object.keys(weights)).toEqual(["stem.conv.weight", "fc.weight", "fc.bias"]);
    expect(Array.from(weights["fc.weight"]!, value => Math.round(10 * value))).toEqual([-5, -3, -1, 1, -4, -2, 0, 2]);
    expect(report).toMatchObject({ opset: 18, producer: "netpick", nodes: 5, made: 4, notes: [] });
  });

  it("works out sizes that the batch stands in: x.view(x.size(0), -1)", () => {
    const bytes = model(["batch", 3, 4], emit => {
      const batch = emit.op("Gather", [emit.op("Shape", ["x"]), emit.ints(0)], { axis: 0 });
      const sizes = [emit.op("Unsqueeze", [batch, emit.ints([0])]), emit.ints([-1])];
      return emit.op("Reshape", ["x", emit.op("Concat", sizes, { axis: 0 })]);
    });
    expect(print(readOnnx(bytes).graph)).toBe(
      "network read\nx = input [3, 4]\nflatten_1 = flatten(x)\nreturn flatten_1",
    );
  });

  it("carries the batch along where others stand in its axis: heads behind it, steps before it", () => {
    const bytes = model(["batch", 5, 6], emit => {
      const steps = emit.op("Transpose", ["x"], { perm: [1, 0, 2] });
      const heads = emit.op("Reshape", [steps, emit.ints([5, -1, 2])]);
      const first = emit.op("Transpose", [heads], { perm: [1, 0, 2] });
      return emit.op("Softmax", [first], { axis: -1 });
    });
    const { graph, report } = readOnnx(bytes);
    expect(print(graph).split("\n").slice(2)).toEqual(
      [
        "reshape_1 = reshape(x) shape=[5, 3, 2]",
        "permute_1 = permute(reshape_1) order=[1, 0, 2]",
        "Softmax_4 = softmax(permute_1) axis=2",
        "return Softmax_4",
      ].map(line => line.replaceAll("Softmax_4", graph.outputs[0]!)),
    );
    expect(report.notes).toEqual([
      `output /${graph.outputs[0]}: its batch is not alone in the first axis of the file; here it is`,
    ]);
  });

  it.each([
    [
      "an operator that no op is",
      (emit: GraphBuilder) => emit.op("NonZero", ["x"]),
      /^onnx: node \/NonZero_1 \(NonZero\) cannot be read, got no op is NonZero as it stands here, and it cannot be kept/,
    ],
    [
      "sizes that tear the batch apart",
      (emit: GraphBuilder) => emit.op("Reshape", ["x", emit.ints([7, -1])]),
      /\(Reshape\) cannot be read, got sizes that tear/,
    ],
    [
      "what works on the batch",
      (emit: GraphBuilder) => emit.op("Softmax", ["x"], { axis: 0 }),
      /axis: it must be one of a sample, got 0/,
    ],
  ])("refuses %s", (_, build, words) => {
    expect(() => readOnnx(model(["batch", 3, 3], build))).toThrow(words);
  });

  it("refuses more open sizes than the batch, and takes them from who knows them", () => {
    const bytes = model(["batch", "length", 3], emit => emit.op("Relu", ["x"]));
    expect(() => readOnnx(bytes)).toThrow(
      "onnx: only the batch may be open, got [?, ?, 3] for input x; tell the shape of a sample",
    );
    expect(readOnnx(bytes, { inputs: { x: [7, 3] } }).graph.inputs).toEqual([{ name: "x", shape: [7, 3] }]);
  });

  it("refuses tensors that lie about their size, and versions that it does not know", () => {
    const graph = onnxBuilder("/").graph("g", [], []);
    const lying = { name: "w", dims: [1e6, 1e6], dataType: 1, rawData: new Uint8Array(8) };
    const node = { name: "n", opType: "Relu", input: ["w"], output: ["y"], attribute: [] };
    const of = (version: number) =>
      encodeModel({
        irVersion: 8,
        producerName: "",
        opsetImport: [{ domain: "", version }],
        graph: {
          ...graph,
          node: [node],
          initializer: [lying],
          output: [{ ...graph.input[0]!, name: "y", type: { tensorType: { elemType: 1 } } }],
        },
      });
    expect(() => readOnnx(of(18))).toThrow(
      "onnx: there must be 4000000000000 bytes, got 8 in tensor w; the file is damaged",
    );
    expect(() => readOnnx(of(22))).toThrow(
      "onnx: the version of the operators must be from 1 to 21, got 22; convert the model",
    );
  });
});

describe("random networks over all ops, written and read by their operators alone", () => {
  const results = { equal: 0, refused: 0 };
  it.each(Array.from({ length: 60 }, (_, i) => i))("%i", async seed => {
    const graph = randomNetwork(random(deriveSeed("onnx", seed)), "r", { nodes: 8 });
    const weights = initialWeights(graph, seed);
    const bytes = inferenceModel(graph, { weights });
    let read: ReturnType<typeof readOnnx>;
    try {
      read = readOnnx(bytes);
    } catch (error) {
      expect((error as Error).name).toBe("OnnxError");
      results.refused++;
      return;
    }
    const feeds = randomInputs(graph, 3, seed);
    const run = async (model: Uint8Array) => {
      const session = await nativeSession(model);
      const tensors = graph.inputs.map(({ name, shape }) => [name, float32(feeds[name]!, [3, ...shape])]);
      const found = await session.run(Object.fromEntries(tensors));
      await session.release();
      return Object.values(found).map(({ data }) => data as Float32Array);
    };
    const [before, after] = [await run(bytes), await run(inferenceModel(read.graph, { weights: read.weights }))];
    for (const [i, wanted] of before.entries()) {
      for (const [k, value] of wanted.entries()) {
        expect(Math.abs(after[i]![k]! - value), `${graph.outputs[i]} at ${k}`).toBeLessThanOrEqual(
          1e-5 + 1e-4 * Math.abs(value),
        );
      }
    }
    results.equal++;
  });
  it("most can be read so", () => {
    expect(results.equal).toBeGreaterThan(20);
  });
});

it("what netpick writes is read back as the same graph, for every version; damaged, by its operators", async () => {
  for (let seed = 0; seed < 50; seed++) {
    const graph = randomNetwork(random(deriveSeed("onnx again", seed)), "r", { nodes: 12 });
    const weights = initialWeights(graph, seed);
    const bytes = writeOnnx(graph, weights, { opset: 17 + (seed % 5) });
    const read = readOnnx(bytes);
    expect(read.graph).toEqual(graph);
    expect(read.weights).toEqual(weights);
    await (await nativeSession(bytes)).release();
  }
  const other = withMetadata(
    model(["batch", 3], emit => emit.op("Relu", ["x"])),
    { graph: "{}" },
  );
  expect(readOnnx(other).graph.nodes).toHaveLength(1);
  expect(() => writeOnnx(readOnnx(other).graph, {}, { opset: 16 })).toThrow(
    "onnx: opset must be from 17 to 21, got 16; choose one of these",
  );
});

it("mutated files are read or refused in a sentence, each within a second", () => {
  const source = random(deriveSeed("onnx fuzz", 1));
  const files = Array.from({ length: 8 }, (_, seed) => {
    const graph = randomNetwork(random(deriveSeed("onnx fuzz", seed)), "r", { nodes: 8 });
    return inferenceModel(graph, { weights: initialWeights(graph, seed) });
  });
  for (let i = 0; i < 1500; i++) {
    const bytes = new Uint8Array(source.pick(files));
    for (let k = source.int(1, 6); k > 0; k--) {
      const at = source.int(0, bytes.length - 1);
      bytes[at] = source.pick([0, 1, 0x7f, 0x80, 0xff, bytes[at]! ^ (1 << source.int(0, 7)), source.int(0, 255)]);
    }
    const cut = source.chance(0.1) ? bytes.subarray(0, source.int(0, bytes.length)) : bytes;
    const start = performance.now();
    try {
      readOnnx(cut);
    } catch (error) {
      const { name, stack } = error as Error;
      expect(name, stack!).toBe("OnnxError");
    }
    expect(performance.now() - start).toBeLessThan(1000);
  }
});
