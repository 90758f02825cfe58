/**
 * The part of ONNX's file format that netpick writes and reads: messages as plain objects, and the table of field numbers (from
 * onnx.proto, version 1.17) that turns them into bytes and back.
 */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { type ElementType, elementType } from "../../op/index.js";

export interface Model {
  readonly irVersion: number;
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[];
  readonly producerName: string;
  readonly graph: OnnxGraph;
  /** Text of the writer's own. */
  readonly metadataProps?: readonly { readonly key: string; readonly value: string }[];
}
export interface OnnxGraph {
  readonly name: string;
  readonly node: readonly OnnxNode[];
  readonly initializer: readonly OnnxTensor[];
  readonly input: readonly ValueInfo[];
  readonly output: readonly ValueInfo[];
  /** Types and shapes of values between. */
  readonly valueInfo?: readonly ValueInfo[];
}
export interface OnnxNode {
  readonly name: string;
  /** Empty for the standard operators. */
  readonly domain?: string;
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly Attribute[];
  /** Version of the domain's operators that a node of another program is written for. It stands in no file. */
  readonly version?: number;
}
export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly f?: number;
  readonly i?: number;
  readonly s?: Uint8Array;
  readonly t?: OnnxTensor;
  readonly g?: OnnxGraph;
  readonly floats?: readonly number[];
  readonly ints?: readonly number[];
  readonly strings?: readonly Uint8Array[];
}
export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: number;
  /** The numbers in little-endian order, or in one of the lists below. */
  readonly rawData?: Uint8Array;
  readonly floatData?: readonly number[];
  readonly int32Data?: readonly number[];
  readonly int64Data?: readonly number[];
  readonly doubleData?: readonly number[];
  /** Where the numbers lie outside: `location`, `offset` and `length`. */
  readonly externalData?: readonly { readonly key: string; readonly value: string }[];
  /** 1 where they lie outside. */
  readonly dataLocation?: number;
}
export interface ValueInfo {
  readonly name: string;
  readonly type: {
    readonly tensorType: { readonly elemType: number; readonly shape?: { readonly dim: readonly Dimension[] } };
  };
}
/** A size, or the name of one that is known only when the model runs. */
export type Dimension = { readonly dimValue: number } | { readonly dimParam: string };

const elementNames = new Map(Object.entries(elementType).map(([name, type]) => [type as number, name as ElementType]));
/** The name of a type of numbers; undefined for any other. */
export const elementNameOf = (type: number): ElementType | undefined => elementNames.get(type);

/** ONNX's numbers for attribute types. */
export const attributeType = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
} as const;

export type Kind = "int64" | "float" | "double" | "string" | "bytes" | keyof typeof messages;
type Field = readonly [number: number, kind: Kind, repeated?: "repeated"];

export const messages = {
  Model: {
    irVersion: [1, "int64"],
    producerName: [2, "string"],
    graph: [7, "Graph"],
    opsetImport: [8, "OperatorSetId", "repeated"],
    metadataProps: [14, "StringStringEntry", "repeated"],
  },
  StringStringEntry: { key: [1, "string"], value: [2, "string"] },
  OperatorSetId: { domain: [1, "string"], version: [2, "int64"] },
  Graph: {
    node: [1, "Node", "repeated"],
    name: [2, "string"],
    initializer: [5, "Tensor", "repeated"],
    input: [11, "ValueInfo", "repeated"],
    output: [12, "ValueInfo", "repeated"],
    valueInfo: [13, "ValueInfo", "repeated"],
  },
  Node: {
    input: [1, "string", "repeated"],
    output: [2, "string", "repeated"],
    name: [3, "string"],
    opType: [4, "string"],
    attribute: [5, "Attribute", "repeated"],
    domain: [7, "string"],
  },
  Attribute: {
    name: [1, "string"],
    f: [2, "float"],
    i: [3, "int64"],
    s: [4, "bytes"],
    t: [5, "Tensor"],
    g: [6, "Graph"],
    floats: [7, "float", "repeated"],
    ints: [8, "int64", "repeated"],
    strings: [9, "bytes", "repeated"],
    type: [20, "int64"],
  },
  Tensor: {
    dims: [1, "int64", "repeated"],
    dataType: [2, "int64"],
    floatData: [4, "float", "repeated"],
    int32Data: [5, "int64", "repeated"],
    int64Data: [7, "int64", "repeated"],
    name: [8, "string"],
    rawData: [9, "bytes"],
    doubleData: [10, "double", "repeated"],
    externalData: [13, "StringStringEntry", "repeated"],
    dataLocation: [14, "int64"],
  },
  ValueInfo: { name: [1, "string"], type: [2, "Type"] },
  Type: { tensorType: [1, "TensorType"] },
  TensorType: { elemType: [1, "int64"], shape: [2, "TensorShape"] },
  TensorShape: { dim: [1, "Dimension", "repeated"] },
  Dimension: { dimValue: [1, "int64"], dimParam: [2, "string"] },
} as const satisfies Record<string, Record<string, readonly [number, string, "repeated"?]>>;

/** The bytes of an ONNX file. */
export function encodeModel(model: Model): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  writeMessage(writer, "Model", model as unknown as Record<string, unknown>);
  return writer.finish();
}

/** The model with text of the writer's own behind it: in this format, what stands behind is added to lists. */
export function withMetadata(model: Uint8Array, metadata: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter().raw(model);
  const metadataProps = Object.entries(metadata).map(([key, value]) => ({ key, value }));
  writeMessage(writer, "Model", { metadataProps });
  return writer.finish();
}

function writeMessage(writer: BinaryWriter, kind: keyof typeof messages, message: Record<string, unknown>): void {
  for (const [name, field] of Object.entries<Field>(messages[kind])) {
    const value = message[name];
    if (value === undefined) continue;
    const [number, fieldKind, repeated] = field;
    if (!repeated) writeField(writer, number, fieldKind, value);
    else if (isNumber(fieldKind)) writePacked(writer, number, fieldKind, value as readonly number[]);
    else for (const item of value as readonly unknown[]) writeField(writer, number, fieldKind, item);
  }
}

export const isNumber = (kind: Kind): kind is "int64" | "float" | "double" =>
  kind === "int64" || kind === "float" || kind === "double";

function writePacked(
  writer: BinaryWriter,
  number: number,
  kind: "int64" | "float" | "double",
  values: readonly number[],
): void {
  if (values.length === 0) return;
  writer.tag(number, WireType.LengthDelimited).fork();
  for (const value of values) writer[kind](value);
  writer.join();
}

function writeField(writer: BinaryWriter, number: number, kind: Kind, value: unknown): void {
  if (kind === "int64") writer.tag(number, WireType.Varint).int64(value as number);
  else if (kind === "float") writer.tag(number, WireType.Bit32).float(value as number);
  else if (kind === "double") writer.tag(number, WireType.Bit64).double(value as number);
  else if (kind === "string") writer.tag(number, WireType.LengthDelimited).string(value as string);
  else if (kind === "bytes") writer.tag(number, WireType.LengthDelimited).bytes(value as Uint8Array<ArrayBuffer>);
  else {
    writer.tag(number, WireType.LengthDelimited).fork();
    writeMessage(writer, kind, value as Record<string, unknown>);
    writer.join();
  }
}
