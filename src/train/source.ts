/** How samples and targets enter a model: rows of numbers, made floats and normalised inside. */
import type { Port } from "../formats/onnx/index.js";
import type { Graph } from "../graph/index.js";
import type { Emit, Value } from "../op/index.js";
import { analyse } from "../op/index.js";
import type { Shape } from "../shape/index.js";
import type { Target, TargetKind } from "./losses.js";
import type { Normalise } from "./recipe.js";

/** Whole numbers of 32 bits stand for what they are: places in an embedding, counts, classes. */
export type NumberType = "uint8" | "float32" | "int32";

export interface Source {
  readonly type: NumberType;
  readonly normalise: Normalise;
}
export interface TargetSource {
  readonly type: NumberType;
  readonly kind: TargetKind;
}

/** A batch of samples, of bytes or numbers, as normalised floats. */
export function prepare(emit: Emit, rows: Value, { type, normalise }: Source): Value {
  const floats = toFloats(emit, rows, type);
  if (type === "int32") return floats;
  const scale = (type === "uint8" ? 1 / 255 : 1) / normalise.deviation;
  const shift = -normalise.mean / normalise.deviation;
  const scaled = scale === 1 ? floats : emit.op("Mul", [floats, emit.float(scale)]);
  return shift === 0 ? scaled : emit.op("Add", [scaled, emit.float(shift)]);
}

/** A batch of targets: class numbers, or values, of which bytes count 0 to 1. */
export function prepareTarget(emit: Emit, rows: Value, { type, kind }: TargetSource): Target {
  if (kind === "classes") return { kind, value: emit.op("Cast", [rows], { to: 7 }) };
  const floats = toFloats(emit, rows, type);
  return { kind, value: type === "uint8" ? emit.op("Mul", [floats, emit.float(1 / 255)]) : floats };
}

const toFloats = (emit: Emit, rows: Value, type: NumberType): Value =>
  type === "float32" ? rows : emit.op("Cast", [rows], { to: 1 });

/** Names of what a model takes of input `i`, and of the target of output `i`. */
export const inputPort = (graph: Graph, i: number): string => `input/${graph.inputs[i]!.name}`;
export const targetPort = (i: number): string => `target/${i}`;

/** How what ops emit is called in a model whose inputs and nodes keep their names: as none of those begins. */
export function ownPrefix({ inputs, nodes }: Graph): string {
  const slashes = [...inputs, ...nodes].map(({ name }) => /^\/*/.exec(name)![0].length);
  return "/".repeat(slashes.reduce((most, one) => Math.max(most, one), 0) + 1);
}

/** Shape of output `i`, per sample. */
export const outputShape = (graph: Graph, i: number): Shape => analyse(graph).shapes.get(graph.outputs[i]!)!;

/** Shape of the target of output `i`: its own for values, the places behind the classes for class numbers. */
export const targetShape = (graph: Graph, i: number, kind: TargetKind): Shape =>
  kind === "values" ? outputShape(graph, i) : outputShape(graph, i).slice(1);

/** The samples as a model's inputs. */
export const samplePorts = (graph: Graph, sources: readonly Source[]): Port[] =>
  graph.inputs.map(({ shape }, i) => ({
    name: inputPort(graph, i),
    type: sources[i]!.type,
    dims: ["count", ...shape],
  }));

/** The targets as a model's inputs. */
export const targetPorts = (graph: Graph, targets: readonly (TargetSource | undefined)[]): Port[] =>
  targets.flatMap((target, i): Port[] =>
    target ? [{ name: targetPort(i), type: target.type, dims: ["count", ...targetShape(graph, i, target.kind)] }] : [],
  );
