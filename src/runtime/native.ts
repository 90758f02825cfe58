/** ONNX Runtime in this process, one thread. A run blocks the process: see pool.ts. */
import ort from "onnxruntime-node";
import { guard } from "./guard.js";
import type { Opening, Session, Tensors } from "./session.js";

const options: ort.InferenceSession.SessionOptions = {
  executionProviders: ["cpu"],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: "sequential",
  logSeverityLevel: 3,
  extra: { session: { set_denormal_as_zero: "1", intra_op: { allow_spinning: "0" } } },
};

/**
 * A sparing one holds no plan of all that a run needs, which lies beside what the first run needed. A training model is
 * taken as it stands: what the runtime would make of it is no faster, and takes it as long again to begin.
 */
export async function nativeSession(
  model: Uint8Array,
  { sparing = false, training = false }: Opening = {},
): Promise<Session> {
  const session = await guard("load the model", () =>
    ort.InferenceSession.create(model, {
      ...options,
      graphOptimizationLevel: training ? "disabled" : "all",
      enableMemPattern: !sparing,
    }),
  );
  return {
    run: async feeds => {
      const inputs = Object.fromEntries(
        Object.entries(feeds).map(([name, { type, dims, data }]) => [name, new ort.Tensor(type, data as never, dims)]),
      );
      const outputs = await guard("run the model", () => session.run(inputs));
      return outputs as unknown as Tensors;
    },
    release: () => session.release(),
  };
}
