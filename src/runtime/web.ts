/**
 * ONNX Runtime as WebAssembly, in this thread: for browsers, and under Node without native code. It is the package
 * onnxruntime-web, loaded when it is first needed, so that a bundler keeps it in a file of its own: its threads begin
 * by loading that file again.
 */
import { guard } from "./guard.js";
import { RuntimeFailure, type Session, type Tensors } from "./session.js";

type Ort = typeof import("onnxruntime-web/wasm");

/** One WebAssembly memory serves all sessions of a program: what is chosen is chosen once. */
export interface WebRuntimeOptions {
  /** Threads that share every run; 1 unless told. More want a page that is cross-origin isolated. */
  readonly threads?: number;
  /** Address of ort-wasm-simd-threaded.wasm; beside the script of onnxruntime-web unless told. */
  readonly wasm?: string;
}

let started: { readonly options: WebRuntimeOptions; readonly ort: Promise<Ort> } | undefined;

/**
 * Loads the runtime. Needless where the usual options serve: the first session does it then.
 * @throws RuntimeFailure when it runs already with other options, when threads cannot be had, or without onnxruntime-web
 */
export async function startRuntime(options: WebRuntimeOptions = {}): Promise<void> {
  const { threads = 1, wasm } = options;
  if (started && (threads !== (started.options.threads ?? 1) || wasm !== started.options.wasm)) {
    throw new RuntimeFailure(
      `runtime: it is started once and keeps its options, got ${JSON.stringify(options)} after ${JSON.stringify(started.options)}; call startRuntime before the first training`,
    );
  }
  checkThreads(threads);
  started ??= { options, ort: load(threads, wasm) };
  try {
    await started.ort;
  } catch (error) {
    started = undefined;
    throw error;
  }
}

function checkThreads(threads: number): void {
  if (!(Number.isSafeInteger(threads) && threads >= 1)) {
    throw new RuntimeFailure(`runtime: threads must be a whole number of at least 1, got ${threads}; give 1 or more`);
  }
  // Only such pages may share memory between threads.
  const { crossOriginIsolated = false } = globalThis as { crossOriginIsolated?: boolean };
  if (threads > 1 && !crossOriginIsolated) {
    throw new RuntimeFailure(
      `runtime: several threads want a cross-origin isolated page, got ${threads}; serve it with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp, or use 1`,
    );
  }
}

async function load(threads: number, wasm: string | undefined): Promise<Ort> {
  let ort: Ort;
  try {
    ort = await import("onnxruntime-web/wasm");
  } catch (error) {
    throw new RuntimeFailure(
      `runtime: the package onnxruntime-web must be there, got ${JSON.stringify((error as Error).message)}; npm install onnxruntime-web`,
    );
  }
  ort.env.wasm.numThreads = threads;
  if (wasm !== undefined) ort.env.wasm.wasmPaths = { wasm };
  return ort;
}

/** A session in this thread; every run blocks it, and lets what waits have its turn afterwards. */
export async function webSession(model: Uint8Array): Promise<Session> {
  if (!started) await startRuntime();
  const ort = await started!.ort;
  const session = await guard("load the model", () =>
    ort.InferenceSession.create(model, {
      executionProviders: ["wasm"],
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
      extra: { session: { set_denormal_as_zero: "1" } },
    }),
  );
  return {
    run: async feeds => {
      const inputs = Object.fromEntries(
        Object.entries(feeds).map(([name, { type, dims, data }]) => [name, new ort.Tensor(type, data as never, dims)]),
      );
      const outputs = await guard("run the model", () => session.run(inputs));
      await breathe();
      return outputs as unknown as Tensors;
    },
    release: () => session.release(),
  };
}

/** A page paints and hears clicks here. Not by a timer: those of a hidden page come once a second. */
const breathe = (): Promise<void> =>
  new Promise(resolve => {
    const { port1, port2 } = new MessageChannel() as unknown as Ports;
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });

/** Node's types know these ports by the names that only Node has. */
interface Ports {
  readonly port1: { onmessage: () => void; close(): void };
  readonly port2: { postMessage(message: unknown): void };
}
