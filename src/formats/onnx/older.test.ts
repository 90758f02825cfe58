/** Nodes as ONNX's versions 1 to 6 had them (onnx/docs/Changelog.md); results are worked out by hand. */
import { expect, it, test } from "vitest";
import "../../ops/index.js";
import { nativeSession } from "../../runtime/native.js";
import { float32 } from "../../runtime/session.js";
import { inferenceModel } from "../../train/index.js";
import { readOnnx } from "./graph.js";
import {
  type Attribute,
  attributeType,
  encodeModel,
  type OnnxNode,
  type OnnxTensor,
  type ValueInfo,
} from "./schema.js";

const int = (name: string, i: number): Attribute => ({ name, type: attributeType.int, i });
const ints = (name: string, ...list: number[]): Attribute => ({ name, type: attributeType.ints, ints: list });
const text = (name: string, value: string): Attribute => ({
  name,
  type: attributeType.string,
  s: new TextEncoder().encode(value),
});
const node = (opType: string, input: string[], output: string, ...attribute: Attribute[]): OnnxNode => ({
  ...{ name: "", opType, input, output: [output], attribute },
});
const stored = (name: string, dims: number[], ...floatData: number[]): OnnxTensor => ({
  ...{ name, dims, dataType: 1, floatData },
});
const port = (name: string, ...dims: number[]): ValueInfo => ({
  name,
  type: { tensorType: { elemType: 1, shape: { dim: dims.map(dimValue => ({ dimValue })) } } },
});

/** A file of that version from `x` to `y`. */
const file = (version: number, dims: number[], nodes: OnnxNode[], ...initializer: OnnxTensor[]): Uint8Array =>
  encodeModel({
    ...{ irVersion: 3, producerName: "older", opsetImport: [{ domain: "", version }] },
    graph: { ...{ name: "old", node: nodes, initializer }, input: [port("x", ...dims)], output: [port("y")] },
  });

async function result(bytes: Uint8Array, dims: number[], data: number[]): Promise<number[]> {
  const { graph, weights } = readOnnx(bytes);
  const session = await nativeSession(inferenceModel(graph, { weights }));
  const [y] = Object.values(await session.run({ [graph.inputs[0]!.name]: float32(Float32Array.from(data), dims) }));
  await session.release();
  return Array.from(y!.data as Float32Array);
}

const six = [1, -2, 3, -4, 5, -6];
test.each<[string, Uint8Array, number[], number[]]>([
  [
    "a sum whose second input is laid along axis 1",
    file(6, [1, 2, 3], [node("Add", ["x", "c"], "y", int("broadcast", 1), int("axis", 1))], stored("c", [2], 10, 20)),
    [1, 2, 3],
    [11, 8, 13, 16, 25, 14],
  ],
  [
    "the same, the axis counted from the end",
    file(6, [1, 2, 3], [node("Add", ["x", "c"], "y", int("broadcast", 1), int("axis", -2))], stored("c", [2], 10, 20)),
    [1, 2, 3],
    [11, 8, 13, 16, 25, 14],
  ],
  [
    "one along the last axes, as no axis says",
    file(6, [1, 2, 3], [node("Mul", ["x", "c"], "y", int("broadcast", 1))], stored("c", [3], 1, 2, 3)),
    [1, 2, 3],
    [1, -4, 9, -4, 10, -18],
  ],
  [
    "a batch norm in use",
    file(
      6,
      [1, 2, 3],
      [node("BatchNormalization", ["x", "w", "b", "m", "v"], "y", int("is_test", 1), int("spatial", 1))],
      ...[stored("w", [2], 2, 1), stored("b", [2], 1, 0), stored("m", [2], 1, 0), stored("v", [2], 4 - 1e-5, 1 - 1e-5)],
    ),
    [1, 2, 3],
    [1, -2, 3, -4, 5, -6],
  ],
  [
    "slopes of channels in a list",
    file(6, [1, 2, 3], [node("PRelu", ["x", "s"], "y")], stored("s", [2], 0.5, 0.25)),
    [1, 2, 3],
    [1, -1, 3, -1, 5, -1.5],
  ],
  [
    "sizes among the attributes of Reshape, and notes for a runtime of those days",
    file(
      1,
      [1, 2, 3],
      [node("Relu", ["x"], "r", ints("consumed_inputs", 0)), node("Reshape", ["r"], "y", ints("shape", 0, 3, 2))],
    ),
    [1, 2, 3],
    [1, 0, 3, 0, 5, 0],
  ],
  [
    "a border called paddings",
    file(1, [1, 2, 3], [node("Pad", ["x"], "y", ints("paddings", 0, 0, 0, 0, 0, 1), text("mode", "constant"))]),
    [1, 2, 3],
    [1, -2, 3, 0, -4, 5, -6, 0],
  ],
  [
    "a linear layer that says it broadcasts",
    file(
      6,
      [1, 3],
      [node("Gemm", ["x", "w", "b"], "y", int("broadcast", 1), int("transB", 1))],
      stored("w", [2, 3], 1, 0, 0, 0, 1, 1),
      stored("b", [2], 100, 200),
    ),
    [2, 3],
    [101, 201, 96, 199],
  ],
])("%s", async (_, bytes, dims, expected) => {
  const found = await result(bytes, dims, six);
  expect(found.map(value => Number(value.toFixed(4)))).toEqual(expected);
});

it.each([
  [
    file(
      6,
      [1, 2, 3],
      [node("BatchNormalization", ["x", "c", "c", "c", "c"], "y", int("is_test", 0))],
      stored("c", [2], 1, 1),
    ),
    "onnx: node y (BatchNormalization) cannot be read, got one that trains; export the network as it is in use, with is_test=1",
  ],
  [
    file(6, [1, 2, 3], [node("Dropout", ["x"], "y")]),
    "onnx: node y (Dropout) cannot be read, got one that trains; export the network as it is in use, with is_test=1",
  ],
  [
    file(
      6,
      [1, 2, 3],
      [node("Relu", ["x"], "r"), node("Add", ["r", "c"], "y", int("broadcast", 1), int("axis", 1))],
      stored("c", [2], 10, 20),
    ),
    "onnx: node y (Add) cannot be read, got an axis beside values of unknown sizes; add sizes to the file, as shape inference does",
  ],
])("refuses what it cannot renew", (bytes, sentence) => {
  expect(() => readOnnx(bytes)).toThrow(sentence);
});

it("keeps no node of an operator that was taken back", () => {
  expect(() => readOnnx(file(1, [1, 2, 3], [node("ParametricSoftplus", ["x"], "y")]))).toThrow(
    "node y (ParametricSoftplus) cannot be read, got no op is ParametricSoftplus as it stands here, and it cannot be kept as it is",
  );
});
