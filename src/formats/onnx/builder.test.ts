import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { describe, expect, it } from "vitest";
import { nativeSession } from "../../runtime/native.js";
import { float32, int64, type Tensors } from "../../runtime/session.js";
import { type GraphBuilder, modelBytes, onnxBuilder, type Port } from "./builder.js";

async function run(build: (emit: GraphBuilder) => string, feeds: Tensors = {}, type: Port["type"] = "float32") {
  const emit = onnxBuilder();
  emit.rename(build(emit), "y");
  const inputs = Object.entries(feeds).map(([name, tensor]): Port => ({ name, type: tensor.type, dims: tensor.dims }));
  const session = await nativeSession(modelBytes(emit.graph("test", inputs, [{ name: "y", type, dims: ["any"] }])));
  const { y } = await session.run(feeds);
  await session.release();
  return Array.from(y!.data as ArrayLike<number | bigint>, Number);
}
const x = float32(Float32Array.of(1, -2, 3), [3]);

describe("constants", () => {
  it("whole numbers keep 64 bits and their sign", async () => {
    const all = [0, -1, 2 ** 40, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
    expect(await run(emit => emit.op("Identity", [emit.ints(all)]), {}, "int64")).toEqual(all);
  });
  it("floats fill their shape", async () => {
    expect(await run(emit => emit.op("Add", ["x", emit.float(0.5, [3])]), { x })).toEqual([1.5, -1.5, 3.5]);
    expect(await run(emit => emit.op("Mul", ["x", emit.float(-2)]), { x })).toEqual([-2, 4, -6]);
  });
  it("lists of floats keep their order and shape", async () => {
    const product = (emit: GraphBuilder) => emit.op("MatMul", [emit.floats([1, 10, 0.5, 0], [2, 2]), "v"]);
    const v = float32(Float32Array.of(2, 3), [2]);
    expect(await run(product, { v })).toEqual([32, 1]);
  });
  it("tensors keep their numbers, from the middle of a buffer too", async () => {
    const middle = Float32Array.of(9, 1, 2, 3, 9).subarray(1, 4);
    expect(await run(emit => emit.op("Add", ["x", emit.tensor("w", [3], middle)]), { x })).toEqual([2, 0, 6]);
  });
  it("stand once, however often they are asked for, and apart by kind and shape", () => {
    const emit = onnxBuilder();
    const asked = () => [emit.ints([1]), emit.ints(1), emit.float(1), emit.float(1, [1]), emit.float(0), emit.ints([])];
    expect(asked()).toEqual(asked());
    expect(new Set(asked()).size).toBe(6);
    expect(emit.graph("g", [], []).initializer).toHaveLength(6);
  });
});

describe("attributes of every kind", () => {
  it("whole numbers, negative too, and lists", async () => {
    const two = float32(Float32Array.of(1, 2, 3, 4), [2, 2]);
    expect(await run(emit => emit.op("Concat", ["x", "x"], { axis: -1 }), { x: two })).toEqual([
      1, 2, 1, 2, 3, 4, 3, 4,
    ]);
    expect(await run(emit => emit.op("Transpose", ["x"], { perm: [1, 0] }), { x: two })).toEqual([1, 3, 2, 4]);
  });
  it("floats and text", async () => {
    expect(await run(emit => emit.op("LeakyRelu", ["x"], { alpha: { float: 0.5 } }), { x })).toEqual([1, -1, 3]);
    const indices = int64(BigInt64Array.of(0n, 0n, 2n), [3]);
    const scattered = await run(
      emit => emit.op("ScatterElements", [emit.float(0, [3]), "at", "x"], { axis: 0, reduction: "add" }),
      { x, at: indices },
    );
    expect(scattered).toEqual([-1, 0, 3]);
  });
});

it("lists of text", async () => {
  // One step of a recurrent layer without bias: relu(-3) and relu(2).
  const feeds = { x: float32(Float32Array.of(-3, 2), [1, 2, 1]) };
  const one = (emit: GraphBuilder) => emit.float(1, [1, 1, 1]);
  const recurrent = (emit: GraphBuilder) =>
    emit.op("RNN", ["x", one(emit), one(emit)], { hidden_size: 1, activations: ["Relu"] });
  expect(await run(recurrent, feeds)).toEqual([0, 2]);
});

it("several outputs, and inputs left out", async () => {
  const build = (emit: GraphBuilder) => {
    const [first, second] = emit.ops("Split", ["x", emit.ints([1, 2])], 2, { axis: 0 }) as [string, string];
    return emit.op("Clip", [emit.op("Concat", [second, first], { axis: 0 }), "", emit.float(2)]);
  };
  expect(await run(build, { x })).toEqual([-2, 2, 1]);
});

it("a loop carries values on and collects others; its names are its own", async () => {
  const scalar = (name: string, type: Port["type"]): Port => ({ name, type, dims: [] });
  const body = onnxBuilder("body/");
  const doubled = body.op("Mul", ["value", body.float(2)]);
  const goOn = body.op("Identity", ["condition"]);
  const graph = body.graph(
    "body",
    [scalar("iteration", "int64"), scalar("condition", "bool"), scalar("value", "float32")],
    [scalar(goOn, "bool"), scalar(doubled, "float32"), scalar(doubled, "float32")],
  );
  for (const output of graph.node.flatMap(node => node.output)) expect(output).toMatch(/^body\//);
  const results = (which: 0 | 1) =>
    run(emit => emit.op("Identity", [emit.loop(emit.ints(4), [emit.float(3)], graph)[which]!]));
  expect(await results(0)).toEqual([48]);
  expect(await results(1)).toEqual([6, 12, 24, 48]);
});

describe("steps along an axis", () => {
  const rows = float32(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]);
  const sums = (backwards: boolean) => (emit: GraphBuilder) => {
    const factor = emit.float(10);
    const steps = emit.scan({
      carried: [emit.float(0, [2])],
      along: ["x", "x"],
      backwards,
      step: (inner, [sum], [row, again]) => {
        const next = inner.op("Add", [sum!, row!]);
        return { carried: [next], collected: [next, inner.op("Mul", [again!, factor])] };
      },
    });
    return emit.op("Concat", steps, { axis: 1 });
  };
  it("carry values on and collect others; they see values from outside", async () => {
    expect(await run(sums(false), { x: rows })).toEqual([1, 2, 10, 20, 4, 6, 30, 40, 9, 12, 50, 60]);
  });
  it("go backwards, and keep the order of the parts", async () => {
    expect(await run(sums(true), { x: rows })).toEqual([9, 12, 10, 20, 8, 10, 30, 40, 5, 6, 50, 60]);
  });
});

it("an open size may be another at every run", async () => {
  const emit = onnxBuilder();
  emit.rename(emit.op("Neg", ["x"]), "y");
  const port = (name: string): Port => ({ name, type: "float32", dims: ["batch", 2] });
  const session = await nativeSession(modelBytes(emit.graph("open", [port("x")], [port("y")])));
  for (const batch of [1, 3, 2]) {
    const { y } = await session.run({ x: float32(new Float32Array(2 * batch).fill(1), [batch, 2]) });
    expect(y!.dims).toEqual([batch, 2]);
  }
  await session.release();
});

describe("the bytes", () => {
  const emit = onnxBuilder();
  emit.rename(emit.op("Relu", ["x"]), "y");
  const port = (name: string): Port => ({ name, type: "float32", dims: ["batch", 3] });
  const graph = emit.graph("named", [port("x")], [port("y")]);

  /** Fields of a message by number, read without a schema. */
  function fields(bytes: Uint8Array): Map<number, unknown[]> {
    const reader = new BinaryReader(bytes);
    const found = new Map<number, unknown[]>();
    while (reader.pos < reader.len) {
      const [number, wire] = reader.tag();
      const value = wire === WireType.Varint ? Number(reader.int64()) : reader.bytes();
      found.set(number, [...(found.get(number) ?? []), value]);
    }
    return found;
  }
  const part = (message: Map<number, unknown[]>, number: number, i = 0) =>
    fields(message.get(number)![i] as Uint8Array);
  const text = (message: Map<number, unknown[]>, number: number) =>
    new TextDecoder().decode(message.get(number)![0] as Uint8Array);

  it("have onnx.proto's field numbers", () => {
    const model = fields(modelBytes(graph));
    expect(model.get(1)).toEqual([8]); // ir_version
    expect(text(model, 2)).toBe("netpick"); // producer_name
    expect(part(model, 8).get(2)).toEqual([18]); // opset_import: version
    const inside = part(model, 7); // graph
    expect(text(inside, 2)).toBe("named");
    expect([text(part(inside, 11), 1), text(part(inside, 12), 1)]).toEqual(["x", "y"]); // input, output
    const node = part(inside, 1);
    expect([text(node, 1), text(node, 2), text(node, 4)]).toEqual(["x", graph.node[0]!.output[0], "Relu"]);
    const tensor = part(part(part(inside, 11), 2), 1); // type: tensor_type
    expect(tensor.get(1)).toEqual([1]); // elem_type: float
    const shape = part(tensor, 2);
    expect(text(part(shape, 1), 2)).toBe("batch"); // dim_param
    expect(part(shape, 1, 1).get(1)).toEqual([3]); // dim_value
  });
  it("are the same every time", () => expect(modelBytes(graph)).toEqual(modelBytes(graph)));
});
