/** Reads ONNX files by the table that writes them; fields that are not in it are passed over. */
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { isNumber, type Kind, type Model, messages, type OnnxTensor } from "./schema.js";

/** A file that is no ONNX model, or a damaged one. */
export class OnnxError extends Error {
  override readonly name = "OnnxError";
}

/** Graphs in attributes of nodes of graphs: deeper than any network's. */
const deepest = 100;
/** Messages and listed numbers of a file; what is larger stands as raw bytes. */
const mostMessages = 500_000;
const mostNumbers = 8_000_000;

interface Reading {
  readonly reader: BinaryReader;
  messages: number;
  numbers: number;
}

/** The model in the file; `rawData` are views of `bytes`. */
export function decodeModel(bytes: Uint8Array): Model {
  const model = decode(bytes, "Model", "a model");
  if (model.graph) return model as unknown as Model;
  throw new OnnxError("onnx: the model must hold a graph, got none; the file is damaged or no ONNX file");
}

/** The tensor in the file, as ONNX's test data has them. */
export const decodeTensor = (bytes: Uint8Array): OnnxTensor =>
  decode(bytes, "Tensor", "a tensor") as unknown as OnnxTensor;

function decode(bytes: Uint8Array, kind: keyof typeof messages, what: string): Message {
  try {
    return readMessage({ reader: new BinaryReader(bytes), messages: 0, numbers: 0 }, kind, bytes.length, 0);
  } catch (error) {
    throw new OnnxError(
      `onnx: it must be ${what} from its first byte to its last, got ${(error as Error).message}; the file is damaged or no ONNX file`,
    );
  }
}

type Message = Record<string, unknown>;

function readMessage(reading: Reading, kind: keyof typeof messages, end: number, depth: number): Message {
  if (depth > deepest) throw new Error(`graphs in graphs, more than ${deepest} deep`);
  if (++reading.messages > mostMessages) throw new Error(`more than ${mostMessages} parts`);
  const { reader } = reading;
  const fields = fieldsOf(kind);
  const message: Message = {};
  for (const { name, repeated } of fields.values()) if (repeated) message[name] = [];
  while (reader.pos < end) {
    const [number, wire] = reader.tag();
    const field = fields.get(number);
    if (!field) {
      reader.skip(wire, number);
      continue;
    }
    const { kind: fieldKind, repeated } = field;
    const items = repeated ? (message[field.name] as unknown[]) : [];
    if (isNumber(fieldKind) && repeated && wire === WireType.LengthDelimited) {
      const packed = within(reader, end);
      while (reader.pos < packed) items.push(readNumber(reading, fieldKind));
    } else items.push(readField(reading, fieldKind, wire, end, depth));
    if (!repeated) message[field.name] = items[0];
  }
  if (reader.pos !== end) throw new Error(`a part that ends ${reader.pos - end} bytes late`);
  return message;
}

interface FieldOf {
  readonly name: string;
  readonly kind: Kind;
  readonly repeated: boolean;
}
const known = new Map<string, ReadonlyMap<number, FieldOf>>();
/** Fields of a message by number. */
function fieldsOf(kind: keyof typeof messages): ReadonlyMap<number, FieldOf> {
  const before = known.get(kind);
  if (before) return before;
  const fields = new Map(
    Object.entries<readonly [number, string, "repeated"?]>(messages[kind]).map(([name, [number, of, repeated]]) => [
      number,
      { name, kind: of as Kind, repeated: repeated !== undefined },
    ]),
  );
  known.set(kind, fields);
  return fields;
}

/** A text costs as much as several numbers. */
function count(reading: Reading, cost: number): void {
  reading.numbers += cost;
  if (reading.numbers > mostNumbers) throw new Error(`more than ${mostNumbers} listed numbers and texts`);
}

/** A number of a list. */
function readNumber(reading: Reading, kind: "int64" | "float" | "double"): number {
  count(reading, 1);
  return kind === "int64" ? Number(reading.reader.int64()) : reading.reader[kind]();
}
function readField(reading: Reading, kind: Kind, wire: WireType, end: number, depth: number): unknown {
  if (wire !== wireOf(kind)) throw new Error(`wire type ${wire} where ${wireOf(kind)} must be`);
  const { reader } = reading;
  if (isNumber(kind)) return readNumber(reading, kind);
  count(reading, kind === "string" || kind === "bytes" ? 4 : 0);
  if (kind === "string") return reader.string();
  if (kind === "bytes") return reader.bytes();
  return readMessage(reading, kind, within(reader, end), depth + 1);
}

const wireOf = (kind: Kind): WireType =>
  isNumber(kind)
    ? { int64: WireType.Varint, float: WireType.Bit32, double: WireType.Bit64 }[kind]
    : WireType.LengthDelimited;

/** Where a part that begins with its length ends. */
function within(reader: BinaryReader, end: number): number {
  const length = reader.uint32();
  if (reader.pos + length > end) throw new Error(`a part of ${length} bytes where ${end - reader.pos} are left`);
  return reader.pos + length;
}
