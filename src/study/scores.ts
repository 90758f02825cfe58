/**
 * The predictions of a trial: `trials/<id>.parquet`, one row per (epoch, item), one row group per epoch.
 *
 * Equal scores give equal bytes. Floats stand with their bytes split by significance, which compresses log-probabilities
 * by a sixth at half the time of plain ones; Snappy because its output does not depend on a system library's version.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";
import { parquetMetadata, parquetRead, type SchemaElement } from "hyparquet";
import { ByteWriter, type ColumnSource, type KeyValue, ParquetWriter } from "hyparquet-writer";
import { predictions } from "../fit/metrics.js";
import { damaged, fileError } from "./error.js";
import { writeWhole } from "./files.js";
import { checkFooter, checkPages } from "./score-pages.js";

export interface Scores {
  readonly classes: number;
  /** One per test item. */
  readonly labels: Uint8Array;
  /** Log-probabilities `[items * classes]` of every epoch so far. */
  readonly epochs: readonly Float32Array[];
}

const MEND = "delete it and the .json file beside it and start again, the trial is trained anew";

export function writeScores(file: string, { epochs, ...items }: Scores): void {
  const writer = new ScoresWriter(items);
  for (const scores of epochs) writer.add(scores);
  writer.write(file);
}

/** The file of a trial under way: every epoch is encoded once, however often the file is written. */
export class ScoresWriter {
  readonly #classes: number;
  readonly #labels: Uint8Array;
  readonly #groups = new ByteWriter();
  readonly #file: ParquetWriter;
  readonly #checksums: KeyValue[] = [];

  constructor({ classes, labels }: Omit<Scores, "epochs">) {
    this.#classes = classes;
    this.#labels = labels;
    this.#file = new ParquetWriter({ writer: this.#groups, schema: schema(classes), createdBy: "netpick" });
  }

