import { describe, expect, it } from "vitest";
import { runOnce } from "../../../test/battery/every-node.js";
import { summary } from "../../build/summary.js";
import { graphFromJson, print } from "../../graph/index.js";
import { resolve } from "../../op/index.js";
import "../../ops/index.js";
import { float32 } from "../../runtime/session.js";
import { operate } from "../../surgery/index.js";
import {
  type Layers,
  optimizer,
  TrainError,
  type TrainingOptions,
  trainingModel,
  writeOnnx,
} from "../../train/index.js";
import { type GraphBuilder, onnxBuilder, type Port, valueInfo } from "./builder.js";
import { readOnnx } from "./graph.js";
import { encodeModel, type OnnxNode } from "./schema.js";

interface Options {
  readonly opset?: number;
  readonly domains?: readonly { readonly domain: string; readonly version: number }[];
  /** What the file says of values between. */
  readonly told?: readonly Port[];
  readonly change?: (node: OnnxNode) => OnnxNode;
}

/** A file of another program: input `x` of these sizes behind the batch, and the output that is built. */
function file(shape: readonly number[], build: (emit: GraphBuilder) => string, options: Options = {}) {
  const { opset = 18, domains = [], told = [], change = node => node } = options;
  const emit = onnxBuilder("/");
  emit.rename(build(emit), "y");
  const graph = emit.graph("other", [port("x", ["n", ...shape])], [port("y", ["n", "any"])]);
  return encodeModel({
    irVersion: 8,
    producerName: "another program",
    opsetImport: [{ domain: "", version: opset }, ...domains],
    graph: { ...graph, node: graph.node.map(change), valueInfo: told.map(valueInfo) },
  });
}
const port = (name: string, dims: Port["dims"]): Port => ({ name, type: "float32", dims });
const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => Math.sin(3 * i + 1));
const tensor = (emit: GraphBuilder, name: string, ...dims: number[]) =>
  emit.tensor(name, dims, numbers(dims.reduce((a, b) => a * b, 1)));

/** The file's own results and those of the graph that it is read as, written again, on three samples. */
async function both(bytes: Uint8Array<ArrayBuffer>, shape: readonly number[], opset?: number) {
  const { graph, weights } = readOnnx(bytes);
  const dims = [3, ...shape];
  const feeds = { x: float32(numbers(dims.reduce((a, b) => a * b, 1)), dims) };
  const again = writeOnnx(graph, weights, opset === undefined ? {} : { opset });
  const [wanted, found] = [await runOnce(bytes, feeds), await runOnce(again, feeds)];
  return { wanted: Object.values(wanted)[0]!, found: Object.values(found)[0]! };
}

/** A convolution, what no op is, and a linear layer. */
const between = (middle: (emit: GraphBuilder, x: string) => string, options?: Options) =>
  file(
    [2, 4, 4],
    emit => {
      const conv = emit.op("Conv", ["x", tensor(emit, "conv.weight", 3, 2, 3, 3)]);
      const flat = emit.op("Flatten", [middle(emit, conv)]);
      return emit.op("Gemm", [flat, tensor(emit, "fc.weight", 12, 5)]);
    },
    options,
  );
const shrunk = between((emit, x) => emit.op("Shrink", [x], { lambd: { float: 0.25 }, bias: { float: 0.5 } }));

