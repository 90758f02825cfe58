/** ONNX's own operator models (Debian's libonnx-testdata): read, run as netpick's graphs, results as in the data. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { encodeModel, type OnnxReading, readOnnx } from "../../src/formats/onnx/index.js";
import { decodeModel, decodeTensor } from "../../src/formats/onnx/read.js";
import { elementNameOf, type Model } from "../../src/formats/onnx/schema.js";
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

const bfloat16 = 16;

/** The data that a test gives in so many inputs; bfloat16 stands there as whole numbers. */
function tensorOf(folder: string, { graph }: Model, kind: "input" | "output", i: number) {
  const tensor = decodeTensor(readFileSync(join(folder, "test_data_set_0", `${kind}_${i}.pb`)));
  const { elemType } = graph[kind][i]!.type.tensorType;
  return constantOf(elemType === bfloat16 ? { ...tensor, dataType: elemType } : tensor);
}

/** What a number may be off, by ONNX's number of its type: float16 has 11 bits, bfloat16 8. */
const relative: Readonly<Record<number, number>> = { 10: 2 ** -10, [bfloat16]: 2 ** -7 };

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
        why = (error as Error).message;
      }
    }
  }
  return why ?? "the batch is not where the data has it";
}

/** What came out of a model, by output. */
type Results = readonly { readonly dims: readonly number[]; readonly data: ArrayLike<number> }[];

async function netpickResults(folder: string, { read: { graph, weights }, unbatched }: Read): Promise<Results> {
  const model = decodeModel(readFileSync(join(folder, "model.onnx")));
  const session = await nativeSession(inferenceModel(graph, { weights }));
  try {
    const feeds = graph.inputs.map(({ name }, i) => {
      const { data, dims } = tensorOf(folder, model, "input", i);
      return [name, float32(Float32Array.from(data), unbatched ? [1, ...dims] : dims)] as const;
    });
    const results = Object.values(await session.run(Object.fromEntries(feeds)));
    return results.map(({ dims, data }) => ({
      dims: unbatched ? dims.slice(1) : dims,
      data: data as Float32Array,
    }));
  } finally {
    await session.release();
  }
}

/** What ONNX Runtime itself makes of the file, which is not always what the data say. */
async function fileResults(folder: string): Promise<Results> {
  const bytes = readFileSync(join(folder, "model.onnx"));
  const model = decodeModel(bytes);
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 4 });
  const feeds = session.inputNames.map((name, i) => {
    const { data, dims, type } = tensorOf(folder, model, "input", i);
    const kind = elementNameOf(type)!;
    const numbers = kind.includes("int64")
      ? Array.from(data, BigInt)
      : kind === "bool"
        ? Array.from(data, Boolean)
        : data;
    return [name, new OrtTensor(kind as "float32", numbers as Float32Array, dims)] as const;
  });
  const results = await session.run(Object.fromEntries(feeds));
  return session.outputNames.map(name => ({
    dims: results[name]!.dims,
    data: Array.from(results[name]!.data as Float32Array, Number),
  }));
}

/** Where what was found is not what was wanted; undefined where it is. */
function difference(found: Results, wanted: Results, tolerance: number): string | undefined {
  for (const [i, { dims, data }] of found.entries()) {
    const { dims: wantedDims, data: numbers } = wanted[i]!;
    if (String(dims) !== String(wantedDims)) return `output ${i} is [${dims}] instead of [${wantedDims}]`;
    const isFar = (value: number, k: number): boolean =>
      !Object.is(value, data[k]!) && !(Math.abs(value - data[k]!) <= 1e-5 + tolerance * Math.abs(value));
    const far = Array.from(numbers).findIndex(isFar);
    if (far >= 0) return `output ${i} has ${data[far]} instead of ${numbers[far]} at ${far}`;
  }
  return undefined;
}

/** How it went: as in the data; as ONNX Runtime runs the file; a file that ONNX Runtime does not run; or what is wrong. */
async function outcome(folder: string, read: Read): Promise<"data" | "runtime" | "not run" | { wrong: string }> {
  const model = decodeModel(readFileSync(join(folder, "model.onnx")));
  let wrong: string;
  try {
    const found = await netpickResults(folder, read);
    const wanted = found.map((_, i) => tensorOf(folder, model, "output", i));
    const tolerance = Math.max(...wanted.map(({ type }) => relative[type] ?? 1e-4));
    const fault = difference(found, wanted, tolerance);
    if (fault === undefined) return "data";
    const other = difference(found, await fileResults(folder), tolerance);
    if (other === undefined) return "runtime";
    wrong = `${fault}; against the runtime ${other}`;
  } catch (error) {
    wrong = (error as Error).message;
    const isRun = await fileResults(folder).then(
      () => true,
      () => false,
    );
    if (!isRun) return "not run";
  }
  return { wrong };
}

describe.skipIf(!isThere)("operator models", () => {
  it.each(kinds)("%s", async kind => {
    const folders = readdirSync(join(data, kind))
      .map(name => join(data, kind, name))
      .filter(folder => existsSync(join(folder, "model.onnx")));
    const counts = { data: 0, runtime: 0, "not run": 0 };
    let kept = 0;
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
      const how = await outcome(folder, found);
      if (typeof how === "object") wrong.push(`${folder.split("/").at(-1)}: ${how.wrong}`);
      else counts[how]++;
      if (typeof how !== "object" && how !== "not run" && found.read.report.kept.length > 0) kept++;
    }
    const list = [...unsupported].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${name} ${count}`);
    const passed = counts.data + counts.runtime;
    const read = `${passed} of ${folders.length} models passed, ${kept} of them with nodes kept as they are`;
    const others = `${counts.runtime} as ONNX Runtime runs the file and not as in the data, ${counts["not run"]} not run by it`;
    const count = [...unsupported.values()].reduce((sum, one) => sum + one, 0);
    console.log(`${kind}: ${read} (${others}); ${count} not read: ${list.join(", ")}`);
    expect(wrong).toEqual([]);
  });
});
