/** What a runtime says when it fails, as a sentence. */
import { RuntimeFailure } from "./session.js";

/** What is wrong, as far as the runtime's words tell, and how to mend it; the first that fits. */
const remedies: readonly (readonly [said: RegExp, mend: string])[] = [
  // Sizes overflow where the address space ends at 4 GB.
  [/bad_alloc|allocat|out of memory|SafeIntOnOverflow/i, "use a smaller batch or network"],
  [
    /no available backend|failed to (fetch|asynchronously prepare)/i,
    "serve the package onnxruntime-web with its file ort-wasm-simd-threaded.wasm, or tell where that is: startRuntime({ wasm })",
  ],
  [
    /No Op registered|Could not find an implementation/i,
    "use operators that this runtime has; where netpick made the model, please report it with the network",
  ],
];
const fault = "this is a fault in netpick, please report it with the network";

/** Does the work; its failure becomes a RuntimeFailure with the first line of what the runtime said. */
export async function guard<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const whole = error instanceof Error ? error.message : String(error);
    const said = whole
      .replace(/^.*ERROR_MESSAGE: /, "")
      .split("\n")[0]!
      .trim();
    const mend = remedies.find(([words]) => words.test(said))?.[1] ?? fault;
    throw new RuntimeFailure(`runtime: could not ${doing}, got ${JSON.stringify(said)}; ${mend}`);
  }
}
