/**
 * Whether a file of scores is what netpick writes, before a library decodes it that believes what a file says of itself:
 * lists and runs of any length would be made in memory. Thrift's compact protocol:
 * https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
import type { RowGroup } from "hyparquet";

/** Fields by their numbers; only whole numbers and structures are kept. */
interface Struct {
  readonly [field: number]: number | Struct | undefined;
}
interface Place {
  readonly bytes: Uint8Array;
  at: number;
}

/** Structures in one another; Parquet's stand 6 deep. */
const deepest = 16;
const [stop, yes, no, byte, i16, i32, i64, double, binary, list, struct] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12] as const;

/** Refuses a list that has more parts than bytes are left, and what ends behind the file. */
export function checkFooter(file: ArrayBuffer): void {
  const length = new DataView(file).getUint32(file.byteLength - 8, true);
  const start = file.byteLength - 8 - length;
  if (start < 4) throw new Error(`expected a footer of at most ${file.byteLength - 12} bytes, got ${length}`);
  readStruct({ bytes: new Uint8Array(file, start, length), at: 0 }, 0);
}

/** Of each page of scores: a second data page with so many floats, their bytes split, none left out. */
const [dataPageV2, byteStreamSplit] = [3, 9];

/** Refuses pages of scores that hold anything but `items` plain floats in each column. */
export function checkPages(file: ArrayBuffer, { columns }: RowGroup, names: readonly string[], items: number): void {
  for (const name of names) {
    const meta = columns.find(({ meta_data }) => meta_data?.path_in_schema.join() === name)?.meta_data;
    if (!meta || meta.dictionary_page_offset) throw new Error(`expected pages of ${name} alone, got others`);
    const start = Number(meta.data_page_offset);
    const length = Number(meta.total_compressed_size);
    if (!(start >= 4 && length >= 0 && start + length <= file.byteLength - 8)) {
      throw new Error(`expected ${name} within the file, got ${length} bytes at ${start}`);
    }
    const place = { bytes: new Uint8Array(file, start, length), at: 0 };
    let rows = 0;
    while (place.at < length) rows += valuesOfPage(place, items - rows);
    if (rows !== items) throw new Error(`expected ${items} values of ${name}, got ${rows}`);
  }
}

/** How many values a page has, at most so many; goes on to the next one. */
function valuesOfPage(place: Place, most: number): number {
  const { 1: type, 2: size, 3: stored, 8: page } = readStruct(place, 0);
  const { 1: values, 2: nulls, 3: rows, 4: encoding, 5: definition, 6: repetition } = (page ?? {}) as Struct;
  const sound =
    [type, encoding].join() === [dataPageV2, byteStreamSplit].join() &&
    [nulls, definition, repetition].every(one => one === 0) &&
    typeof values === "number" &&
    values > 0 &&
    values <= most &&
    rows === values &&
    size === 4 * values &&
    typeof stored === "number" &&
    stored >= 0 &&
    stored <= place.bytes.length - place.at;
  if (!sound) throw new Error("a page is not what netpick writes");
  place.at += stored;
  return values;
}

function readStruct(place: Place, depth: number): Struct {
  if (depth > deepest) throw new Error(`structures stand more than ${deepest} deep in one another`);
  const fields: Record<number, number | Struct | undefined> = {};
  for (let field = 0; ; ) {
    const head = next(place);
    const type = head & 15;
    if (type === stop) return fields;
    field = head >> 4 ? field + (head >> 4) : zigzag(place);
    fields[field] = readValue(place, type, depth + 1);
  }
}

type Read = (place: Place, depth: number) => number | Struct | undefined;
/** By thrift's number of the type. */
const readers: Readonly<Record<number, Read>> = {
  [yes]: () => undefined,
  [no]: () => undefined,
  [byte]: next,
  [i16]: zigzag,
  [i32]: zigzag,
  [i64]: zigzag,
  [double]: place => skip(place, 8),
  [binary]: place => skip(place, unsigned(place)),
  [list]: readList,
  [struct]: readStruct,
};

function readValue(place: Place, type: number, depth: number): number | Struct | undefined {
  const read = readers[type];
  if (!read) throw new Error(`there is no type ${type} in Parquet`);
  return read(place, depth);
}

function readList(place: Place, depth: number): undefined {
  const head = next(place);
  const count = head >> 4 === 15 ? unsigned(place) : head >> 4;
  const type = head & 15;
  if (count > place.bytes.length - place.at) throw new Error(`a list of ${count} parts ends behind the file`);
  for (let i = 0; i < count; i++) {
    // What is true or false has a byte of its own here.
    if (type === yes || type === no) skip(place, 1);
    else readValue(place, type, depth);
  }
}

function next(place: Place): number {
  const value = place.bytes[place.at++];
  if (value === undefined) throw new Error("it ends too early");
  return value;
}

function skip(place: Place, count: number): undefined {
  if (count > place.bytes.length - place.at) throw new Error("it ends too early");
  place.at += count;
}

/** Numbers of up to 64 bits, seven of them a byte; those above 2^53 only roughly. */
function unsigned(place: Place): number {
  let value = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    const one = next(place);
    value += (one & 127) * 2 ** shift;
    if (one < 128) return value;
  }
  throw new Error("a number has more than 64 bits");
}
function zigzag(place: Place): number {
  const value = unsigned(place);
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
