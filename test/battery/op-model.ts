/** One op alone, lowered to ONNX and run by ONNX Runtime: what the battery observes. */
import { modelBytes, onnxBuilder, type Port } from "../../src/formats/onnx/index.js";
import { batchToFirst, batchToLast, type Op, readAttrs, type WeightSpec } from "../../src/op/index.js";
import { nativeSession } from "../../src/runtime/native.js";
import { float32, type Tensors } from "../../src/runtime/session.js";
import type { Shape } from "../../src/shape/index.js";

/** An op with its attributes, at its place. */
export interface Placed {
  readonly op: Op;
  readonly attrs: object;
  readonly inputs: readonly Shape[];
  readonly output: Shape;
  readonly weights: readonly WeightSpec[];
}

export function placeOp(op: Op, attrs: object, inputs: readonly Shape[]): Placed {
  const read = readAttrs(op, attrs);
  return { op, attrs: read, inputs, output: op.shape(inputs, read), weights: op.weights(inputs, read) };
}

export interface Mode {
  readonly training: boolean;
  /** Lower the gradients too, for these inputs. */
  readonly needs?: readonly boolean[];
  readonly seed?: number;
  /** Samples at once, where lowering may count on it: what can stand on batches as the last axis does so then. */
  readonly batch?: number;
}

/** Inputs `x/0`, `w/role`, `dy`; outputs `y`, `carried/role`, `dx/0`, `dw/role`. */
export type Arrays = Readonly<Record<string, Float32Array>>;
export interface OpSession {
  run(batch: number, feeds: Arrays): Promise<Tensors>;
  release(): Promise<void>;
}

export async function opSession(at: Placed, mode: Mode): Promise<OpSession> {
  const session = await nativeSession(opModel(at, mode));
  const dims = (name: string, batch: number): number[] => {
    const [kind, which] = name.split("/") as [string, string];
    if (kind === "w") return [...at.weights.find(({ role }) => role === which)!.shape];
    return [batch, ...(kind === "dy" ? at.output : at.inputs[Number(which)]!)];
  };
  return {
    run: (batch, feeds) => {
      const wanted = Object.entries(feeds).filter(([name]) => mode.needs !== undefined || name !== "dy");
      return session.run(Object.fromEntries(wanted.map(([name, data]) => [name, float32(data, dims(name, batch))])));
    },
    release: () => session.release(),
  };
}

function opModel(
  { op, attrs, inputs, output, weights }: Placed,
  { training, needs, seed = 7, batch }: Mode,
): Uint8Array {
  const emit = onnxBuilder();
  const setting = { training, batch };
  const batchLast = batch !== undefined && op.batchLast?.({ attrs, inputs, output }, setting) !== undefined;
  const given = (name: string, shape: Shape): string => (batchLast ? batchToLast(emit, name, shape.length) : name);
  const taken = (value: string, shape: Shape): string => (batchLast ? batchToFirst(emit, value, shape.length) : value);
  const call = {
    ...{ attrs, inputs, output },
    ...{ ...setting, batchLast },
    x: inputs.map((shape, i) => given(`x/${i}`, shape)),
    w: Object.fromEntries(weights.map(({ role }) => [role, `w/${role}`])),
    seed,
  };
  const forward = op.forward(emit, call);
  const outputs: Port[] = [];
  // The batch of an output is left open under another name, so that the runtime and not the declaration decides it.
  const give = (from: string | undefined, name: string, dims: Port["dims"]): void => {
    if (from === undefined) return;
    emit.rename(from, name);
    outputs.push({ name, type: "float32", dims });
  };
  give(taken(forward.y, output), "y", ["result", ...output.map((_, i) => `size${i}`)]);
  for (const { role, shape } of weights) give(forward.carried?.[role], `carried/${role}`, shape);
  if (needs !== undefined && typeof op.backward === "function") {
    const backward = op.backward(emit, {
      ...call,
      y: forward.y,
      saved: forward.saved ?? {},
      dy: given("dy", output),
      needs,
    });
    inputs.forEach((shape, i) => {
      const dx = backward.inputs[i];
      give(dx && taken(dx, shape), `dx/${i}`, ["result", ...shape]);
    });
    for (const { role, shape } of weights) give(backward.weights?.[role], `dw/${role}`, shape);
  }
  const port = (name: string, dims: Port["dims"]): Port => ({ name, type: "float32", dims });
  const ports = [
    ...inputs.map((shape, i) => port(`x/${i}`, ["batch", ...shape])),
    ...weights.map(({ role, shape }) => port(`w/${role}`, shape)),
    ...(needs === undefined ? [] : [port("dy", ["batch", ...output])]),
  ];
  return modelBytes(emit.graph("op", ports, outputs));
}
