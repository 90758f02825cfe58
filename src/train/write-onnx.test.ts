import { describe, expect, it } from "vitest";
import { runOnce } from "../../test/battery/every-node.js";
import { Linear, network } from "../build/index.js";
import { decodeModel, readOnnx } from "../formats/onnx/index.js";
import { float32 } from "../runtime/session.js";
import { initialWeights, writeOnnx, writeOnnxFiles } from "./index.js";

const net = network({
  name: "wide",
  input: [32],
  layers: { first: Linear(64), second: Linear(40), last: Linear(3) },
  forward: (x, l) => x.pipe(l.first).relu().pipe(l.second).relu().pipe(l.last),
});
const weights = initialWeights(net.graph, 1);
/** What stands in the parts, one behind another. */
const joined = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

describe("weights that are more than a model may hold", () => {
  // 64 x 32, 40 x 64 and 3 x 40 numbers of four bytes, and biases: 19,356 bytes; those below 1,024 stay.
  const { model, outside } = writeOnnxFiles(net.graph, weights, { location: "wide.onnx.data", largest: 19_000 });
  it("stand in another file, each at a multiple of 4,096 bytes", () => {
    expect(model.length).toBeLessThan(8000);
    expect(joined(outside).length).toBe(8192 + 4 * 40 * 64);
    const told = decodeModel(model).graph.initializer.flatMap(({ name, externalData }) =>
      externalData?.length ? [[name, ...externalData.map(({ value }) => value)]] : [],
    );
    expect(told).toEqual([
      ["first.weight", "wide.onnx.data", "0", "8192"],
      ["second.weight", "wide.onnx.data", "8192", "10240"],
    ]);
  });
  it("are read back from there", async () => {
    const bytes = joined(outside);
    const external = (location: string, offset: number, length: number): Uint8Array => {
      expect(location).toBe("wide.onnx.data");
      return bytes.slice(offset, offset + length);
    };
    const read = readOnnx(model, { external });
    expect(read.graph).toEqual(net.graph);
    expect(read.weights).toEqual(weights);
    const feeds = { x: float32(new Float32Array(64).fill(0.5), [2, 32]) };
    const [again, before] = [writeOnnx(read.graph, read.weights), writeOnnx(net.graph, weights)];
    expect(await runOnce(again, feeds)).toEqual(await runOnce(before, feeds));
  });
  it("stay inside where they fit", () => {
    const whole = writeOnnxFiles(net.graph, weights, { location: "wide.onnx.data" });
    expect(whole.outside).toEqual([]);
    expect(whole.model).toEqual(writeOnnx(net.graph, weights));
  });
  it("are refused where small ones alone are too many", () => {
    expect(() => writeOnnxFiles(net.graph, weights, { location: "wide.onnx.data", largest: 500 })).toThrow(
      "onnx: at most 500 bytes may stand in a model, got 908 of small tensors; write a smaller network",
    );
  });
});
