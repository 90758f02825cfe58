/** Whole training steps on given data, straight through the training model. */
import type { Graph } from "../../src/graph/index.js";
import { permutation, random } from "../../src/random.js";
import { nativeSession } from "../../src/runtime/native.js";
import { float32, int64, type Session, type Tensor, uint8 } from "../../src/runtime/session.js";
import { product } from "../../src/shape/index.js";
import {
  type Clip,
  inputPort,
  type Layers,
  type LossName,
  type LossSettings,
  type OptimizerSettings,
  optimizer,
  type TrainingModel,
  targetPort,
  trainingModel,
  type Weights,
} from "../../src/train/index.js";
import { values } from "./values.js";

export interface Data {
  readonly count: number;
  readonly samples: Float32Array;
  readonly labels: Uint8Array;
}
/** Random samples whose label their first ten numbers tell: something to learn. */
export function someData(graph: Graph, count: number, seed = 1): Data {
  const elements = product(graph.inputs[0]!.shape);
  const samples = values(count * elements, random(seed));
  const labels = Uint8Array.from({ length: count }, (_, i) => {
    const first = samples.subarray(i * elements, i * elements + 10);
    return first.indexOf(Math.max(...first));
  });
  return { count, samples, labels };
}

/** Rows of the data for every step: epoch after epoch in random order. */
export function someRows(count: number, steps: number, batch: number, seed = 2): number[][] {
  const source = random(seed);
  const stream: number[] = [];
  while (stream.length < steps * batch) stream.push(...permutation(count, source));
  return Array.from({ length: steps }, (_, i) => stream.slice(i * batch, (i + 1) * batch));
}

export interface Training {
  readonly loss: LossName | LossSettings;
  readonly optimizer: OptimizerSettings;
  readonly layers?: Layers;
  readonly clip?: Clip;
  readonly accumulate?: number;
  readonly seed?: number;
  /** The runtime; the native one unless told. */
  readonly open?: (model: Uint8Array) => Promise<Session>;
}
/** How floats and class numbers enter a training model of one input and one output. */
export const enter = (loss: LossName | LossSettings) => ({
  sources: [{ type: "float32", normalise: { mean: 0, deviation: 1 } }] as const,
  targets: [{ type: "uint8", kind: "classes" }] as const,
  losses: [loss],
});

/** Everything that goes from run to run, by name. */
export type State = Readonly<Record<string, Float32Array>>;

/** Runs one after another in a session; each takes the state that the one before left. */
export async function train(
  graph: Graph,
  weights: Weights,
  data: Data,
  runs: readonly (readonly (readonly number[])[])[],
  { loss, optimizer: settings, seed = 0, open = nativeSession, ...others }: Training,
): Promise<{ losses: number[]; state: State }> {
  const rule = optimizer(settings);
  const model = trainingModel(graph, { ...others, ...enter(loss), optimizer: rule, seed });
  const session = await open(model.bytes);
  let state: State = Object.fromEntries(
    model.carried.map(({ name, shape }) => [name, weights[name] ?? new Float32Array(product(shape))]),
  );
  const losses: number[] = [];
  for (const rows of runs) {
    const [steps, batch] = [rows.length, rows[0]!.length];
    const { accumulate = 1 } = others;
    const dims = accumulate > 1 ? [steps, accumulate, batch / accumulate] : [steps, batch];
    const coefficients = rows.flatMap((_, i) => model.coefficientsAt(losses.length + i + 1));
    const outputs = await session.run({
      [inputPort(graph, 0)]: float32(data.samples, [data.count, ...graph.inputs[0]!.shape]),
      [targetPort(0)]: uint8(data.labels, [data.count]),
      rows: int64(BigInt64Array.from(rows.flat(), BigInt), dims),
      coefficients: float32(Float32Array.from(coefficients), [steps, model.coefficients]),
      ...carriedTensors(model, state),
    });
    losses.push(...(outputs.loss!.data as Float32Array));
    state = Object.fromEntries(model.carried.map(({ name }) => [name, outputs[`next/${name}`]!.data as Float32Array]));
  }
  await session.release();
  return { losses, state };
}

const carriedTensors = ({ carried }: TrainingModel, state: State): Record<string, Tensor> =>
  Object.fromEntries(carried.map(({ name, shape }) => [name, float32(state[name]!, shape)]));
