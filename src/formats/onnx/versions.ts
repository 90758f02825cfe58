/** A graph for another version of the standard operators than the ops write for. */
import { type Attribute, attributeType, type OnnxGraph, type OnnxNode } from "./schema.js";

/** Versions that can be written, with the version of the file format that each came with. */
const irVersions: Readonly<Record<number, number>> = { 17: 8, 18: 8, 19: 9, 20: 9, 21: 10 };

/** Standard operators of this version are written unless told; ONNX Runtime 1.14 and newer run it. */
export const written = 18;

/** A version that is not written. */
export class OnnxVersionError extends Error {
  override readonly name = "OnnxVersionError";
}

export function irVersionOf(opset: number): number {
  const found = irVersions[opset];
  if (found !== undefined) return found;
  throw new OnnxVersionError(`onnx: opset must be from 17 to 21, got ${opset}; choose one of these`);
}

/**
 * Versions in which an operator became another one: where a node of before would be wrong, or run otherwise. What changed up
 * to 7 and is not here is renewed when a file is read (older.ts).
 */
const changes: Readonly<Record<string, readonly number[]>> = {
  ...Object.fromEntries(
    ["ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2"].map(name => [name, [18]]),
  ),
  ...Object.fromEntries(["ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare"].map(name => [name, [18]])),
  ...Object.fromEntries(
    ["Softmax", "LogSoftmax", "Hardmax", "ReduceSum", "Squeeze", "Unsqueeze"].map(name => [name, [13]]),
  ),
  ...{ BatchNormalization: [9, 14], Clip: [11], Dropout: [12], Pad: [11], Resize: [11], RoiAlign: [16] },
  ...{ Scan: [9], Scatter: [11], Slice: [10], Split: [2, 13, 18], TopK: [10], Upsample: [9, 10] },
  ...{ PRelu: [7], Tile: [6] },
  ...{ GridSample: [20], DFT: [20], GroupNormalization: [21] },
  // Tried out in versions 1 to 9, and taken back.
  ...Object.fromEntries(
    "Affine ATen ConstantFill Crop DynamicSlice GivenTensorFill GRUUnit ImageScaler ParametricSoftplus Scale ScaledTanh"
      .split(" ")
      .map(name => [name, [10]]),
  ),
};

/** Whether a node for one version of the standard operators means the same in another one. */
export const meansTheSame = (operator: string, version: number, other: number): boolean =>
  !(changes[operator] ?? []).some(change => version < change !== other < change);

/** Refuses a node of another program in a model of a version in which it would mean something else. */
export function checkMeaning({ opType, name, version }: OnnxNode, opset: number): void {
  if (version! <= Math.max(opset, written) && meansTheSame(opType, version!, opset)) return;
  throw new OnnxVersionError(
    `onnx: node ${name} (${opType}) is of version ${version}, got ${opset} to write; write version ${Math.max(written, version!)}`,
  );
}

/** Nodes of other programs, those in nested graphs too: the standard ones, and the versions of the others' operators. */
export function foreignVersions({ node }: OnnxGraph): {
  standard: OnnxNode[];
  others: { domain: string; version: number }[];
} {
  const all = node.flatMap(function inside(one): OnnxNode[] {
    return [one, ...one.attribute.flatMap(({ g }) => g?.node.flatMap(inside) ?? [])];
  });
  const foreign = all.filter(({ version }) => version !== undefined);
  const domains = new Map(foreign.filter(({ domain }) => domain).map(one => [one.domain!, one.version!]));
  return {
    standard: foreign.filter(({ domain }) => !domain),
    others: Array.from(domains, ([domain, version]) => ({ domain, version })),
  };
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
