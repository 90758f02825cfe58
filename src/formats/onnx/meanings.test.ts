/** Nodes that are several ops, or an op and a learned tensor; results are worked out by hand. */
import { describe, expect, it } from "vitest";
import "../../ops/index.js";
import { nativeSession } from "../../runtime/native.js";
import { float32 } from "../../runtime/session.js";
import { inferenceModel } from "../../train/index.js";
import { type GraphBuilder, modelBytes, onnxBuilder } from "./builder.js";
import { readOnnx } from "./graph.js";

/** What a model of one input reads as: its ops, and what it gives. */
async function reading(dims: number[], build: (emit: GraphBuilder) => string, data: number[]) {
  const emit = onnxBuilder("/");
  const last = build(emit);
  const [x, y] = [dims, ["any"]].map((sizes, i) => ({
    ...{ name: i === 0 ? "x" : last, type: "float32" as const, dims: i === 0 ? ["batch", ...sizes] : sizes },
  }));
  const { graph, weights } = readOnnx(modelBytes(emit.graph("read", [x!], [y!])));
  const session = await nativeSession(inferenceModel(graph, { weights }));
  const [made] = Object.values(await session.run({ x: float32(Float32Array.from(data), [1, ...dims]) }));
  await session.release();
  const values = Array.from(made!.data as Float32Array, value => Number(value.toFixed(4)));
  return { ops: graph.nodes.map(({ op }) => op), weights, values, dims: made!.dims };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const numbers = (emit: GraphBuilder, name: string, dims: number[], ...values: number[]) =>
  emit.tensor(name, dims, Float32Array.from(values));

describe("several ops", () => {
  const window = { kernel_shape: [2], strides: [2], pads: [1, 0] };
  it.each<[string, number[], (emit: GraphBuilder) => string, number[], string[], number[]]>([
    [
      "a max pool behind a border at one end, of which nothing is the largest",
      [1, 4],
      emit => emit.op("MaxPool", ["x"], window),
      [-1, -2, -3, -4],
      ["pad1d", "maxPool1d"],
      [-1, -2],
    ],
    [
      "one that is padded as long as it must be, more at the end",
      [1, 3],
      emit => emit.op("MaxPool", ["x"], { kernel_shape: [2], strides: [1], auto_pad: "SAME_UPPER" }),
      [-1, -2, -3],
      ["pad1d", "maxPool1d"],
      [-1, -2, -3],
    ],
    [
      "a mean of the border, too",
      [1, 4],
      emit => emit.op("AveragePool", ["x"], { ...window, count_include_pad: 1 }),
      [-1, -2, -3, -4],
      ["pad1d", "avgPool1d"],
      [-0.5, -2.5],
    ],
    [
      "channels to squares, the squares outside",
      [8, 1, 1],
      emit => emit.op("DepthToSpace", ["x"], { blocksize: 2 }),
      upTo(8),
      ["gather", "pixelShuffle"],
      [0, 2, 4, 6, 1, 3, 5, 7],
    ],
    [
      "squares to channels",
      [2, 2, 2],
      emit => emit.op("SpaceToDepth", ["x"], { blocksize: 2 }),
      upTo(8),
      ["pixelUnshuffle", "gather"],
      [0, 4, 1, 5, 2, 6, 3, 7],
    ],
    [
      "lengths",
      [2, 2],
      emit => emit.op("ReduceL2", ["x", emit.ints([2])], { keepdims: 0 }),
      [3, 4, 6, 8],
      ["power", "sum", "power"],
      [5, 10],
    ],
    [
      "squares summed",
      [2, 2],
      emit => emit.op("ReduceSumSquare", ["x", emit.ints([1])], { keepdims: 1 }),
      [3, 4, 6, 8],
      ["power", "sum"],
      [45, 80],
    ],
    [
      "rows of a table at places that are made whole before",
      [2],
      emit =>
        emit.op("Gather", [numbers(emit, "table", [3, 2], 1, 2, 3, 4, 5, 6), emit.op("Cast", ["x"], { to: 7 })], {}),
      [2, 0],
      ["embedding"],
      [5, 6, 1, 2],
    ],
  ])("%s", async (_, dims, build, data, ops, expected) => {
    const found = await reading(dims, build, data);
    expect(found.ops).toEqual(ops);
    expect(found.values).toEqual(expected);
  });
});

describe("a constant beside a tensor", () => {
  const four = [1, 2, 3, 4];
  it("is learned where it is as large, as places of transformers", async () => {
    const add = (emit: GraphBuilder) => emit.op("Add", ["x", numbers(emit, "/places", [1, 2, 2], 10, 20, 30, 40)]);
    const { ops, weights, values } = await reading([2, 2], add, four);
    expect(ops).toEqual(["parameter", "add"]);
    expect(Object.keys(weights)).toEqual(["places.weight"]);
    expect(values).toEqual([11, 22, 33, 44]);
  });

  it("is learned where it is repeated, as scales of channels; the order stays", async () => {
    const scale = (emit: GraphBuilder) => emit.op("Mul", ["x", numbers(emit, "gamma", [2, 1], 2, 10)]);
    expect(await reading([2, 2], scale, four)).toMatchObject({
      ops: ["parameter", "multiply"],
      values: [2, 4, 30, 40],
    });
    const from = (emit: GraphBuilder) => emit.op("Sub", [numbers(emit, "top", [2], 10, 20), "x"]);
    expect(await reading([2, 2], from, four)).toMatchObject({ ops: ["parameter", "subtract"], values: [9, 18, 7, 16] });
  });

  it("is kept where it masks, or is repeated in a sum", async () => {
    const mask = (emit: GraphBuilder) => emit.op("Add", ["x", numbers(emit, "mask", [2, 2], 0, -1e9, 0, 0)]);
    expect((await reading([2, 2], mask, four)).ops).toEqual(["opaque"]);
    const bias = (emit: GraphBuilder) => emit.op("Add", ["x", numbers(emit, "bias", [2, 1], 1, 2)]);
    expect((await reading([2, 2], bias, four)).ops).toEqual(["opaque"]);
  });
});
