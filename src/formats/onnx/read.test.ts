import { describe, expect, it } from "vitest";
import { modelBytes, onnxBuilder, type Port } from "./builder.js";
import { decodeModel } from "./read.js";
import { withMetadata } from "./schema.js";

function model() {
  const scalar = (name: string, type: Port["type"]): Port => ({ name, type, dims: [] });
  const body = onnxBuilder("body/");
  const grown = body.op("LeakyRelu", [body.op("Mul", ["value", body.float(2)])], { alpha: { float: 0.25 } });
  const graph = body.graph(
    "body",
    [scalar("iteration", "int64"), scalar("condition", "bool"), scalar("value", "float32")],
    [scalar(body.op("Identity", ["condition"]), "bool"), scalar(grown, "float32")],
  );
  const emit = onnxBuilder();
  const weight = emit.tensor("hidden.weight", [2, 1], Float32Array.of(1.5, -3e-20));
  const turned = emit.op("Transpose", [weight], { perm: [1, 0] });
  const joined = emit.op("Concat", [turned, turned], { axis: -1 });
  emit.rename(emit.loop(emit.ints([-1, 2 ** 40]), [joined], graph)[0]!, "y");
  return emit.graph("tést", [{ name: "x", type: "uint8", dims: ["count", 3] }], [{ ...scalar("y", "float32") }]);
}

describe("decodeModel", () => {
  it("gives back what was written: nested graphs, attributes of every kind, tensors, metadata", () => {
    const graph = model();
    const read = decodeModel(withMetadata(modelBytes(graph), { graph: '{"a":1}', note: "ü" }));
    expect(read).toEqual({
      irVersion: 8,
      producerName: "netpick",
      opsetImport: [{ domain: "", version: 18 }],
      metadataProps: [
        { key: "graph", value: '{"a":1}' },
        { key: "note", value: "ü" },
      ],
      graph: filled(graph),
    });
  });

  it("refuses a model without a graph", () => {
    // ir_version (1) 8, and producer_name (2) "netpick".
    const bytes = Uint8Array.of(0x08, 8, 0x12, 7, ...new TextEncoder().encode("netpick"));
    expect(() => decodeModel(bytes)).toThrow(
      "onnx: the model must hold a graph, got none; the file is damaged or no ONNX file",
    );
  });

  it("passes over fields that it does not know, and reads numbers that stand one by one", () => {
    // By hand: doc_string (6) "hi"; a graph (7) of one tensor (5) with dims (1) 2 and 3, each with a tag of its own.
    const bytes = Uint8Array.of(0x32, 2, 0x68, 0x69, 0x3a, 6, 0x2a, 4, 0x08, 2, 0x08, 3);
    expect(decodeModel(bytes).graph.initializer[0]!.dims).toEqual([2, 3]);
  });

  const whole = modelBytes(model());
  it.each([
    ["a cut file", whole.subarray(0, -1), "a part of"],
    ["something else", new TextEncoder().encode("PK\u0003\u0004 no model at all"), "field no 0"],
    ["a part longer than the file", Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f), "a part of 4294967295 bytes"],
    ["a part longer than what holds it", Uint8Array.of(0x3a, 2, 0x2a, 9), "a part of 9 bytes where 0 are left"],
    ["a number where text must be", Uint8Array.of(0x10, 1), "wire type 0 where 2 must be"],
  ])("refuses %s", (_, bytes, words) => {
    expect(() => decodeModel(bytes)).toThrow(/^onnx: it must be a model .*; the file is damaged or no ONNX file$/);
    expect(() => decodeModel(bytes)).toThrow(words);
  });

  it("refuses graphs in graphs without end, and every file that is cut short", () => {
    let deep = new Uint8Array();
    for (let i = 0; i < 100; i++) deep = wrapped(0x0a, wrapped(0x2a, wrapped(0x32, deep)));
    expect(() => decodeModel(wrapped(0x3a, deep))).toThrow("graphs in graphs, more than 100 deep");
    for (let length = 1; length < whole.length; length++) {
      const cut = whole.subarray(0, length);
      try {
        decodeModel(cut);
      } catch (error) {
        expect((error as Error).name).toBe("OnnxError");
      }
    }
  });
});

/** A field with its length before it. */
function wrapped(tag: number, part: Uint8Array): Uint8Array<ArrayBuffer> {
  const length: number[] = [];
  for (let rest = part.length; ; rest >>>= 7) {
    if (rest < 128) {
      length.push(rest);
      break;
    }
    length.push((rest & 127) | 128);
  }
  return Uint8Array.of(tag, ...length, ...part);
}

/** Lists that a reader fills in stand empty where the writer left them out. */
function filled(graph: ReturnType<typeof model>): unknown {
  return {
    ...graph,
    valueInfo: [],
    initializer: graph.initializer.map(tensor => ({
      ...{ floatData: [], int32Data: [], int64Data: [], doubleData: [], externalData: [] },
      ...tensor,
    })),
    node: graph.node.map(node => ({
      ...node,
      attribute: node.attribute.map(attribute => ({
        floats: [],
        ints: [],
        strings: [],
        ...attribute,
        ...(attribute.g && { g: filled(attribute.g) }),
      })),
    })),
  };
}