  /** Log-probabilities `[items * classes]` of the next epoch. */
  add(scores: Float32Array): void {
    const [labels, classes, epoch] = [this.#labels, this.#classes, this.#checksums.length + 1];
    const items = labels.length;
    if (scores.length !== items * classes) {
      throw new RangeError(`writeScores: expected ${items} x ${classes} scores per epoch, got ${scores.length}`);
    }
    const columnData: ColumnSource[] = [
      { name: "epoch", data: new Int32Array(items).fill(epoch) },
      { name: "item", data: new Int32Array(items).map((_, item) => item), encoding: "DELTA_BINARY_PACKED" },
      { name: "label", data: new Int32Array(labels) },
      { name: "predicted", data: new Int32Array(predictions(scores, classes)) },
    ];
    for (let c = 0; c < classes; c++) {
      const data = new Float32Array(items);
      for (let item = 0; item < items; item++) data[item] = scores[item * classes + c]!;
      columnData.push({ name: `s${c}`, data, encoding: "BYTE_STREAM_SPLIT", statistics: false });
    }
    this.#file.write({ columnData, rowGroupSize: items });
    this.#checksums.push({ key: `crc32 of epoch ${epoch}`, value: checksum(scores) });
  }

  /** Writes the epochs so far, whole or not at all. */
  write(file: string): void {
    const whole = new ByteWriter();
    whole.appendBytes(this.#groups.getBytes());
    this.#file.writer = whole;
    this.#file.kvMetadata = this.#checksums;
    this.#file.finish();
    this.#file.writer = this.#groups;
    writeWhole(file, whole.getBytes());
  }
}

/**
 * The scores of every epoch in the file, or of epoch `only` (counted from 1) alone; one that does not hold
 * `items` x `classes` per epoch, or whose bytes were changed, is refused as damaged.
 */
export async function readScores(
  file: string,
  expected: { readonly items: number; readonly classes: number },
  only?: number,
): Promise<Float32Array[]> {
  const bytes = read(file);
  try {
    return await decode(bytes, expected, only);
  } catch (error) {
    throw damaged(file, error instanceof Error ? firstLine(error.message) : "unreadable", MEND);
  }
}

/** Refuses a file that was cut short. Reads 16 bytes, so that a thousand trials can be checked whenever a study is opened. */
export function checkScores(file: string): void {
  try {
    const descriptor = openSync(file, "r");
    try {
      const { size } = fstatSync(descriptor);
      const ends = Buffer.alloc(12);
      readSync(descriptor, ends, 0, 4, 0);
      readSync(descriptor, ends, 4, 8, Math.max(size - 8, 0));
      const footer = ends.readUInt32LE(4);
      if (ends.toString("latin1", 0, 4) !== "PAR1" || ends.toString("latin1", 8) !== "PAR1" || footer + 12 > size) {
        throw damaged(file, "it is cut short or no Parquet file", MEND);
      }
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw fileError("read", file, error);
  }
}

/** `predicted` can also be `classes` (no answer), so 256 classes need a second byte. */
function schema(classes: number): SchemaElement[] {
  const small = classes > 255 ? "UINT_16" : "UINT_8";
  const required = { repetition_type: "REQUIRED" } as const;
  return [
    { name: "root", num_children: 4 + classes },
    { name: "epoch", type: "INT32", ...required },
    { name: "item", type: "INT32", ...required },
    { name: "label", type: "INT32", converted_type: small, ...required },
    { name: "predicted", type: "INT32", converted_type: small, ...required },
    ...Array.from({ length: classes }, (_, c) => ({ name: `s${c}`, type: "FLOAT" as const, ...required })),
  ];
}

/** Parquet pages carry no checksum of their own here, and a flipped bit in a float is still a float. */
const checksum = (scores: Float32Array) =>
  crc32(new Uint8Array(scores.buffer, scores.byteOffset, scores.byteLength))
    .toString(16)
    .padStart(8, "0");

function read(file: string): ArrayBuffer {
  try {
    const bytes = readFileSync(file);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  } catch (error) {
    throw fileError("read", file, error);
  }
}

async function decode(
  bytes: ArrayBuffer,
  { items, classes }: { readonly items: number; readonly classes: number },
  only?: number,
): Promise<Float32Array[]> {
  checkFooter(bytes);
  const metadata = parquetMetadata(bytes);
  const columns = metadata.schema.slice(1);
  const names = columns.map(column => column.name);
  if (names.slice(4).join() !== Array.from({ length: classes }, (_, c) => `s${c}`).join()) {
    throw new Error(`expected ${classes} columns of scores, got ${names.length - 4}`);
  }
  if (columns.slice(4).some(({ type, repetition_type }) => type !== "FLOAT" || repetition_type !== "REQUIRED")) {
    throw new Error("expected a float for every score, got other columns");
  }
  const wrong = metadata.row_groups.find(group => Number(group.num_rows) !== items);
  if (wrong) throw new Error(`expected ${items} rows per epoch, got ${wrong.num_rows}`);
  const epochs = metadata.row_groups.map(() => new Float32Array(0));
  const wanted = only === undefined ? [...epochs.keys()] : [only - 1];
  for (const epoch of wanted) {
    if (epoch >= epochs.length) throw new Error(`expected epoch ${epoch + 1}, got ${epochs.length} epochs`);
    checkPages(bytes, metadata.row_groups[epoch]!, names.slice(4), items);
    const scores = new Float32Array(items * classes);
    let values = 0;
    await parquetRead({
      file: bytes,
      metadata,
      columns: names.slice(4),
      rowStart: epoch * items,
      rowEnd: (epoch + 1) * items,
      onChunk: ({ columnName, columnData, rowStart }) => {
        const c = Number(columnName.slice(1));
        const first = rowStart - epoch * items;
        for (let i = 0; i < columnData.length; i++) scores[(first + i) * classes + c] = columnData[i];
        values += columnData.length;
      },
    });
    const written = metadata.key_value_metadata?.find(({ key }) => key === `crc32 of epoch ${epoch + 1}`)?.value;
    if (values !== scores.length || checksum(scores) !== written) {
      throw new Error(`the scores of epoch ${epoch + 1} are not those that were written`);
    }
    epochs[epoch] = scores;
  }
  return wanted.map(epoch => epochs[epoch]!);
}

const firstLine = (text: string) => text.split("\n")[0]!;
