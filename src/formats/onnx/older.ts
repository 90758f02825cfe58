/**
 * Nodes of the standard operators 1 to 6 as those of version 7, by ONNX's list of changes (onnx/docs/Changelog.md): axes
 * for one of two inputs, marks of training, settings that have become inputs.
 */
import { OnnxError } from "./read.js";
import { type Attribute, attributeType, type OnnxGraph, type OnnxNode } from "./schema.js";

/** The version whose nodes all reading begins with. */
const first = 7;

/** What is known of the sizes of values. */
type AxesOf = (name: string) => number | undefined;
type Renewal = (node: OnnxNode, axesOf: AxesOf) => readonly OnnxNode[];

const of = ({ attribute }: OnnxNode, name: string): Attribute | undefined => attribute.find(one => one.name === name);
const intOf = (node: OnnxNode, name: string): number => of(node, name)?.i ?? 0;
const without = (node: OnnxNode, ...names: readonly string[]): OnnxNode => ({
  ...node,
  version: first,
  attribute: node.attribute.filter(({ name }) => !names.includes(name)),
});
const having = (node: OnnxNode, ...attributes: readonly Attribute[]): OnnxNode => ({
  ...without(node, ...attributes.map(({ name }) => name)),
  attribute: [...node.attribute, ...attributes],
});
const refused = ({ name, output, opType }: OnnxNode, why: string): OnnxError =>
  new OnnxError(`onnx: node ${name || output[0]} (${opType}) cannot be read, got ${why}`);

/** Before 7 the second input was laid along the first from `axis` on, where `broadcast` said so: axes behind it are added. */
const aligned: Renewal = (node, axesOf) => {
  const made = without(node, "broadcast", "axis");
  const axis = of(node, "axis")?.i;
  if (intOf(node, "broadcast") !== 1 || axis === undefined) return [made];
  const [a, b] = node.input.map(axesOf);
  if (a === undefined || b === undefined) {
    throw refused(node, "an axis beside values of unknown sizes; add sizes to the file, as shape inference does");
  }
  const behind = a - b - (axis < 0 ? axis + a : axis);
  if (behind <= 0) return [made];
  const wider = `${node.output[0]} ${node.input[1]}`;
  const ints = Array.from({ length: behind }, (_, i) => b + i);
  const widen: OnnxNode = {
    ...{ name: wider, opType: "Unsqueeze", input: [node.input[1]!], output: [wider], version: first },
    attribute: [{ name: "axes", type: attributeType.ints, ints }],
  };
  return [widen, { ...made, input: [node.input[0]!, wider] }];
};

const inUse: Renewal = node => {
  if (intOf(node, "is_test") === 1) return [without(node, "is_test")];
  throw refused(node, "one that trains; export the network as it is in use, with is_test=1");
};

const types =
  "UNDEFINED FLOAT UINT8 INT8 UINT16 INT16 INT32 INT64 STRING BOOL FLOAT16 DOUBLE UINT32 UINT64 COMPLEX64 COMPLEX128".split(
    " ",
  );
const textOf = (node: OnnxNode, name: string): string => new TextDecoder().decode(of(node, name)?.s).toUpperCase();

const wholeOrder: Renewal = node => [
  having(node, { name: "p", type: attributeType.int, i: Math.round(of(node, "p")?.f ?? 2) }),
];

/** By operator the version in which it changed, and how a node of before is one of version 7. */
const renewals: Readonly<Record<string, readonly [version: number, Renewal]>> = {
  ...Object.fromEntries(
    "Add Sub Mul Div Pow And Or Xor Equal Greater Less".split(" ").map(name => [name, [7, aligned] as const]),
  ),
  BatchNormalization: [7, inUse],
  Dropout: [7, inUse],
  Gemm: [7, node => [without(node, "broadcast")]],
  ...Object.fromEntries(["LSTM", "GRU", "RNN"].map(name => [name, [7, node => [without(node, "output_sequence")]]])),
  Upsample: [
    7,
    node => {
      const floats = [1, 1, of(node, "height_scale")?.f ?? 1, of(node, "width_scale")?.f ?? 1];
      return [having(node, { name: "scales", type: attributeType.floats, floats })];
    },
  ],
  Cast: [6, node => [having(node, { name: "to", type: attributeType.int, i: types.indexOf(textOf(node, "to")) })]],
  Reshape: [
    5,
    node => {
      const wanted = `${node.output[0]} shape`;
      const value: Attribute = { ...of(node, "shape")!, name: "value_ints" };
      const shape = { ...{ name: wanted, opType: "Constant", input: [], output: [wanted] }, attribute: [value] };
      return [shape, { ...without(node, "shape"), input: [node.input[0]!, wanted] }];
    },
  ],
  Concat: [4, node => [of(node, "axis") ? node : having(node, { name: "axis", type: attributeType.int, i: 1 })]],
  Pad: [2, node => [having(without(node, "paddings"), { ...of(node, "paddings")!, name: "pads" })]],
  LpPool: [2, wholeOrder],
  GlobalLpPool: [2, wholeOrder],
};

/** The graph with nodes that read as those of version 7 do; refuses in an OnnxError that names the node what cannot be. */
export function sinceSeven(graph: OnnxGraph, opset: number): OnnxGraph {
  if (opset >= first) return graph;
  const axes = new Map<string, number>([
    ...[...(graph.valueInfo ?? []), ...graph.output, ...graph.input].flatMap(({ name, type }) => {
      const dims = type?.tensorType?.shape?.dim;
      return dims ? [[name, dims.length] as const] : [];
    }),
    ...graph.initializer.map(({ name, dims }) => [name, dims.length] as const),
  ]);
  const node = graph.node.flatMap(one => {
    const [version, renewal] = isStandard(one) ? (renewals[one.opType] ?? []) : [];
    // Notes for a runtime of those days.
    const made = { ...one, attribute: one.attribute.filter(({ name }) => name !== "consumed_inputs") };
    return version !== undefined && opset < version ? renewal!(made, name => axes.get(name)) : [made];
  });
  return { ...graph, node };
}

const isStandard = ({ domain }: OnnxNode): boolean => !domain || domain === "ai.onnx";