describe("nodes that no op is", () => {
  it("are kept with their attributes, named in the report, and run as in the file", async () => {
    const { graph, report } = readOnnx(shrunk);
    expect(print(graph).split("\n")[3]).toBe(
      'Shrink_2 = opaque(conv) operator="Shrink" domain="" version=18 attributes=[["lambd", "float", 0.25], ["bias", "float", 0.5]] ' +
        'inputs=[["tensor", "float32", [3, 2, 2]]] outputs=1 output=0 type="float32" shape=[3, 2, 2] each=false',
    );
    expect(report.kept).toEqual([{ node: "Shrink_2", title: "opaque Shrink" }]);
    expect(summary(graph)).toMatch(/Shrink_2\s+opaque Shrink\s+\[3, 2, 2\]/);
    const { wanted, found } = await both(shrunk, [2, 4, 4]);
    expect(found.dims).toEqual([3, 5]);
    expect(found.data).toEqual(wanted.data);
  });

  it("are the same after JSON, and after the model that is written", () => {
    const { graph, weights } = readOnnx(shrunk);
    expect(resolve(graphFromJson(JSON.parse(JSON.stringify(graph))))).toEqual(graph);
    expect(readOnnx(writeOnnx(graph, weights)).graph).toEqual(graph);
  });

  it.each<[string, readonly number[], (emit: GraphBuilder) => string]>([
    [
      "numbers among the weights",
      [3, 2, 2],
      emit => emit.op("Add", [emit.op("Det", ["x"]), tensor(emit, "offsets", 3)]),
    ],
    ["a vector on a map", [3, 2, 2], emit => emit.op("Mul", ["x", tensor(emit, "factors", 3, 1, 1)])],
    ["whole numbers", [5], emit => emit.op("CumSum", ["x", emit.ints(1)], { reverse: 1 })],
    [
      "the second of several outputs, of whole numbers",
      [7],
      emit => emit.op("Cast", [emit.ops("TopK", ["x", emit.ints([3])], 2)[1]!], { to: 1 }),
    ],
    [
      "truth, and a choice by it",
      [4],
      emit => emit.op("Where", [emit.op("Greater", ["x", emit.float(0)]), "x", emit.op("Floor", ["x"])]),
    ],
    ["a sum over letters", [3, 4], emit => emit.op("Einsum", ["x", "x"], { equation: "bij,bkj->bik" })],
  ])("are given %s", async (_, shape, build) => {
    const { wanted, found } = await both(file(shape, build), shape);
    expect(found.dims).toEqual(wanted.dims);
    expect(Array.from(found.data as Float32Array)).toEqual(Array.from(wanted.data as ArrayLike<number>, Number));
  });

  it("of other domains are kept where the file says what they give, and else refused", async () => {
    const domains = [{ domain: "com.microsoft", version: 1 }];
    const change = (node: OnnxNode) => (node.opType === "QuickGelu" ? { ...node, domain: "com.microsoft" } : node);
    const build = (emit: GraphBuilder) => emit.op("Neg", [emit.op("QuickGelu", ["x"], { alpha: { float: 1.5 } })]);
    const told = file([4], build, { domains, change, told: [port("/QuickGelu_1", ["n", 4])] });
    expect(readOnnx(told).report.kept).toEqual([{ node: "QuickGelu_1", title: "opaque com.microsoft.QuickGelu" }]);
    const { wanted, found } = await both(told, [4]);
    expect(found.data).toEqual(wanted.data);
    expect(() => readOnnx(file([4], build, { domains, change }))).toThrow(
      "onnx: node /QuickGelu_1 (QuickGelu) cannot be read, got operators of com.microsoft, and it cannot be kept as it is: the file does not say what it gives; replace it, or leave it out",
    );
  });

  it("take the places of their axes that they have in the version that is written", async () => {
    const build = (emit: GraphBuilder) => emit.op("ReduceLogSumExp", ["x"], { axes: [2], keepdims: 0 });
    const { wanted, found } = await both(file([3, 4], build, { opset: 13 }), [3, 4]);
    expect(found.dims).toEqual([3, 3]);
    expect(found.data).toEqual(wanted.data);
  });

  it("of newer operators make the model newer; those that have changed since are refused", async () => {
    const grid = (mode: string) => (emit: GraphBuilder) => emit.op("GridSample", ["x", "x"], { mode });
    const old = readOnnx(file([2, 2, 2], grid("bilinear"), { opset: 17 }));
    expect(() => writeOnnx(old.graph, old.weights, { opset: 20 })).toThrow(
      "(GridSample) is of version 17, got 20 to write; write version 18",
    );
    const bytes = file([2, 2, 2], grid("linear"), { opset: 20 });
    const { wanted, found } = await both(bytes, [2, 2, 2]);
    expect(found.data).toEqual(wanted.data);
    expect(() => readOnnx(file([4], emit => emit.op("TopK", ["x"], { k: 2 }), { opset: 9 }))).toThrow(
      "it means something else in version 18, which is written",
    );
  });

  it.each<[string, string, (emit: GraphBuilder) => string]>([
    ["work along the batch", "it works along the batch", emit => emit.op("CumSum", ["x", emit.ints(0)])],
    ["draw random numbers", "it draws random numbers", emit => emit.op("RandomNormalLike", ["x"])],
    [
      "are given the size of the batch",
      "the batch stands in sizes that it is given",
      emit => emit.op("Expand", ["x", emit.op("Shape", ["x"])]),
    ],
    [
      "give what only a run can tell",
      "the file does not say what it gives",
      emit => emit.op("Neg", [emit.op("NonZero", ["x"])]),
    ],
  ])("that %s are refused", (_, why, build) => {
    expect(() => readOnnx(file([4], build))).toThrow(`and it cannot be kept as it is: ${why}; replace it`);
  });
});

describe("around a node that no op is", () => {
  const options = (layers: Layers): TrainingOptions => ({
    ...{ sources: [{ type: "float32", normalise: { mean: 0, deviation: 1 } }] as const, seed: 1, layers },
    ...{ targets: [{ kind: "classes", type: "int32" }] as const, losses: ["crossEntropy"] as const },
    optimizer: optimizer({ name: "sgd", learningRate: 0.1 }),
  });
  it("nothing before it learns, and what is behind it does", () => {
    const { graph } = readOnnx(shrunk);
    expect(() => trainingModel(graph, options({}))).toThrow(
      new TrainError(
        "opaque: it has no gradient, got Shrink_2 in a network to train; it stands as in its ONNX file, where no op is it; freeze the layers before it",
      ),
    );
    expect(trainingModel(graph, options({ conv: { frozen: true } })).bytes.length).toBeGreaterThan(0);
  });
  it("surgery keeps the sizes", async () => {
    const { graph } = readOnnx(shrunk);
    await expect(operate(graph).resize({ conv: -1 }).apply()).rejects.toThrow(/conv/);
    const behind = between((emit, x) =>
      emit.op("Conv", [emit.op("Shrink", [x]), tensor(emit, "next.weight", 3, 3, 1, 1)]),
    );
    const { graph: edited } = await operate(readOnnx(behind).graph).resize({ next: -1 }).apply();
    expect(print(edited)).toMatch(/next = conv2d.* outChannels=2 /);
  });
});
