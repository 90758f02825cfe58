import { afterEach, describe, expect, test, vi } from "vitest";
import { attentive } from "../../test/battery/attentive.js";
import {
  basic,
  leNet,
  lineAndVolume,
  mlp,
  normed,
  reader,
  readers,
  residual,
  sequence,
  shared,
} from "../../test/battery/networks.js";
import { someData, someRows, type Training, train } from "../../test/battery/training.js";
import { modelBytes, onnxBuilder } from "../formats/onnx/index.js";
import type { Graph } from "../graph/index.js";
import { initialWeights } from "../train/index.js";
import { float32, type RuntimeFailure } from "./session.js";
import { startRuntime, webSession } from "./web.js";

const training: Training = {
  loss: "crossEntropy",
  optimizer: { name: "adam", learningRate: 0.002, amsgrad: true },
};
/** Twenty steps in two calls. */
function twentySteps(graph: Graph, changed: Partial<Training>) {
  const data = someData(graph, 100);
  const rows = someRows(data.count, 20, 10);
  return train(graph, initialWeights(graph, 1), data, [rows.slice(0, 5), rows.slice(5)], { ...training, ...changed });
}

describe("the same training as by the native runtime", () => {
  const networks = [basic, mlp, leNet, lineAndVolume, residual(), normed, reader, readers, shared, attentive];
  test.each(networks.map(graph => [graph.name, graph] as const))("%s", async (_, graph) => {
    const [web, native] = [await twentySteps(graph, { open: webSession }), await twentySteps(graph, {})];
    expect(web.losses).toHaveLength(20);
    for (const [i, loss] of web.losses.entries()) expect(Math.abs(loss - native.losses[i]!)).toBeLessThan(1e-5);
  });
});

test("dropout draws, and trains", async () => {
  const graph = sequence(
    "dropped",
    [1, 8, 8],
    ["flatten"],
    ["linear", { outFeatures: 30 }],
    ["relu"],
    ["dropout", { p: 0.3 }],
    ["linear", { outFeatures: 10 }],
  );
  const steps = (seed: number) => twentySteps(graph, { open: webSession, seed });
  const [first, again, other] = [await steps(1), await steps(1), await steps(2)];
  expect(again.losses).toEqual(first.losses);
  expect(other.losses).not.toEqual(first.losses);
  expect(first.losses.at(-1)).toBeLessThan(first.losses[0]!);
});

/** One operator of two matrices [n, 1] and [1, n]. */
function productOf(operator: string, n: number): Uint8Array {
  const emit = onnxBuilder();
  emit.rename(emit.op(operator, ["a", "b"]), "y");
  const port = (name: string, dims: readonly number[]) => ({ name, type: "float32" as const, dims });
  return modelBytes(emit.graph("product", [port("a", [n, 1]), port("b", [1, n])], [port("y", [n, n])]));
}
const ones = (n: number) => ({
  a: float32(new Float32Array(n).fill(1), [n, 1]),
  b: float32(new Float32Array(n).fill(1), [1, n]),
});
const message = (failing: Promise<unknown>): Promise<string> =>
  failing.then(
    () => "nothing went wrong",
    (error: RuntimeFailure) => `${error.name}: ${error.message}`,
  );

describe("what cannot be", () => {
  test("an operator that the runtime lacks", async () => {
    expect(await message(webSession(productOf("Nonesuch", 2)))).toBe(
      'RuntimeFailure: runtime: could not load the model, got "No Op registered for Nonesuch with domain_version of 18"; use operators that this runtime has; where netpick made the model, please report it with the network',
    );
  });

  test("more memory than there is; the session lives on", async () => {
    const session = await webSession(productOf("MatMul", 40_000));
    expect(await message(session.run(ones(40_000)))).toMatch(
      /^RuntimeFailure: runtime: could not run the model, got ".*"; use a smaller batch or network$/,
    );
    await session.release();
    const small = await webSession(productOf("MatMul", 2));
    expect((await small.run(ones(2))).y!.data).toEqual(Float32Array.of(1, 1, 1, 1));
    await small.release();
  });

  test("threads where memory cannot be shared, and other options later", async () => {
    await webSession(productOf("MatMul", 2));
    expect(await message(startRuntime({ threads: 2 }))).toBe(
      'RuntimeFailure: runtime: it is started once and keeps its options, got {"threads":2} after {}; call startRuntime before the first training',
    );
    await startRuntime();
  });
});

describe("a runtime that has not begun", () => {
  afterEach(() => {
    vi.resetModules();
    vi.unstubAllGlobals();
    vi.doUnmock("onnxruntime-web/wasm");
  });
  const fresh = (): Promise<typeof import("./web.js")> => {
    vi.resetModules();
    return import("./web.js");
  };

  test("refuses threads", async () => {
    const { startRuntime } = await fresh();
    expect(await message(startRuntime({ threads: 2 }))).toBe(
      "RuntimeFailure: runtime: several threads want a cross-origin isolated page, got 2; serve it with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp, or use 1",
    );
    expect(await message(startRuntime({ threads: 0.5 }))).toBe(
      "RuntimeFailure: runtime: threads must be a whole number of at least 1, got 0.5; give 1 or more",
    );
  });

  test("says what to install", async () => {
    vi.doMock("onnxruntime-web/wasm", () => {
      throw new Error("not found");
    });
    const { startRuntime } = await fresh();
    expect(await message(startRuntime())).toMatch(
      /^RuntimeFailure: runtime: the package onnxruntime-web must be there, got ".*"; npm install onnxruntime-web$/,
    );
  });
});
