/** ONNX's own operator models (Debian's libonnx-testdata): read, run as netpick's graphs, results as in the data. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { encodeModel, type OnnxReading, readOnnx } from "../../src/formats/onnx/index.js";
import { decodeModel, decodeTensor } from "../../src/formats/onnx/read.js";
import { constantOf } from "../../src/formats/onnx/tensors.js";
import "../../src/ops/index.js";
import { nativeSession } from "../../src/runtime/native.js";
import { float32 } from "../../src/runtime/session.js";
import { inferenceModel } from "../../src/train/index.js";

const data = "/usr/share/libonnx-testdata/data";
const kinds = ["node", "pytorch-converted", "pytorch-operator", "simple"];
const isThere = existsSync(data);
if (!isThere) console.log(`onnx operators: ${data} is not there, nothing is run; apt-get install libonnx-testdata`);

/** How a model can be read, in the order of trying: its first axis the batch, or the whole input one sample. */
const ways = [{ unbatched: false }, { unbatched: true }];

interface Read {
  readonly read: OnnxReading;
  readonly unbatched: boolean;
}

/** The data that a test gives in so many inputs. */
const tensorOf = (folder: string, kind: string, i: number) =>
  constantOf(decodeTensor(readFileSync(join(folder, "test_data_set_0", `${kind}_${i}.pb`))));

/** The model whose inputs but the first stand in the file, as weights of networks do. */
function withStored(bytes: Uint8Array, folder: string): Uint8Array | undefined {
  const model = decodeModel(bytes);
  const [first, ...others] = model.graph.input;
  const isGiven = others.every((_, i) => existsSync(join(folder, "test_data_set_0", `input_${i + 1}.pb`)));
  if (!first || others.length === 0 || !isGiven) return undefined;
  const tensors = others.map(({ name }, i) => ({
    ...decodeTensor(readFileSync(join(folder, "test_data_set_0", `input_${i + 1}.pb`))),
    name,
  }));
  return encodeModel({
    ...model,
    graph: { ...model.graph, input: [first], initializer: [...model.graph.initializer, ...tensors] },
  });
}

/** The model in the first way that it can be read; or why in none. */
function reading(bytes: Uint8Array, folder: string): Read | string {
  let why: string | undefined;
  for (const made of [() => bytes, () => withStored(bytes, folder)]) {
    for (const way of ways) {
      try {
        const model = made();
        if (!model) continue;
        const read = readOnnx(model, way);
        // What has the batch elsewhere than the data does cannot be compared.
        if (read.report.notes.length > 0) continue;
        return { read, ...way };
      } catch (error) {
        if ((error as Error).name !== "OnnxError") throw error;
        why ??= (error as Error).message;
      }
    }
  }
  return why ?? "the batch is not where the data has it";
}

/** Undefined where all outputs are those in the data. */
async function wrongIn(folder: string, { read, unbatched }: Read): Promise<string | undefined> {
  const tensor = (kind: string, i: number) => {
    const found = tensorOf(folder, kind, i);
    return { data: Float32Array.from(found.data), dims: unbatched ? [1, ...found.dims] : found.dims };
  };
  const { graph, weights } = read;
  const session = await nativeSession(inferenceModel(graph, { weights }));
  try {
    const feeds = graph.inputs.map(({ name }, i) => {
      const { data: values, dims } = tensor("input", i);
      return [name, float32(values, dims)] as const;
    });
    const results = await session.run(Object.fromEntries(feeds));
    for (const [i, output] of Object.values(results).entries()) {
      const { data: wanted, dims } = tensor("output", i);
      if (String(output.dims) !== String(dims)) return `output ${i} is [${output.dims}] instead of [${dims}]`;
      const found = output.data as Float32Array;
      const far = wanted.findIndex(
        (value, k) =>
          !(Math.abs(value - found[k]!) <= 1e-5 + 1e-4 * Math.abs(value)) &&
          !(Number.isNaN(value) && Number.isNaN(found[k]!)),
      );
      if (far >= 0) return `output ${i} has ${found[far]} instead of ${wanted[far]} at ${far}`;
    }
    return undefined;
  } finally {
    await session.release();
  }
}

describe.skipIf(!isThere)("operator models", () => {
  it.each(kinds)("%s", async kind => {
    const folders = readdirSync(join(data, kind))
      .map(name => join(data, kind, name))
      .filter(folder => existsSync(join(folder, "model.onnx")));
    const passed: string[] = [];
    const wrong: string[] = [];
    const unsupported = new Map<string, number>();
    for (const folder of folders) {
      const found = reading(readFileSync(join(folder, "model.onnx")), folder);
      if (typeof found === "string") {
        const operator = /\((\w+)\) cannot be read/.exec(found)?.[1] ?? found.replace(/.*: /, "").slice(0, 40);
        if (process.env.WHY) console.log(folder.split("/").at(-1), found);
        unsupported.set(operator, (unsupported.get(operator) ?? 0) + 1);
        continue;
      }
      const fault = await wrongIn(folder, found).catch((error: Error) => error.message);
      if (fault === undefined) passed.push(folder);
      else wrong.push(`${folder.split("/").at(-1)}: ${fault}`);
    }
    const list = [...unsupported].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${name} ${count}`);
    console.log(
      `${kind}: ${passed.length} of ${folders.length} models passed, ${folders.length - passed.length - wrong.length} not read: ${list.join(", ")}`,
    );
    expect(wrong).toEqual([]);
  });
});
