/** In a file of its own: a runtime that could not be loaded stays so. */
import { expect, test } from "vitest";
import { startRuntime, webSession } from "./web.js";

test("a WebAssembly file that is not where it is said to be", async () => {
  await startRuntime({ wasm: new URL("nowhere.wasm", import.meta.url).href });
  await expect(webSession(Uint8Array.of())).rejects.toThrow(
    'runtime: could not load the model, got "no available backend found. ERR: [wasm] RuntimeError: Aborted(both async and sync fetching of the wasm failed). Build with -sASSERTIONS for more info."; serve the package onnxruntime-web with its file ort-wasm-simd-threaded.wasm, or tell where that is: startRuntime({ wasm })',
  );
});
