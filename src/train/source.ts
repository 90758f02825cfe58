/** How samples enter a model: rows of bytes or floats, normalised inside. */
import type { Graph } from "../graph/index.js";
import type { Emit, Value } from "../op/index.js";
import { product } from "../shape/index.js";
import type { Normalise } from "./recipe.js";

export interface Source {
  readonly type: "uint8" | "float32";
  readonly normalise: Normalise;
}

/** Elements of one sample. */
export const inputElements = (graph: Graph): number => product(graph.inputs[0]!.shape);

/** Rows of bytes or floats as a batch of normalised samples. */
export function prepare(emit: Emit, graph: Graph, rows: Value, { type, normalise }: Source): Value {
  const floats = type === "float32" ? rows : emit.op("Cast", [rows], { to: 1 });
  const scale = (type === "uint8" ? 1 / 255 : 1) / normalise.deviation;
  const shift = -normalise.mean / normalise.deviation;
  const scaled = scale === 1 ? floats : emit.op("Mul", [floats, emit.float(scale)]);
  const shifted = shift === 0 ? scaled : emit.op("Add", [scaled, emit.float(shift)]);
  return emit.op("Reshape", [shifted, emit.ints([-1, ...graph.inputs[0]!.shape])]);
}
