/** A graph for another version of the standard operators than the ops write for. */
import { type Attribute, attributeType, type OnnxGraph, type OnnxNode } from "./schema.js";

/** Versions that can be written, with the version of the file format that each came with. */
const irVersions: Readonly<Record<number, number>> = { 17: 8, 18: 8, 19: 9, 20: 9, 21: 10 };

/** A version that is not written. */
export class OnnxVersionError extends Error {
  override readonly name = "OnnxVersionError";
}

export function irVersionOf(opset: number): number {
  const found = irVersions[opset];
  if (found !== undefined) return found;
  throw new OnnxVersionError(`onnx: opset must be from 17 to 21, got ${opset}; choose one of these`);
}

/** Reductions that took their axes as an attribute before version 18. */
const reductions = new Set(["ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2"]);

/** From 18 on nothing that the ops write changes its meaning; before, axes and counts stand elsewhere. */
export function forVersion(graph: OnnxGraph, opset: number): OnnxGraph {
  if (opset >= 18) return graph;
  const stored = new Map(graph.initializer.map(tensor => [tensor.name, tensor]));
  const node = graph.node.map((one): OnnxNode => {
    if (one.opType === "Split") {
      return { ...one, attribute: one.attribute.filter(({ name }) => name !== "num_outputs") };
    }
    const axes = stored.get(one.input[1] ?? "")?.rawData;
    if (!reductions.has(one.opType) || !axes) return one;
    const ints = Array.from(new BigInt64Array(new Uint8Array(axes).buffer), Number);
    const attribute: Attribute = { name: "axes", type: attributeType.ints, ints };
    return { ...one, input: one.input.slice(0, 1), attribute: [...one.attribute, attribute] };
  });
  const read = new Set(node.flatMap(({ input }) => input));
  const nested = node.some(({ attribute }) => attribute.some(({ g }) => g));
  return { ...graph, node, initializer: graph.initializer.filter(({ name }) => nested || read.has(name)) };
}

/** The graph with other names for some values; nodes are called as their first result. */
export function renamed(graph: OnnxGraph, names: ReadonlyMap<string, string>): OnnxGraph {
  const of = (name: string): string => names.get(name) ?? name;
  const node = graph.node.map(one => ({
    ...one,
    name: names.get(one.output[0]!) ?? one.name,
    input: one.input.map(of),
    output: one.output.map(of),
    attribute: one.attribute.map(attribute =>
      attribute.g ? { ...attribute, g: renamed(attribute.g, names) } : attribute,
    ),
  }));
  return { ...graph, node };
}
