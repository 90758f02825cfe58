/** Reads ONNX files by the table that writes them; fields that are not in it are passed over. */
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { type Kind, type Model, messages } from "./schema.js";

/** A file that is no ONNX model, or a damaged one. */
export class OnnxError extends Error {
  override readonly name = "OnnxError";
}

/** Graphs in attributes of nodes of graphs: deeper than any network's. */
const deepest = 100;

/** The model in the file; `rawData` are views of `bytes`. */
export function decodeModel(bytes: Uint8Array): Model {
  try {
    return readMessage(new BinaryReader(bytes), "Model", bytes.length, 0) as unknown as Model;
  } catch (error) {
    throw new OnnxError(
      `onnx: it must be a model from its first byte to its last, got ${(error as Error).message}; the file is damaged or no ONNX file`,
    );
  }
}

type Message = Record<string, unknown>;

function readMessage(reader: BinaryReader, kind: keyof typeof messages, end: number, depth: number): Message {
  if (depth > deepest) throw new Error(`graphs in graphs, more than ${deepest} deep`);
  const fields = new Map(Object.entries(messages[kind]).map(([name, [number, ...rest]]) => [number, { name, rest }]));
  const message: Message = {};
  for (const { name, rest } of fields.values()) if (rest[1]) message[name] = [];
  while (reader.pos < end) {
    const [number, wire] = reader.tag();
    const field = fields.get(number as never);
    if (!field) {
      reader.skip(wire, number);
      continue;
    }
    const [fieldKind, repeated] = field.rest as [Kind, "repeated"?];
    const items = repeated ? (message[field.name] as unknown[]) : [];
    if (fieldKind === "int64" && repeated && wire === WireType.LengthDelimited) {
      const packed = within(reader, end);
      while (reader.pos < packed) items.push(readField(reader, fieldKind, WireType.Varint, packed, depth));
    } else items.push(readField(reader, fieldKind, wire, end, depth));
    if (!repeated) message[field.name] = items[0];
  }
  if (reader.pos !== end) throw new Error(`a part that ends ${reader.pos - end} bytes late`);
  return message;
}

function readField(reader: BinaryReader, kind: Kind, wire: WireType, end: number, depth: number): unknown {
  if (wire !== wireOf(kind)) throw new Error(`wire type ${wire} where ${wireOf(kind)} must be`);
  if (kind === "int64") return Number(reader.int64());
  if (kind === "float") return reader.float();
  if (kind === "string") return reader.string();
  if (kind === "bytes") return reader.bytes();
  return readMessage(reader, kind, within(reader, end), depth + 1);
}

const wireOf = (kind: Kind): WireType =>
  kind === "int64" ? WireType.Varint : kind === "float" ? WireType.Bit32 : WireType.LengthDelimited;

/** Where a part that begins with its length ends. */
function within(reader: BinaryReader, end: number): number {
  const length = reader.uint32();
  if (reader.pos + length > end) throw new Error(`a part of ${length} bytes where ${end - reader.pos} are left`);
  return reader.pos + length;
}
